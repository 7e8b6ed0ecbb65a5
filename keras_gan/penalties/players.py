"""Penalties on networks that are no critics."""

import math
from collections.abc import Callable

import keras
from keras import ops

from keras_gan.core import noise
from keras_gan.core.autodiff import input_gradient
from keras_gan.penalties.base import PlayerPenalty, Tensor, Weight, squared_norms


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

        lengths = ops.sqrt(squared_norms(input_gradient(along, given)) + 1e-12)
        mean = ops.stop_gradient(ops.mean(lengths))
        total, count = ops.unstack(self._sums, 2)
        average = ops.where(count > 0, total / ops.where(count > 0, count, 1.0), mean)
        return ops.mean(ops.square(lengths - average)), mean

    def observe(self, seen: Tensor, due: Tensor) -> None:
        new = self.decay * self._sums + (1.0 - self.decay) * ops.stack([seen, ops.ones_like(seen)])
        self._sums.assign(ops.where(due, new, self._sums))

    def get_config(self) -> dict:
        return super().get_config() | {"decay": self.decay}
