"""Penalties on weights."""

import keras
from keras import ops

from keras_gan.penalties.base import Tensor, Weight, WeightPenalty


@keras.saving.register_keras_serializable("keras_gan")
class Orthogonal(WeightPenalty):
    r"""The filters of a layer shall be orthogonal, of whatever lengths.

    sum ||W^T W * (1 - I)||_F^2 over the kernels W, as matrices `(-1, last axis)`: the squares of
    all inner products of two filters. Embeddings are left out.

    Example:

    >>> gan.compile(penalties=[Orthogonal(), Orthogonal(name="d", network="discriminator")])

    References:
        Brock et al., 2019, https://arxiv.org/abs/1809.11096, section 3.1.
    """

    default_name = "orthogonal"

    def __init__(
        self,
        weight: Weight = 1e-4,
        interval: int = 1,
        name: str | None = None,
        network: str | None = None,
    ):
        super().__init__(weight, interval, name, network)

    def __call__(self, kernels: list[Tensor]) -> Tensor:
        if not kernels:
            raise ValueError(
                f"Orthogonal is for a network of layers with kernels. Received: a {self.network} "
                "without any."
            )
        return sum(map(_off_diagonal, kernels))


def _off_diagonal(kernel: Tensor) -> Tensor:
    w = ops.cast(ops.reshape(kernel, (-1, kernel.shape[-1])), "float32")
    products = ops.transpose(w) @ w * (1.0 - ops.eye(w.shape[-1]))
    return ops.sum(ops.square(products))
