"""Penalties on critics, and on other players: one more term of what a network minimises."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_gan.core import names, noise
from keras_gan.core.autodiff import input_gradient

Tensor = keras.KerasTensor
Critic = Callable[[Tensor], Tensor]
Weight = float | Callable[[Tensor], Tensor]


class Penalty:
    """Base of the critic's penalties.

    `per_image` says whether the penalty rests on the critic's gradient for each image alone, which
    BatchNormalization mixes with those of the batch. `uses_scores` says whether it takes a further
    argument: `scores`, the logits `(real, fake)` that the loss was made from.

    A penalty that remembers something makes its `variables` in `build`, once, and updates them in
    `observe`; they are saved with the model. One such object serves one model.

    Args:
        weight: Factor of the term, at least 0; or a schedule of it, a function of the step such as
            `keras.optimizers.schedules.CosineDecay(2.0, 10_000, alpha=0.1)`.
        interval: The penalty is worked out in every `interval`-th update of the critic only and
            counts `interval` times as much there (lazy regularization, Karras et al. 2020). The
            updates of all steps are counted: with `n_critic=5` and `interval=4` a step has one or
            two that are penalised. At least 1.
        name: Its name in the logs.
    """

    default_name = "penalty"
    per_image = False
    uses_scores = False
    variables = ()
    network: str | None = None
    """The player that it is for; None for each critic."""

    def __init__(self, weight: Weight, interval: int = 1, name: str | None = None):
        least = 0 if callable(weight) else weight
        if not 0 <= least < math.inf or interval < 1 or interval % 1:
            raise ValueError(
                f"{type(self).__name__} needs a finite weight >= 0 and a whole interval >= 1. "
                f"Received: weight={weight}, interval={interval}."
            )
        self.weight = weight
        self.interval = int(interval)
        self.name = name or self.default_name

    def weight_at(self, step: Tensor) -> Tensor | float:
        """The weight in a step, counted from 0."""
        return ops.cast(self.weight(step), "float32") if callable(self.weight) else self.weight

    def build(self) -> None:
        """Makes the variables, if there are to be any. `compile` calls it."""

    def observe(self, real: Tensor, fake: Tensor) -> None:
        """Looks at the mean logits, over all replicas, in each update of the critic, due or not."""

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        """The unweighted penalty, a float32 scalar.

        Args:
            discriminator: Function from images to logits, the condition already in it.
            real, fake: What it is shown, `(batch, ...)`; a tuple where it takes several inputs.
            key: int64 `(2,)`, from which `keras_gan.core.noise` draws what the penalty needs.
        """
        raise NotImplementedError

    def get_config(self) -> dict:
        weight = self.weight
        if callable(weight):
            weight = keras.saving.serialize_keras_object(weight)
        return {"weight": weight, "interval": self.interval, "name": self.name}

    @classmethod
    def from_config(cls, config: dict) -> "Penalty":
        return cls(**keras.saving.deserialize_keras_object(config))


def _squared_norms(x: Any) -> Tensor:
    """||x||^2 of each row; of several tensors, the norm of all their numbers together."""
    parts = keras.tree.flatten(x)
    return sum(ops.sum(ops.square(p), axis=tuple(range(1, len(p.shape)))) for p in parts)


# -- penalties on gradients ------------------------------------------------------------------------


@keras.saving.register_keras_serializable("keras_gan")
class GradientPenalty(Penalty):
    r"""Keeps the critic's gradient between real and fake images at norm one.

    E[(||grad D(x')|| - 1)^2] with x' = u x + (1 - u) G(z), one u ~ U[0, 1] for each image.

    Args:
        one_sided: Whether only norms above one count: E[max(0, ||grad D(x')|| - 1)^2].

    References:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, section 4.
        Petzka et al., 2018, https://arxiv.org/abs/1709.08894 (one-sided).
    """

    default_name = "gradient_penalty"
    per_image = True

    def __init__(
        self,
        weight: Weight = 10.0,
        interval: int = 1,
        name: str | None = None,
        one_sided: bool = False,
    ):
        super().__init__(weight, interval, name)
        self.one_sided = one_sided

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        gradient = input_gradient(discriminator, self.points(real, fake, key))
        excess = ops.sqrt(_squared_norms(gradient) + 1e-12) - 1.0
        return ops.mean(ops.square(ops.relu(excess) if self.one_sided else excess))

    def points(self, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        """Where the gradient is taken."""
        u = noise.uniform((ops.shape(keras.tree.flatten(real)[0])[0],), key)

        def between(x: Tensor, made: Tensor) -> Tensor:
            share = ops.reshape(u, (-1,) + (1,) * (len(x.shape) - 1))
            return share * x + (1.0 - share) * made

        return keras.tree.map_structure(between, real, fake)

    def get_config(self) -> dict:
        return super().get_config() | {"one_sided": self.one_sided}


@keras.saving.register_keras_serializable("keras_gan")
class DRAGANPenalty(GradientPenalty):
    r"""Keeps the critic's gradient around real images at norm one.

    E[(||grad D(x + d)|| - 1)^2] with d = u scale s U, s the standard deviation of all values of the
    real batch (of a replica's part of it), U one U[0, 1] for each value and u one for each image.

    Args:
        scale: How far around, in standard deviations of the data. At least 0.

    References:
        Kodali et al., 2017, https://arxiv.org/abs/1705.07215, algorithm 1; the noise, which the
        paper has normal, is that of the authors' code, https://github.com/kodalinaveen3/DRAGAN.
    """

    default_name = "dragan"

    def __init__(
        self,
        weight: Weight = 10.0,
        interval: int = 1,
        name: str | None = None,
        one_sided: bool = False,
        scale: float = 0.5,
    ):
        super().__init__(weight, interval, name, one_sided)
        if scale < 0:
            raise ValueError(f"DRAGANPenalty needs scale >= 0. Received: scale={scale}.")
        self.scale = scale

    def points(self, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        shape = ops.shape(real)
        share = noise.uniform((shape[0],) + (1,) * (len(real.shape) - 1), noise.fold_in(key, 1))
        return real + share * self.scale * ops.std(real) * noise.uniform(shape, key)

    def get_config(self) -> dict:
        return super().get_config() | {"scale": self.scale}


@keras.saving.register_keras_serializable("keras_gan")
class R1(Penalty):
    r"""Pulls the discriminator's gradient on real images to zero: E[||grad D(x)||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 9.
    """

    default_name = "r1"
    per_image = True

    def __init__(self, weight: Weight = 10.0, interval: int = 1, name: str | None = None):
        super().__init__(weight, interval, name)

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        return ops.mean(_squared_norms(input_gradient(discriminator, real))) / 2.0


@keras.saving.register_keras_serializable("keras_gan")
class R2(R1):
    r"""As R1, on generated images: E[||grad D(G(z))||^2] / 2.

    References:
        Mescheder et al., 2018, https://arxiv.org/abs/1801.04406, equation 10.
    """

    default_name = "r2"

    def __call__(self, discriminator: Critic, real: Tensor, fake: Tensor, key: Tensor) -> Tensor:
        return super().__call__(discriminator, fake, real, key)


# -- penalties on logits ---------------------------------------------------------------------------


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
        return sum(
            _distance(discriminator(self.augment(images, noise.fold_in(key, k))), logits)
            for k, (images, logits) in enumerate(pairs if self.balanced else pairs[:1])
        )

    def get_config(self) -> dict:
        config = {"augment": self.augment, "balanced": self.balanced}
        return super().get_config() | keras.saving.serialize_keras_object(config)


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))


# -- penalties on other players --------------------------------------------------------------------


class PlayerPenalty(Penalty):
    """Base of the penalties on a network that is no critic.

    Args:
        weight, interval, name: As in `Penalty`; the interval counts steps.
        network: One of the model's `networks`.
    """

    network = "generator"

    def __init__(
        self,
        weight: Weight,
        interval: int = 1,
        name: str | None = None,
        network: str | None = None,
    ):
        super().__init__(weight, interval, name)
        self.network = network or self.network

    def __call__(
        self, player: Callable[[Tensor], Tensor], given: Tensor, key: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The unweighted penalty, and what `observe` is told: two float32 scalars.

        Args:
            player: Function from what the network is given, `(batch, ...)`, to what it makes.
            given: What it was given in this step.
            key: As in `Penalty`.
        """
        raise NotImplementedError

    def observe(self, seen: Tensor, due: Tensor) -> None:
        """Looks at the mean of what was seen, over all replicas, in each step, due or not."""

    def get_config(self) -> dict:
        return super().get_config() | {"network": self.network}


@keras.saving.register_keras_serializable("keras_gan")
class PathLength(PlayerPenalty):
    r"""Steps of the same length in the latents shall change a picture as much everywhere.

    E[(||J^T y|| - a)^2], J the generator's Jacobian, y ~ N(0, I) / sqrt(pixels), a the moving
    average of ||J^T y|| over the steps in which it was worked out, before this one (in the first,
    the batch's own mean).

    Args:
        decay: Of the moving average, in [0, 1).

    References:
        Karras et al., 2020, https://arxiv.org/abs/1912.04958, section 3.2.
    """

    default_name = "path_length"

    def __init__(
        self,
        weight: Weight = 2.0,
        interval: int = 4,
        name: str | None = None,
        network: str | None = None,
        decay: float = 0.99,
    ):
        super().__init__(weight, interval, name, network)
        if not 0 <= decay < 1:
            raise ValueError(f"PathLength needs 0 <= decay < 1. Received: decay={decay}.")
        self.decay = decay

    def build(self) -> None:
        if not self.variables:
            # weighed sums of the mean lengths, and of 1
            self._sums = keras.Variable("zeros", (2,), "float32", trainable=False, name=self.name)
            self.variables = (self._sums,)

    def __call__(
        self, player: Callable[[Tensor], Tensor], given: Tensor, key: Tensor
    ) -> tuple[Tensor, Tensor]:
        def along(latents: Tensor) -> Tensor:
            samples = player(latents)
            pixels = math.prod(samples.shape[1:-1])
            y = noise.normal(ops.shape(samples), key) / math.sqrt(pixels)
            return ops.sum(samples * y, axis=tuple(range(1, len(samples.shape))))

        lengths = ops.sqrt(_squared_norms(input_gradient(along, given)) + 1e-12)
        mean = ops.stop_gradient(ops.mean(lengths))
        total, count = ops.unstack(self._sums, 2)
        average = ops.where(count > 0, total / ops.where(count > 0, count, 1.0), mean)
        return ops.mean(ops.square(lengths - average)), mean

    def observe(self, seen: Tensor, due: Tensor) -> None:
        new = self.decay * self._sums + (1.0 - self.decay) * ops.stack([seen, ops.ones_like(seen)])
        self._sums.assign(ops.where(due, new, self._sums))

    def get_config(self) -> dict:
        return super().get_config() | {"decay": self.decay}


_NAMES = {
    "gradient_penalty": GradientPenalty,
    "dragan": DRAGANPenalty,
    "r1": R1,
    "r2": R2,
    "lecam": LeCam,
    "path_length": PathLength,
}


def get(identifier: str | type[Penalty] | Penalty) -> Penalty:
    """A penalty by its name or class, as `losses.get` does; an object passes as it is.

    Raises:
        ValueError: for a name that no penalty has, or anything else.
    """
    penalty = names.resolve("penalty", identifier, _NAMES)
    if not isinstance(penalty, Penalty):
        raise ValueError(
            f"A penalty is a keras_gan.penalties.Penalty or its name. Received: {penalty!r}."
        )
    return penalty
