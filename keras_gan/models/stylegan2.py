"""StyleGAN2. Karras et al., 2020, https://arxiv.org/abs/1912.04958

Idea: latents become a style, which scales the kernels of each convolution of the generator; steps
of one length among styles shall change a picture as much everywhere.
Differs from the paper: the settings of the authors' later code for data without a preset ("auto"),
at batches of 32, and so two layers of mapping; the first channels that 256 pixels have there, at
every size; penalties are part of the steps that they are due in, so that Adam needs no correction
for steps of their own; a moving average without ramp; a tanh; noise of samples is one constant
draw, as by default in that code.
"""

import math
import numbers
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_gan import losses, penalties
from keras_gan.builders import stylegan2_discriminator, stylegan2_generator
from keras_gan.core import noise, priors
from keras_gan.engine import replicas
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs
from keras_gan.layers import Styles

MIXING = 1 << 22  # the key of its draws, beyond those of the engine
DRAWS = 2000  # styles that their distribution is measured of
BATCH = 32  # that the authors' settings are stated for here


@keras.saving.register_keras_serializable("keras_gan")
class StyleGAN2(GAN):
    r"""A GAN whose generator is told the style of a picture at every size.

    In training the layers behind a random one take the style of second latents, for a share
    `style_mixing` of the batches. `truncation` in sampling, on command line and in the exported
    model is that of styles, towards their mean.

    Args:
        image_shape: `(height, width, channels)`, sides from 8 to 512.
        num_classes: Number of classes of a class-conditional model, at least 2.
        latent_dim: Length of the latent vectors and of styles. 512 if not given.
        width: Channels of the largest map; smaller ones have up to 8 times as many. The authors'
            64 for 256 pixels, 256 for 64 pixels.
        style_mixing: From 0 to 1.

    The other arguments are those of `keras_gan.GAN`. A generator of one's own has styles if it has
    a `keras_gan.layers.Styles`; else it is a plain one.

    Example:

    >>> gan = keras_gan.StyleGAN2(image_shape=(64, 64, 3), latent_dim=128, width=16)
    >>> gan.compile(augment="ada")
    >>> gan.fit(faces, batch_size=32, epochs=100)
    >>> typical = gan.sample(16, truncation=0.7)
    >>> style = gan.nearer(gan.latents([[0, 0]]), None, 0.7)  # (1, latent_dim), the paper's w
    >>> images = gan.drawn(style, None)

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958.
        Karras et al., 2020, https://arxiv.org/abs/2006.06676 (settings).
    """

    conditional = None

    build_generator = staticmethod(stylegan2_generator)
    build_discriminator = staticmethod(stylegan2_discriminator)

    def __init__(self, *networks: keras.Model, style_mixing: float = 0.9, **options: Any):
        if not isinstance(style_mixing, numbers.Real) or not 0 <= style_mixing <= 1:
            raise ValueError(
                f"Expected style_mixing from 0 to 1. Received: style_mixing={style_mixing!r}."
            )
        super().__init__(*networks, **options)
        self.style_mixing = style_mixing
        self._trained, self._average = map(_halves, (self.generator, self._average_generator))

    def defaults(self) -> dict[str, Any]:
        adam = lambda: keras.optimizers.Adam(2.5e-3, 0.0, 0.99, epsilon=1e-8)  # noqa: E731
        gamma = 2e-4 * math.prod(self.image_shape[:-1]) / BATCH
        return {
            "loss": losses.NonSaturating(),
            "penalties": [penalties.R1(gamma, interval=16), penalties.PathLength(2.0, interval=4)],
            "ema_decay": 0.5 ** (BATCH / 10_000),  # a half-life of 10,000 pictures
            **self.each_optimizer(adam),
        }

    def _halves(self, training: bool) -> tuple | None:
        return (self._trained if training or self.ema_decay == 0 else self._average)()

    def forward(self, batch: Batch, training: bool) -> Outputs:
        halves = self._halves(training)
        if halves is None:
            return super().forward(batch, training)
        layer, mapping, synthesis = halves
        style = self._style(mapping, batch.latents, batch.condition, training)
        styles = layer(style)
        if training:
            layer.observe(replicas.total(batch.weight * ops.mean(style, axis=0)))
            key = noise.fold_in(batch.key, MIXING)
            others = self._latents_for(batch.real, key)
            others = layer(self._style(mapping, others, batch.condition, training))
            mixed, place = ops.unstack(noise.uniform((2,), noise.fold_in(key, 1)))
            first = 1 + ops.floor(place * (layer.count - 1))
            first = ops.where(mixed < self.style_mixing, first, layer.count)
            own = ops.arange(layer.count, dtype="float32")[:, None] < first
            styles = ops.where(own, styles, others)
        fake = call_network(synthesis, styles, None, training)
        return Outputs(batch, fake, extra=styles, training=training)

    def _style(self, mapping: keras.Model, latents: Any, condition: Any, training: bool) -> Any:
        return call_network(mapping, latents, condition if self.takes_condition else None, training)

    def penalized(self, name: str, out: Outputs) -> tuple[Callable, Any]:
        """Of half the batch, from styles, whose scale makes a mean over layers of the sum."""
        if name != self.sampler or out.extra is None:
            return super().penalized(name, out)
        layer, _, synthesis = self._halves(out.training)
        scale = math.sqrt(layer.count)
        styles = out.extra[: (ops.shape(out.extra)[0] + 1) // 2]
        return lambda x: call_network(synthesis, x / scale, None, out.training), scale * styles

    def nearer(self, latents: Any, condition: Any, factor: Any = None) -> Any:
        """Styles `(n, latent_dim)`, `factor` times as far from the mean style."""
        halves = self._halves(training=False)
        if halves is None:
            return super().nearer(latents, condition, factor)
        layer, mapping, _ = halves
        style = self._style(mapping, latents, condition, training=False)
        return style if factor is None else layer.nearer(style, factor)

    def drawn(self, near: Any, condition: Any) -> Any:
        halves = self._halves(training=False)
        if halves is None:
            return super().drawn(near, condition)
        layer, _, synthesis = halves
        return call_network(synthesis, layer(near), None, False)

    def near_prior(self) -> priors.Prior:
        """That of styles, as normal along each axis as so many draws are."""
        if self._halves(training=False) is None:
            return super().near_prior()
        latents = self.latents(noise.seed_rows(DRAWS, 0, None))
        return priors.Measured(self.nearer(latents, self.condition.given(None, DRAWS)))


def _halves(generator: keras.Model) -> Callable[[], tuple | None]:
    """Its `Styles`, what comes before them and what behind, if it has any.

    As a function: Keras would take models for further parts of the one that they are kept in.
    """
    layer = next((x for x in generator.layers if isinstance(x, Styles)), None)
    if layer is None:
        return lambda: None
    inputs = generator.inputs if len(generator.inputs) > 1 else generator.inputs[0]
    mapping, synthesis = (
        keras.Model(*ends) for ends in ((inputs, layer.input), (layer.output, generator.outputs[0]))
    )
    return lambda: (layer, mapping, synthesis)
