"""What all penalties are."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

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

    pack = 1
    """Samples in a row of `real` or `fake`, which the critic sees at once; `compile` sets it."""

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


class WeightPenalty(PlayerPenalty):
    """Base of the penalties on a network's weights themselves; critics can have them too."""

    def __call__(self, kernels: list[Tensor]) -> Tensor:
        """The unweighted penalty, a float32 scalar.

        Args:
            kernels: Those of the network's layers.
        """
        raise NotImplementedError


def squared_norms(x: Any) -> Tensor:
    """||x||^2 of each row; of several tensors, the norm of all their numbers together."""
    parts = keras.tree.flatten(x)
    return sum(ops.sum(ops.square(p), axis=tuple(range(1, len(p.shape)))) for p in parts)
