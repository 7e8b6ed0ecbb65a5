"""VGAN. Peng et al., 2019, https://arxiv.org/abs/1810.00821

Idea: the discriminator reads images through a noisy code that may hold no more than so much
information about them; so it cannot win by details, and its gradients stay useful.
Differs from the paper: the networks of DCGAN in place of residual ones; real and generated images
meet the same noise of the code, and the generator that of the discriminator's update, where the
authors' code draws it each time anew.
"""

from typing import Any

import keras
from keras import ops

from keras_gan import losses
from keras_gan.builders import dcgan_generator, vgan_discriminator
from keras_gan.core import noise
from keras_gan.core.networks import part_between
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.optimizers import torch_rmsprop
from keras_gan.engine.outputs import Outputs

CODE = 1 << 23  # the key of its noise, beyond those of the engine


@keras.saving.register_keras_serializable("keras_gan")
class VGAN(GAN):
    r"""A GAN whose discriminator has a variational bottleneck.

    The discriminator sees an image through a code N(mean, sigma^2). It minimises the loss of the
    game + beta (KL - information), logged as `bottleneck`; KL, logged as `kl`, is the divergence of
    the code from N(0, I) at a place of its map, mean over places and both kinds of images. After
    each update of the discriminator beta, logged too, becomes max(0, beta + beta_rate (KL -
    information)), KL over all replicas. In use and in evaluation the code is its mean.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        information: What the code may hold, in nats for a place of its map; the paper's I_c.
        initial_beta: Where beta begins.
        beta_rate: As above. The paper's is for 10^5 steps and more; fewer need a higher one.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own gives
    logits, and means and logarithms of sigma `(batch, ..., channels)` of a code; the logits are
    made of the means alone.

    Example:

    >>> gan = keras_gan.VGAN(image_shape=(28, 28, 1), beta_rate=1e-3)

    With the gradient penalty of the paper's VGAN-GP, 10 E[||grad D(x)||^2] over real images:

    >>> gan.compile(penalties=[keras_gan.penalties.R1(20.0)])

    References:
        Peng et al., 2019, https://arxiv.org/abs/1810.00821, sections 3 and 4.
    """

    critic_outputs = ("scores", "mean", "log_sigma")
    packs = True

    def __init__(
        self,
        *networks: keras.Model,
        information: float = 0.1,
        initial_beta: float = 0.1,
        beta_rate: float = 1e-5,
        **options: Any,
    ):
        if not (0 <= information < float("inf") and initial_beta >= 0 and beta_rate >= 0):
            raise ValueError(
                "A bottleneck has information, initial_beta and beta_rate of at least 0. Received: "
                f"{information}, {initial_beta} and {beta_rate}."
            )
        super().__init__(*networks, **options)
        self.information = information
        self.initial_beta = initial_beta
        self.beta_rate = beta_rate
        self.beta = self.add_weight(
            name="beta",
            shape=(),
            initializer=keras.initializers.Constant(initial_beta),
            trainable=False,
            aggregation="only_first_replica",  # all are given the same
        )

    build_generator = staticmethod(dcgan_generator)
    build_discriminator = staticmethod(vgan_discriminator)

    def check_networks(self) -> None:
        super().check_networks()
        mean, log_sigma = (code.shape[1:] for code in self.discriminator.outputs[1:])
        decide = part_between(self.discriminator, 1, 0)
        if mean != log_sigma or decide is None:
            raise ValueError(
                "The discriminator gives logits, means and logarithms of sigma of a code, the "
                "logits made of the means alone. Received: "
                f"codes of shapes {mean} and {log_sigma}, logits "
                f"{'made of the images besides' if decide is None else 'made of the means'}."
            )
        inputs = self.discriminator.inputs
        inputs = inputs if len(inputs) > 1 else inputs[0]
        encode = keras.Model(inputs, self.discriminator.outputs[1:])
        self._parts = lambda: (encode, decide)  # no models: Keras would save them as further ones

    def defaults(self) -> dict[str, Any]:
        rmsprop = self.each_optimizer(lambda: torch_rmsprop(1e-4))
        return {"loss": losses.NonSaturating(), **rmsprop}

    # -- the bottleneck --------------------------------------------------------------------------

    def augmented(self, samples: Any, key: Any) -> tuple[Any, Any]:
        """What critics see of samples, and the noise of the code that they are read through."""
        shape = (ops.shape(samples)[0], *self.discriminator.outputs[1].shape[1:])
        return super().augmented(samples, key), noise.normal(shape, noise.fold_in(key, CODE))

    def criticize(self, critic: str, samples: Any, condition: Any, training: bool) -> dict:
        samples, e = samples if isinstance(samples, tuple) else (samples, 0.0)
        encode, decide = self._parts()
        mean, log_sigma = call_network(encode, samples, condition, training)
        scores = call_network(decide, mean + ops.exp(log_sigma) * e, condition, training)
        divergence = ops.square(mean) + ops.exp(2.0 * log_sigma) - 2.0 * log_sigma - 1.0
        kl = ops.sum(divergence, axis=-1) / 2.0
        return {"scores": scores, "kl": ops.mean(ops.reshape(kl, (ops.shape(kl)[0], -1)), axis=1)}

    def figures(self, out: Outputs) -> dict[str, Any]:
        return super().figures(out) | {"kl": (out.on_real["kl"] + out.on_fake["kl"]) / 2.0}

    def extra_terms(self) -> tuple[str, ...]:
        return ("bottleneck", "kl")

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        excess = ops.mean(self.figures(out)["kl"]) - self.information
        bottleneck = ops.convert_to_tensor(self.beta) * excess
        return super().discriminator_terms(out) | {"bottleneck": bottleneck}

    def critics_moved(self, out: Outputs) -> None:
        kl = self.global_mean(self.figures(out)["kl"], out)
        self.beta.assign(ops.relu(self.beta + self.beta_rate * (kl - self.information)))

    def state_logs(self) -> dict[str, Any]:
        return super().state_logs() | {"beta": ops.convert_to_tensor(self.beta)}
