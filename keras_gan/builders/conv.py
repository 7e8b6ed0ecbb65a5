"""The convolutional pair with labels or without: `dcgan`'s networks, or `cgan`'s of the same size.

For the papers that are about the game and not about the networks.
"""

from typing import Any

import keras

from keras_gan.builders.cgan import cgan_discriminator, cgan_generator
from keras_gan.builders.dcgan import dcgan_discriminator, dcgan_generator


def conv_generator(
    image_shape: tuple[int, int, int], num_classes: int | None = None, **options: Any
) -> keras.Model:
    """Builds `dcgan_generator`, or with `num_classes` `cgan_generator`.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        options: `latent_dim`, `width`, `kernel_size` as in either.
    """
    if num_classes is None:
        return dcgan_generator(image_shape, **options)
    return cgan_generator(image_shape, num_classes, **options)


def conv_discriminator(
    image_shape: tuple[int, int, int], num_classes: int | None = None, **options: Any
) -> keras.Model:
    """Builds `dcgan_discriminator`, or with `num_classes` `cgan_discriminator` (projection).

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2, or None.
        options: `width`, `batch_norm`, `dropout`, `kernel_size` as in either; `pack` as in
            `cgan_discriminator`.
    """
    if num_classes is None:
        return dcgan_discriminator(image_shape, **options)
    return cgan_discriminator(image_shape, num_classes, **options)
