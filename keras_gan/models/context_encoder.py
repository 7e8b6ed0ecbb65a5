"""ContextEncoder. Pathak et al., 2016, https://arxiv.org/abs/1604.07379

Idea: what is missing of a picture is made from what surrounds it, by an encoder and a decoder that
come near to what was there and have to convince a discriminator that sees the part alone.
Differs from the paper: pictures up to 128 pixels, of which the decoder makes all and the known part
is put back; a dense layer is the bottleneck; the encoder is told where something is missing, and
holes are grey; random holes are spots of a quarter of the picture, others in each picture.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan import losses
from keras_gan.builders import context_encoder_discriminator, context_encoder_generator
from keras_gan.core import noise
from keras_gan.core.names import pick
from keras_gan.engine import checks
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network, pictures
from keras_gan.engine.outputs import Batch, Outputs

HOLES = 1 << 22  # the key of random holes, beyond those of the engine
SPOT = 16  # pixels from one spot of a random hole to the next, about
MISSING = 0.25  # of the pixels, in a random hole


@keras.saving.register_keras_serializable("keras_gan")
class ContextEncoder(GAN):
    r"""Fills in what is missing of pictures. A batch is whole pictures; the holes are made of them.

    The condition is the picture with a hole and one channel more, 1 where something is missing and
    else -1. The generator minimises reconstruction_weight `reconstruction` + (1 -
    reconstruction_weight) times the loss of the game. `reconstruction` is the mean squared
    difference over the hole and a rim of `overlap` pixels around it, where it counts
    `overlap_weight` times as much; the discriminator sees just that part.

    Args:
        image_shape: `(height, width, channels)`.
        hole: "centre", the central half of each side, or "random": spots of a quarter of the
            picture, others for each picture and in each step.
        width: Filters of the layers next to the picture; deeper ones have more.
        reconstruction_weight: From 0 to 1.
        overlap: Pixels of the rim; a 32nd of the shorter side if not given.
        overlap_weight: Of the rim.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.ContextEncoder(image_shape=(64, 64, 3))
    >>> gan.compile()
    >>> gan.fit(photos, epochs=40)
    >>> gan.translate(damaged[:5]).shape
    (5, 64, 64, 3)

    References:
        Pathak et al., 2016, https://arxiv.org/abs/1604.07379.
    """

    condition_from = "samples"
    sampler_inputs = ("condition",)

    def __init__(
        self,
        *networks: keras.Model,
        hole: str = "centre",
        reconstruction_weight: float = 0.999,
        overlap: int | None = None,
        overlap_weight: float = 10.0,
        **options: Any,
    ):
        pick("hole", hole, ("centre", "random"))
        if not 0 <= reconstruction_weight <= 1:
            raise ValueError(
                "Expected a reconstruction_weight from 0 to 1. Received: "
                f"reconstruction_weight={reconstruction_weight}."
            )
        self.hole, self.overlap = hole, overlap
        super().__init__(*networks, **options)
        self.reconstruction_weight = reconstruction_weight
        self.overlap_weight = overlap_weight

    # -- networks --------------------------------------------------------------------------------

    def build_generator(
        self, image_shape: tuple[int, ...], latent_dim: int = 0, **options: Any
    ) -> keras.Model:
        return context_encoder_generator(image_shape, **options)

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        return context_encoder_discriminator(self._shape_shown(), **options)

    def describe_samples(self) -> None:
        super().describe_samples()
        height, breadth, channels = self.image_shape if len(self.image_shape) == 3 else (0, 0, 0)
        if not height or not breadth or self.condition.shape != (height, breadth, channels + 1):
            raise ValueError(
                "The generator of ContextEncoder makes pictures of pictures that have one channel "
                "more, which says what is missing. Received: "
                f"{self.image_shape} made of {self.condition.shape}."
            )
        if self.overlap is None:
            self.overlap = min(height, breadth) // 32
        least = min(height, breadth) // 4
        if not 0 <= self.overlap <= least:
            raise ValueError(
                f"The rim of a hole lies within the picture. Received: overlap={self.overlap}. "
                f"Expected 0 to {least}."
            )

    def check_networks(self) -> None:
        checks.check_outputs("discriminator", self.discriminator, self.critic_outputs)
        checks.check_reads("discriminator", self.discriminator, self._shape_shown())
        checks.check_classes("generator", self.generator, self.num_classes)

    def defaults(self) -> dict[str, Any]:
        return {
            "loss": losses.NonSaturating(),
            "generator_optimizer": keras.optimizers.Adam(2e-3, beta_1=0.5),
            "discriminator_optimizer": keras.optimizers.Adam(2e-4, beta_1=0.5),
        }

    # -- holes -----------------------------------------------------------------------------------

    def _centre(self, rim: int = 0) -> tuple[slice, slice]:
        """Rows and columns of the central hole, and of so many pixels around it."""
        sides = self.image_shape[:2]
        starts = ((side - side // 2) // 2 for side in sides)
        return tuple(
            slice(start - rim, start + side // 2 + rim)
            for start, side in zip(starts, sides, strict=True)
        )

    def _shape_shown(self) -> tuple[int, int, int]:
        """Of what the discriminator sees."""
        if self.hole == "random":
            return self.image_shape
        rows, columns = self._centre(self.overlap)
        return (rows.stop - rows.start, columns.stop - columns.start, self.image_shape[-1])

    def _holes(self, n: Any, key: Any) -> Any:
        """float32 `(n, height, width, 1)`, 1 where something shall be missing."""
        height, breadth = self.image_shape[:2]
        if self.hole == "centre":
            mask = np.zeros((1, height, breadth, 1), "float32")
            mask[:, *self._centre()] = 1.0
            return ops.repeat(ops.convert_to_tensor(mask), n, axis=0)
        grid = (n, height // SPOT + 2, breadth // SPOT + 2, 1)
        spots = noise.uniform(grid, noise.fold_in(key, HOLES))
        spots = ops.image.resize(spots, (height, breadth), "bicubic", data_format="channels_last")
        ordered = ops.sort(ops.reshape(spots, (n, height * breadth)), axis=1)
        highest = ordered[:, int(MISSING * height * breadth) - 1]
        return ops.cast(spots <= ops.reshape(highest, (n, 1, 1, 1)), "float32")

    def _with_holes(self, samples: Any, missing: Any) -> Any:
        return ops.concatenate([samples * (1.0 - missing), 2.0 * missing - 1.0], axis=-1)

    def condition_of(self, samples: Any, key: Any) -> Any:
        return self._with_holes(samples, self._holes(ops.shape(samples)[0], key))

    # -- the game --------------------------------------------------------------------------------

    def made_by(self, network: keras.Model, latents: Any, condition: Any, training: bool) -> Any:
        return _put_back(super().made_by(network, latents, condition, training), condition)

    def forward(self, batch: Batch, training: bool) -> Outputs:
        """What is made of pictures with holes; `extra` is that before the known part is put back,
        and 1 in the holes and their rims."""
        network = self.network("generator", training)
        made = call_network(network, batch.condition, None, training)
        missing = ops.cast(batch.condition[..., -1:] > 0.0, "float32")
        size = 2 * self.overlap + 1
        part = ops.max_pool(missing, size, 1, "same", data_format="channels_last")
        fake = _put_back(made, batch.condition)
        return Outputs(batch, fake, extra=(made, part, missing), training=training)

    def views(self, out: Outputs) -> dict[str, tuple[Any, Any]]:
        made, part, _ = out.extra
        both = out.real, part * made + (1.0 - part) * out.real
        if self.hole == "centre":
            box = self._centre(self.overlap)
            both = tuple(x[:, *box] for x in both)
        return {"discriminator": both}

    def extra_terms(self) -> tuple[str, ...]:
        return ("reconstruction",)

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        made, part, missing = out.extra
        weights = missing + self.overlap_weight * (part - missing)
        errors = ops.mean(ops.square(out.real - made), axis=-1, keepdims=True)
        distance = ops.sum(weights * errors) / ops.maximum(ops.sum(part), 1.0)
        game = super().generator_terms(out)["g_loss"]
        return {
            "g_loss": (1.0 - self.reconstruction_weight) * game,
            "reconstruction": self.reconstruction_weight * distance,
        }

    # -- use -------------------------------------------------------------------------------------

    def translate(self, pictures: np.ndarray, missing: np.ndarray | None = None) -> np.ndarray:
        """Pictures with what the averaged generator makes in place of what is missing.

        Args:
            pictures: `(n, *image_shape)`, uint8 or float in [-1, 1]; what stands where something is
                missing is of no account.
            missing: True where something is, `(height, width)` or `(n, height, width)`, of a model
                with random holes; else it is the centre.

        Returns:
            float32 images `(n, *image_shape)` in [-1, 1].

        Raises:
            ValueError: for what are no such pictures, or holes that the model has not learnt.
        """
        pictures = np.asarray(pictures)
        self.kind.check(pictures, self.image_shape)
        if self.hole == "centre":
            if missing is not None:
                raise ValueError(
                    "The model has learnt to fill the centre. Received: missing=. Expected none, "
                    'or a ContextEncoder with hole="random".'
                )
            return self.samples_for(len(pictures), self.conditions_of(pictures))
        shape = (len(pictures), *self.image_shape[:2])
        given = np.asarray(missing)
        if given.dtype != bool or given.shape not in (shape, shape[1:]):
            raise ValueError(
                "Something has to be missing. Received: missing of shape "
                f"{given.shape} and dtype {given.dtype}. Expected booleans of shape {shape} or "
                f"{shape[1:]}, True where something is missing."
            )
        mask = np.broadcast_to(given, shape)[..., None].astype("float32")
        condition = self._with_holes(ops.convert_to_tensor(self.kind.scale(pictures)), mask)
        return self.samples_for(len(pictures), ops.convert_to_numpy(condition))

    def extra_signatures(self) -> dict[str, tuple]:
        """`translate`, pictures to pictures; with random holes also of `missing`, 1 in the hole."""

        def translate(images: Any, missing: Any = None) -> dict[str, Any]:
            if missing is None:
                missing = self._holes(ops.shape(images)[0], None)
            missing = ops.cast(missing > 0.5, "float32")
            condition = self._with_holes(images, missing)
            return {"images": self.generate(None, condition, training=False)}

        specs = [pictures(self.image_shape)]
        if self.hole == "random":
            specs.append(pictures((*self.image_shape[:2], 1), name="missing"))
        return {"translate": (translate, specs)}


def _put_back(made: Any, condition: Any) -> Any:
    """What is made where something is missing, else what is known."""
    return ops.where(condition[..., -1:] > 0.0, made, condition[..., :-1])
