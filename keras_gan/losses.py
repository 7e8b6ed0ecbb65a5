r"""Adversarial objectives: what the discriminator and the generator minimise.

Every loss takes logits, real before fake, of any shape, and returns one float32 scalar. With
D the discriminator's logit, sigma the sigmoid and softplus(x) = log(1 + exp(x)):

log sigma(x) = -softplus(-x) and log(1 - sigma(x)) = -softplus(x).
"""

import difflib

import keras
from keras import ops


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

    def get_config(self) -> dict:
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Loss":
        return cls(**config)


def _mean(x: keras.KerasTensor) -> keras.KerasTensor:
    return ops.mean(ops.cast(x, "float32"))


def _softplus(x: keras.KerasTensor) -> keras.KerasTensor:
    return ops.softplus(ops.cast(x, "float32"))


@keras.saving.register_keras_serializable("keras_gan")
class Minimax(Loss):
    r"""The two-player game as the 2014 paper states it; saturates when the discriminator wins.

    D minimises -log sigma(D(x)) - log(1 - sigma(D(G(z)))); G minimises log(1 - sigma(D(G(z)))).

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, equation 1.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return _mean(_softplus(-real)) + _mean(_softplus(fake))

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return -_mean(_softplus(fake))


@keras.saving.register_keras_serializable("keras_gan")
class NonSaturating(Minimax):
    r"""The paper's advice for practice: the generator minimises -log sigma(D(G(z))).

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661, section 3.
    """

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return _mean(_softplus(-fake))


@keras.saving.register_keras_serializable("keras_gan")
class Wasserstein(Loss):
    r"""Estimated earth mover's distance: D minimises D(G(z)) - D(x), G minimises -D(G(z)).

    Means something only where the critic is kept Lipschitz: clip it, penalise it or normalise it.

    References:
        Arjovsky et al., 2017, https://arxiv.org/abs/1701.07875.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return _mean(fake) - _mean(real)

    def generator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return -_mean(fake)


@keras.saving.register_keras_serializable("keras_gan")
class Hinge(Wasserstein):
    r"""Geometric GAN: D minimises max(0, 1 - D(x)) + max(0, 1 + D(G(z))), G minimises -D(G(z)).

    References:
        Lim and Ye, 2017, https://arxiv.org/abs/1705.02894.
    """

    def discriminator(self, real: keras.KerasTensor, fake: keras.KerasTensor) -> keras.KerasTensor:
        return _mean(ops.relu(1.0 - real)) + _mean(ops.relu(1.0 + fake))


_NAMES = {
    "minimax": Minimax,
    "non_saturating": NonSaturating,
    "wasserstein": Wasserstein,
    "hinge": Hinge,
}


def get(identifier: str | type[Loss] | Loss) -> Loss:
    """A loss by its name or class, as `keras.losses.get` does; an object passes as it is.

    Raises:
        ValueError: for a name that no loss has.
    """
    if isinstance(identifier, type):
        identifier = identifier()
    if isinstance(identifier, str):
        if identifier not in _NAMES:
            near = difflib.get_close_matches(identifier, _NAMES, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"There is no such loss. Received: loss={identifier!r}. "
                f"Expected one of {', '.join(_NAMES)}, or an object.{hint}"
            )
        return _NAMES[identifier]()
    if not (hasattr(identifier, "discriminator") and hasattr(identifier, "generator")):
        raise ValueError(
            "A loss has the methods discriminator(real, fake) and generator(real, fake). "
            f"Received: loss={identifier!r}."
        )
    return identifier
