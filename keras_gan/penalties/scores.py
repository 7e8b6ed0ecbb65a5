"""Penalties on the critic's logits."""

from collections.abc import Callable

import keras
from keras import ops

from keras_gan.core import noise, packing
from keras_gan.penalties.base import Critic, Penalty, Tensor, Weight


@keras.saving.register_keras_serializable("keras_gan")
class LeCam(Penalty):
    r"""Ties the logits of either kind to the moving average of the other kind's, for few data.

    E[max(0, D(x) - a_fake)^2] + E[max(0, a_real - D(G(z)))^2], a_real and a_fake the moving
    averages of the mean logits over the critic's updates up to this one, without bias towards their
    start. What is on the wrong side of the other kind's average is left to the loss.

    Args:
        weight: The authors have 0.3 for the hinge loss (BigGAN on CIFAR) and 3e-7 for StyleGAN2's
            non-saturating loss with R1 (FFHQ): logits that no margin holds grow, and the term goes
            with their square.
        decay: Of the moving averages, in [0, 1).

    References:
        Tseng et al., 2021, https://arxiv.org/abs/2104.03310, equation 6; max(0, .) is in the
        authors' code alone, https://github.com/google/lecam-gan.
    """

    default_name = "lecam"
    uses_scores = True

    def __init__(
        self,
        weight: Weight = 0.3,
        interval: int = 1,
        name: str | None = None,
        decay: float = 0.99,
    ):
        super().__init__(weight, interval, name)
        if not 0 <= decay < 1:
            raise ValueError(f"LeCam needs 0 <= decay < 1. Received: decay={decay}.")
        self.decay = decay

    def build(self) -> None:
        if not self.variables:
            # weighed sums of the real means, of the fake means and of 1
            self._sums = keras.Variable("zeros", (3,), "float32", trainable=False, name=self.name)
            self.variables = (self._sums,)

    def observe(self, real: Tensor, fake: Tensor) -> None:
        seen = ops.stack([real, fake, ops.ones_like(real)])
        self._sums.assign(self.decay * self._sums + (1.0 - self.decay) * seen)

    def __call__(
        self,
        discriminator: Critic,
        real: Tensor,
        fake: Tensor,
        key: Tensor,
        scores: tuple[Tensor, Tensor],
    ) -> Tensor:
        count = ops.where(self._sums[2] > 0, self._sums[2], 1.0)  # none before the first update
        average_real, average_fake, _ = ops.unstack(self._sums / count, 3)
        real, fake = (ops.cast(logits, "float32") for logits in scores)
        excess = ops.relu(real - average_fake), ops.relu(average_real - fake)
        return sum(ops.mean(ops.square(x)) for x in excess)

    def get_config(self) -> dict:
        return super().get_config() | {"decay": self.decay}


@keras.saving.register_keras_serializable("keras_gan")
class Consistency(Penalty):
    r"""The critic shall say the same of an image and of an augmented one: E[(D(x) - D(T(x)))^2].

    Args:
        augment: `T(images, key)`, images of the same shape, all chance from `key` (`(2,)` int64).
            `keras_gan.augment.DiffAugment()`, or a function: registered with
            `keras.saving.register_keras_serializable`, it survives a file.
        balanced: Whether generated images count too: + E[(D(G(z)) - D(T(G(z))))^2].

    References:
        Zhang et al., 2020, https://arxiv.org/abs/1910.12027.
        Zhao et al., 2021, https://arxiv.org/abs/2002.04724 (balanced).
    """

    default_name = "consistency"
    uses_scores = True

    def __init__(
        self,
        augment: Callable[[Tensor, Tensor], Tensor],
        weight: Weight = 10.0,
        interval: int = 1,
        name: str | None = None,
        balanced: bool = False,
    ):
        super().__init__(weight, interval, name)
        if not callable(augment) or isinstance(augment, type):
            raise ValueError(
                "Consistency needs a function augment(images, key), such as a DiffAugment(). "
                f"Received: augment={augment!r}."
            )
        if hasattr(type(augment), "p"):
            raise ValueError(
                "Consistency's changes are always as strong, and move no probability. Received: "
                f"augment={type(augment).__name__}(). Expected DiffAugment() or a function."
            )
        self.augment = augment
        self.balanced = balanced

    def __call__(
        self,
        discriminator: Critic,
        real: Tensor,
        fake: Tensor,
        key: Tensor,
        scores: tuple[Tensor, Tensor],
    ) -> Tensor:
        pairs = list(zip((real, fake), scores, strict=True))
        augment = packing.on_each(self.augment, self.pack)
        return sum(
            _distance(discriminator(augment(images, noise.fold_in(key, k))), logits)
            for k, (images, logits) in enumerate(pairs if self.balanced else pairs[:1])
        )

    def get_config(self) -> dict:
        config = {"augment": self.augment, "balanced": self.balanced}
        return super().get_config() | keras.saving.serialize_keras_object(config)


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))
