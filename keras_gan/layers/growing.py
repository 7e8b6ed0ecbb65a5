"""Networks that grow: pictures of every size on the way from the smallest map to the largest.

Karras et al., 2018, https://arxiv.org/abs/1710.10196. What such a layer takes and gives is always
of the full size, so that a network is one Keras model from its first step to its last: at a smaller
size pictures are squares of equal pixels, and only the layers up to that size are worked out.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import keras
import tensorflow as tf
from keras import layers, ops

from keras_gan.layers.conv import LeakyReLU
from keras_gan.layers.equalized import EqualizedConv2D

Tensor = keras.KerasTensor


def enlarged(x: Tensor, factors: Sequence[int]) -> Tensor:
    """Each pixel as a rectangle of equal ones, `(vertical, horizontal)`."""
    for axis, factor in enumerate(factors, start=1):
        x = ops.repeat(x, factor, axis=axis) if factor > 1 else x
    return x


def reduced(x: Tensor, factors: Sequence[int]) -> Tensor:
    """Means of such rectangles."""
    if math.prod(factors) == 1:
        return x
    return ops.average_pool(x, factors, padding="valid", data_format="channels_last")


class Growing(layers.Layer):
    """A layer of several sizes, of which the variable `level` says which is in use.

    At level k pictures have the side of the smallest map enlarged by the first k strides. Between k
    and k + 1 the layers of the next size fade in.

    Args:
        strides: `(vertical, horizontal)` factors between the sizes, from the smallest one on.
        channels: Of the maps of each size, one more.
    """

    def __init__(self, strides: Sequence, channels: Sequence[int], **options: object):
        super().__init__(**options)
        self.strides = [tuple(factors) for factors in strides]
        self.channels = list(channels)
        self.level = self.add_weight(
            name="level",
            shape=(),
            dtype="float32",
            initializer="zeros",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",  # all are given the same
        )

    @property
    def top(self) -> int:
        """The level of the full size."""
        return len(self.strides)

    @property
    def size(self) -> int:
        """The level that training works at; in a graph that of the moment when it is made."""
        with tf.init_scope():
            return math.ceil(self.level.numpy())

    def layers_at(self, size: int) -> list[layers.Layer]:
        """The layers that are in use at a level."""
        raise NotImplementedError

    @property
    def resting(self) -> list[keras.Variable]:
        """Weights that training does not use yet, or any more."""
        used = [v for layer in self.layers_at(self.size) for v in layer.trainable_variables]
        return [v for v in self.trainable_variables if not any(v is other for other in used)]

    def at_level(
        self, path: Callable[[Tensor, int], Tensor], x: Tensor, training: bool | None
    ) -> Tensor:
        """`path(x, k)` of the size that is in use or fades in.

        In training it is `size`: gradients of gradients through a choice take minutes to be traced,
        and `ProGAN` makes a graph for each size.
        """
        if training:
            return path(x, self.size)
        paths = [lambda x, k=k: path(x, k) for k in range(self.top + 1)]
        return ops.switch(ops.cast(ops.ceil(self.level), "int32"), paths, x)

    def blend(self, before: Tensor, after: Tensor, level: int) -> Tensor:
        """What is between two sizes while the larger one, that of `level`, fades in."""
        part = ops.cast(ops.clip(self.level - (level - 1.0), 0.0, 1.0), after.dtype)
        return before + part * (after - before)

    def remaining(self, level: int) -> tuple[int, int]:
        """Factors from the size of a level to the full one."""
        return tuple(math.prod(axis) for axis in zip((1, 1), *self.strides[level:], strict=True))

    def faded(self, images: Tensor, training: bool | None = None) -> Tensor:
        """Pictures with as much of their detail as a generator can make at this level."""

        def path(x: Tensor, level: int) -> Tensor:
            if level == 0:
                return x
            factors = self.remaining(level - 1)
            return self.blend(enlarged(reduced(x, factors), factors), x, level)

        return self.at_level(path, images, training)

    def _conv(self, filters: int, kernel_size: int = 3, **options: object) -> layers.Layer:
        options = {"data_format": "channels_last", "dtype": self.dtype_policy} | options
        return EqualizedConv2D(filters, kernel_size, **options)

    def _activated(self, filters: int, kernel_size: int = 3) -> list[layers.Layer]:
        activation = LeakyReLU(0.2, dtype=self.dtype_policy)
        return [self._conv(filters, kernel_size), activation]

    def get_config(self) -> dict:
        return super().get_config() | {"strides": self.strides, "channels": self.channels}


@keras.saving.register_keras_serializable("keras_gan")
class GrowingImages(Growing):
    """From the smallest map to pictures of the full size: the generator's half.

    Args:
        strides, channels: As in `Growing`.
        image_channels: Of the pictures.
    """

    def __init__(self, strides: Sequence, channels: Sequence[int], image_channels: int, **options):
        super().__init__(strides, channels, **options)
        self.image_channels = image_channels
        normalize = {"epsilon": 1e-8, "trainable": False, "dtype": self.dtype_policy}

        def normalized(filters: int) -> list[layers.Layer]:
            return [*self._activated(filters), layers.RMSNormalization(**normalize)]

        self.blocks = [keras.Sequential(normalized(channels[0]))]
        self.blocks += [keras.Sequential(normalized(c) + normalized(c)) for c in channels[1:]]
        self.to_images = [self._conv(image_channels, 1, gain=1.0) for _ in channels]

    def build(self, input_shape: tuple) -> None:
        shape = input_shape
        for k, block in enumerate(self.blocks):
            block.build(shape)
            self.to_images[k].build(block.compute_output_shape(shape))
            shape = (*shape[:3], self.channels[k])

    def layers_at(self, size: int) -> list[layers.Layer]:
        return [*self.blocks[: size + 1], *self.to_images[max(size - 1, 0) : size + 1]]

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        def path(x: Tensor, level: int) -> Tensor:
            for k in range(level + 1):
                before, x = x, self.blocks[k](enlarged(x, self.strides[k - 1]) if k else x)
            images = self.to_images[level](x)
            if level:
                smaller = enlarged(self.to_images[level - 1](before), self.strides[level - 1])
                images = self.blend(smaller, images, level)
            return enlarged(images, self.remaining(level))

        return self.at_level(path, inputs, training)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, _ = input_shape
        sides = (side * factor for side, factor in zip(sides, self.remaining(0), strict=True))
        return (batch, *sides, self.image_channels)

    def get_config(self) -> dict:
        return super().get_config() | {"image_channels": self.image_channels}


@keras.saving.register_keras_serializable("keras_gan")
class GrowingMaps(Growing):
    """From pictures of the full size to the smallest map: the discriminator's half.

    Args:
        strides, channels: As in `Growing`.
    """

    def __init__(self, strides: Sequence, channels: Sequence[int], **options: object):
        super().__init__(strides, channels, **options)
        self.from_images = [keras.Sequential(self._activated(c, 1)) for c in channels]
        self.blocks = [
            keras.Sequential(self._activated(large) + self._activated(small))
            for small, large in itertools.pairwise(channels)
        ]

    def build(self, input_shape: tuple) -> None:
        for read in self.from_images:
            read.build(input_shape)
        for block, channels in zip(self.blocks, self.channels[1:], strict=True):
            block.build((*input_shape[:3], channels))

    def layers_at(self, size: int) -> list[layers.Layer]:
        return [*self.blocks[:size], *self.from_images[max(size - 1, 0) : size + 1]]

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        def path(images: Tensor, level: int) -> Tensor:
            images = reduced(images, self.remaining(level))
            x = self.from_images[level](images)
            for k in reversed(range(level)):
                x = reduced(self.blocks[k](x), self.strides[k])
                if k == level - 1:
                    smaller = self.from_images[k](reduced(images, self.strides[k]))
                    x = self.blend(smaller, x, level)
            return x

        return self.at_level(path, inputs, training)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *sides, _ = input_shape
        sides = (side // factor for side, factor in zip(sides, self.remaining(0), strict=True))
        return (batch, *sides, self.channels[0])
