"""GMAN. Durugkar et al., 2017, https://arxiv.org/abs/1611.01673

Idea: several discriminators, each with images of its own; the generator listens to all of them,
to the harder ones more or less, and may learn how much (GMAN*).
Differs from the paper: the networks of DCGAN; one batch is dealt out among the discriminators,
where the authors draw a batch for each; of their means of losses the arithmetic one alone.
"""

import functools
import numbers
from typing import Any

import keras
from keras import ops

from keras_gan import losses
from keras_gan.builders import dcgan_discriminator, dcgan_generator
from keras_gan.core import priors
from keras_gan.engine import batches
from keras_gan.engine.gan import GAN
from keras_gan.engine.outputs import Outputs

TRAINED = "trained"
BEGIN = -2.0  # of a trained lambda, before its softplus
REWARD = 0.001  # for a higher one, so that it does not vanish


def _discriminators(count: int) -> tuple[str, ...]:
    return tuple(f"discriminator_{k + 1}" for k in range(count))


@keras.saving.register_keras_serializable("keras_gan")
class GMAN(GAN):
    r"""A GAN with several discriminators, each with an optimizer of its own.

    They are `discriminator_1`, `discriminator_2`, ...; a batch is dealt out among them, real and
    generated images alike, so that it needs as many images at least. The generator minimises
    sum_i w_i L_i, L_i the loss of the game against discriminator i, w = softmax(lambda L), through
    which the gradient passes as well (on several replicas each weighs its own part of the batch).

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Length of the latent vectors, which are U(-1, 1). 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        num_discriminators: Number of discriminators, at least 1.
        lambda_: How much more harder discriminators count: 0 for the plain mean. `"trained"` for
            GMAN*: lambda = softplus(l), which the generator's optimizer moves; it is logged as
            `lambda`, and -0.001 lambda, a term of the generator, as `lambda_reward`.

    The other arguments are those of `keras_gan.GAN`; networks of the user's own come as
    `GMAN(generator, *discriminators, num_discriminators=3)`, or by name.

    Example:

    >>> gan = keras_gan.GMAN(image_shape=(28, 28, 1), num_discriminators=3)

    References:
        Durugkar et al., 2017, https://arxiv.org/abs/1611.01673, sections 3 and 4.
    """

    critics = _discriminators(5)  # the paper's number
    networks = ("generator", *critics)
    shaping = (*GAN.shaping, "num_discriminators")
    judges_samples = True  # each of them its own ones
    prior = priors.Uniform()

    def __init__(
        self,
        *networks: keras.Model,
        num_discriminators: int = 5,
        lambda_: float | str = 1.0,
        **options: Any,
    ):
        if not isinstance(num_discriminators, numbers.Integral) or num_discriminators < 1:
            raise ValueError(
                "Expected a whole num_discriminators of at least 1. Received: "
                f"num_discriminators={num_discriminators!r}."
            )
        is_number = isinstance(lambda_, numbers.Real) and 0 <= lambda_ < float("inf")
        if lambda_ != TRAINED and not is_number:
            raise ValueError(
                f"Expected lambda_ of at least 0, or {TRAINED!r}. Received: lambda_={lambda_!r}."
            )
        self.num_discriminators = num_discriminators
        self.critics = _discriminators(num_discriminators)
        self.networks = ("generator", *self.critics)
        if "discriminator" in options or len(networks) > len(self.networks):
            raise TypeError(
                f"This GMAN has {num_discriminators} discriminators. Received: "
                f"{'discriminator=' if 'discriminator' in options else len(networks) - 1}. "
                f"Expected {', '.join(f'{name}=' for name in self.critics)}."
            )
        for k, name in enumerate(self.critics, start=1):  # they shall not all learn the same
            dropout = 0.6 - 0.2 * k / num_discriminators
            setattr(self, f"build_{name}", functools.partial(dcgan_discriminator, dropout=dropout))
        self.lambda_ = lambda_
        super().__init__(**dict(zip(self.networks, networks, strict=False)) | options)
        self._l = None
        if lambda_ == TRAINED:
            begin = keras.initializers.Constant(BEGIN)
            self._l = self.add_weight(name="lambda", shape=(), initializer=begin)

    build_generator = staticmethod(dcgan_generator)

    @property
    def least_rows(self) -> int:
        return self.num_discriminators * super().least_rows

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(2e-4, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def trained(self, name: str) -> list[keras.Variable]:
        own = [self._l] if name == "generator" and self._l is not None else []
        return [*super().trained(name), *own]

    # -- the game --------------------------------------------------------------------------------

    def views(self, out: Outputs) -> dict[str, tuple]:
        packs = next(iter(super().views(out).values()))
        return dict(zip(self.critics, batches.dealt(packs, self.num_discriminators), strict=True))

    def told(self, critic: str, out: Outputs) -> Any:
        told, k = super().told(critic, out), self.critics.index(critic)
        return None if told is None else batches.dealt(told, self.num_discriminators)[k]

    def sharpness(self) -> Any:
        """lambda."""
        return float(self.lambda_) if self._l is None else ops.softplus(self._l)

    def extra_terms(self) -> tuple[str, ...]:
        return () if self._l is None else ("lambda_reward",)

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        pairs = [(real["scores"], fake["scores"]) for real, fake in out.critics.values()]
        each = ops.stack([self.objective.generator(real, fake) for real, fake in pairs])
        terms = {"g_loss": ops.sum(ops.softmax(self.sharpness() * each) * each)}
        return terms | {name: -REWARD * self.sharpness() for name in self.extra_terms()}

    def state_logs(self) -> dict[str, Any]:
        return super().state_logs() | ({} if self._l is None else {"lambda": self.sharpness()})
