"""ProGAN. Karras et al., 2018, https://arxiv.org/abs/1710.10196

Idea: both networks begin with the smallest pictures, and layers for the next size fade in when
those before them have learnt what they can.
Differs from the paper: one batch size throughout; the gradient penalty holds the gradient for
pictures of the full size, of which small ones are squares of equal pixels; a tanh; no labels.
"""

import numbers
from typing import Any

import keras
from keras import ops

from keras_gan import losses, penalties
from keras_gan.builders import progan_discriminator, progan_generator
from keras_gan.engine.gan import GAN
from keras_gan.engine.outputs import Batch, Outputs
from keras_gan.engine.updates import forget
from keras_gan.layers import Growing

DRIFT = 0.001  # weight of the mean square of scores of real pictures


@keras.saving.register_keras_serializable("keras_gan")
class ProGAN(GAN):
    r"""A WGAN-GP whose networks grow while they are trained.

    After `phase_steps` steps at the smallest size the next one fades in for as many, is trained for
    as many, and so on: with L doublings the full size is in use after (2 L) `phase_steps`. Samples
    have the full size from the first step; `level` in the logs says how many doublings of it are
    there. When a size begins to fade in, optimizers begin anew, their schedules too. The critic's
    loss has `drift`, \(0.001\,E[D(x)^2]\), besides.

    Args:
        image_shape: `(height, width, channels)`, both sides 4 to 7 times a power of two.
        latent_dim: Length of the latent vectors. 512 if not given.
        width: Channels of the maps of the full size; smaller ones have up to 8 times as many.
        phase_steps: At least 1. The paper's 600,000 pictures are 9,375 batches of 64.

    The other arguments are those of `keras_gan.GAN`. Networks of one's own grow if they have a
    `keras_gan.layers.GrowingImages` and a `GrowingMaps`.

    Example:

    >>> gan = keras_gan.ProGAN(image_shape=(64, 64, 3), phase_steps=2000)
    >>> gan.compile()
    >>> gan.fit(faces, epochs=100)

    References:
        Karras et al., 2018, https://arxiv.org/abs/1710.10196.
    """

    build_generator = staticmethod(progan_generator)
    build_discriminator = staticmethod(progan_discriminator)

    def __init__(self, *networks: keras.Model, phase_steps: int = 9375, **options: Any):
        if not isinstance(phase_steps, numbers.Integral) or phase_steps < 1:
            raise ValueError(
                "Expected a whole phase_steps of at least 1. Received: "
                f"phase_steps={phase_steps!r}."
            )
        super().__init__(*networks, **options)
        self.phase_steps = phase_steps

    def check_networks(self) -> None:
        super().check_networks()
        plans = [[layer.strides for layer in _growing(getattr(self, n))] for n in self.networks]
        if plans[0] != plans[1] or len(plans[0]) > 1:
            raise ValueError(
                "Both networks grow alike, in one layer each. Received: a generator that grows by "
                f"{plans[0]} and a discriminator that grows by {plans[1]}."
            )

    def defaults(self) -> dict[str, Any]:
        adam = lambda: keras.optimizers.Adam(1e-3, 0.0, 0.99, epsilon=1e-8)  # noqa: E731
        penalty = penalties.GradientPenalty(10.0)
        return {"loss": losses.Wasserstein(), "penalties": [penalty], **self.each_optimizer(adam)}

    # -- growth ----------------------------------------------------------------------------------

    def level_at(self, step: Any) -> Any:
        """The level of a step: up to 1 in the second phase, 1 in the third, and so on."""
        since = ops.cast(step, "float32") / self.phase_steps - 1.0
        whole = ops.floor(since / 2.0)
        top = max((layer.top for layer in self._growing()), default=0)
        return ops.clip(whole + ops.minimum(since - 2.0 * whole, 1.0), 0.0, float(top))

    def resting(self, name: str) -> list[keras.Variable]:
        return [v for layer in _growing(getattr(self, name)) for v in layer.resting]

    def _growing(self) -> list[Growing]:
        return [layer for name in self.networks for layer in _growing(getattr(self, name))]

    def before_step(self) -> None:
        for layer in self._growing():
            layer.level.assign(self.level_at(self.step.value))

    def make_train_function(self, force: bool = False) -> None:
        """Sets a function that makes a graph for each size, when that begins."""
        if self.train_function is not None and not force:
            return
        graphs = {}

        def train(iterator: Any) -> Any:
            size = self._begin_size()
            if size not in graphs:
                graphs.clear()
                super(ProGAN, self).make_train_function(force=True)
                graphs[size], self.train_function = self.train_function, train
            return graphs[size](iterator)

        self.train_function = train

    def _begin_size(self) -> int:
        """The size that the next steps need, as a level; optimizers begin anew with a new one."""
        level = self.level_at(self.step.numpy() + self.steps_per_execution - 1)
        for name in self.networks:
            for layer in _growing(getattr(self, name)):
                if ops.ceil(level) > ops.ceil(layer.level):
                    forget(self._optimizer(name), self.trained(name))
                layer.level.assign(level)
        return int(ops.ceil(level))

    def forward(self, batch: Batch, training: bool) -> Outputs:
        for layer in _growing(self.generator):
            batch = batch._replace(real=layer.faded(batch.real, training))
        return super().forward(batch, training)

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        drift = DRIFT * ops.mean(ops.square(out.real_scores))
        return super().discriminator_terms(out) | {"drift": drift}

    def extra_terms(self) -> tuple[str, ...]:
        return ("drift",)

    def state_logs(self) -> dict[str, Any]:
        return super().state_logs() | {"level": self.level_at(self.step.value)}


def _growing(network: keras.Model) -> list[Growing]:
    return [layer for layer in network._flatten_layers() if isinstance(layer, Growing)]
