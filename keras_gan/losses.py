r"""Adversarial objectives: what the discriminator and the generator minimise.

Every loss takes logits, real before fake, of any shape, and returns one float32 scalar. With
D the discriminator's logit, sigma the sigmoid and softplus(x) = log(1 + exp(x)):

log sigma(x) = -softplus(-x) and log(1 - sigma(x)) = -softplus(x).
"""

import math

import keras
from keras import ops

from keras_gan.core import names


class Loss:
    """Base of the adversarial losses: two methods, one for each player.

    `uses_real` says whether `generator` looks at the real logits. Where it does not, an alternating
    step saves the pass that would make them.
    """

    uses_real = False

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        """What the discriminator minimises, given logits `(batch, ...)` of both kinds."""
        raise NotImplementedError

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        """What the generator minimises, given logits `(batch, ...)` of both kinds."""
        raise NotImplementedError

    def balanced(self) -> dict[str, float]:
        """`d_loss` and `g_loss` where the discriminator cannot tell real from made.

        One that may be anything there is left out.
        """
        return {}

    def _at(self, score: float) -> dict[str, float]:
        """The losses where every image gets the same score."""
        scores = ops.full((1, 1), score, "float32")
        found = {"d_loss": self.discriminator(scores, scores)}
        found["g_loss"] = self.generator(scores, scores)
        return {name: float(ops.convert_to_numpy(value)) for name, value in found.items()}

    def get_config(self) -> dict:
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Loss":
        return cls(**config)


def _float32(logits: keras.KerasTensor) -> keras.KerasTensor:
    return ops.cast(logits, "float32")


@keras.saving.register_keras_serializable("keras_gan")
class Minimax(Loss):
    r"""The two-player game as the 2014 paper states it; saturates when the discriminator wins.

    D minimises -log sigma(D(x)) - log(1 - sigma(D(G(z)))); G minimises log(1 - sigma(D(G(z)))).

    Args:
        label_smoothing: The discriminator's target for real images is 1 less this, in [0, 1); that
            for generated ones stays 0 (one-sided).

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 3.4 (smoothing, 0.1).
    """

    def __init__(self, label_smoothing: float = 0.0):
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"Expected 0 <= label_smoothing < 1. Received: label_smoothing={label_smoothing}."
            )
        self.label_smoothing = label_smoothing

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        real, fake = _float32(real), _float32(fake)
        # (1 - s) softplus(-x) + s softplus(x) = softplus(-x) + s x
        smoothing = self.label_smoothing * ops.mean(real)
        return ops.mean(ops.softplus(-real)) + smoothing + ops.mean(ops.softplus(fake))

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return -ops.mean(ops.softplus(_float32(fake)))

    def balanced(self) -> dict[str, float]:
        share = (1 - self.label_smoothing) / 2  # the optimal D(x), sigma of the logit
        return self._at(math.log(share / (1 - share)))

    def get_config(self) -> dict:
        return {"label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable("keras_gan")
class NonSaturating(Minimax):
    r"""The paper's advice for practice: the generator minimises -log sigma(D(G(z))).

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 3.
    """

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return ops.mean(ops.softplus(-_float32(fake)))


@keras.saving.register_keras_serializable("keras_gan")
class Wasserstein(Loss):
    r"""Estimated earth mover's distance: D minimises D(G(z)) - D(x), G minimises -D(G(z)).

    Means something only where the critic is kept Lipschitz: clip it, penalise it or normalise it.

    References:
        Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return ops.mean(_float32(fake)) - ops.mean(_float32(real))

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return -ops.mean(_float32(fake))

    def balanced(self) -> dict[str, float]:
        return {"d_loss": 0.0}


@keras.saving.register_keras_serializable("keras_gan")
class Hinge(Wasserstein):
    r"""Geometric GAN: D minimises max(0, 1 - D(x)) + max(0, 1 + D(G(z))), G minimises -D(G(z)).

    References:
        Lim and Ye, 2017, https://arxiv.org/abs/1705.02894.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        real, fake = _float32(real), _float32(fake)
        return ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake))

    def balanced(self) -> dict[str, float]:
        return {"d_loss": 2.0}  # wherever in [-1, 1] the scores are


@keras.saving.register_keras_serializable("keras_gan")
class LeastSquares(Loss):
    r"""LSGAN: logits are drawn to targets, however far on the right side they are.

    D minimises (E[(D(x) - b)^2] + E[(D(G(z)) - a)^2]) / 2, G minimises E[(D(G(z)) - c)^2] / 2.

    Args:
        a: The discriminator's target for generated images.
        b: Its target for real images.
        c: The generator's target. With b - c = 1 and b - a = 2 the game minimises a Pearson
            chi-squared divergence.

    References:
        Mao et al., 2017, https://arxiv.org/abs/1611.04076, equations 2, 8 and 9.
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0):
        self.a, self.b, self.c = a, b, c

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        real, fake = _float32(real), _float32(fake)
        return 0.5 * (ops.mean(ops.square(real - self.b)) + ops.mean(ops.square(fake - self.a)))

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return 0.5 * ops.mean(ops.square(_float32(fake) - self.c))

    def balanced(self) -> dict[str, float]:
        return self._at((self.a + self.b) / 2)

    def get_config(self) -> dict:
        return {"a": self.a, "b": self.b, "c": self.c}


class _Relativistic(Loss):
    """A game in which the generator minimises the discriminator's loss with the roles exchanged."""

    uses_real = True

    def balanced(self) -> dict[str, float]:
        return self._at(0.0)

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return self.discriminator(fake, real)


@keras.saving.register_keras_serializable("keras_gan")
class RelativisticAverage(_Relativistic):
    r"""RaGAN: are these images more real than those of the other kind are on the average?

    D minimises -log sigma(D(x) - E[D(G(z))]) - log(1 - sigma(D(G(z)) - E[D(x)])), G the same with
    real and fake exchanged. The means are those of the batch (of a replica's part of it).

    References:
        Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734, section 4.2.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        real, fake = _float32(real), _float32(fake)
        above = ops.mean(ops.softplus(ops.mean(fake) - real))
        return above + ops.mean(ops.softplus(fake - ops.mean(real)))


@keras.saving.register_keras_serializable("keras_gan")
class RelativisticPaired(_Relativistic):
    r"""RpGAN: is this real image more real than this generated one?

    D minimises -log sigma(D(x) - D(G(z))), G minimises -log sigma(D(G(z)) - D(x)); image i is
    paired with image i, and in a conditional model both are of one class.

    References:
        Huang et al., 2024, https://arxiv.org/abs/2501.05441, section 2.1.
        Jolicoeur-Martineau, 2018, https://arxiv.org/abs/1807.00734.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        real, fake = _float32(real), _float32(fake)
        return ops.mean(ops.softplus(fake - real))


_NAMES = {
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "least_squares": LeastSquares,
    "wasserstein": Wasserstein,
    "hinge": Hinge,
    "relativistic_average": RelativisticAverage,
    "relativistic_paired": RelativisticPaired,
}


def get(identifier: str | type[Loss] | Loss) -> Loss:
    """A loss by its name or class, as `keras.losses.get` does; an object passes as it is.

    Raises:
        ValueError: for a name that no loss has, or anything else.
    """
    loss = names.resolve("loss", identifier, _NAMES)
    if not isinstance(loss, Loss):
        raise ValueError(
            "A loss is a keras_gan.losses.Loss, with discriminator(real, fake) and generator(real, "
            f"fake), or its name. Received: loss={loss!r}."
        )
    return loss
