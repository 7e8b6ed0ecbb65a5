"""The auxiliary classifier's discriminator. Odena et al., 2016, https://arxiv.org/abs/1610.09585

The convolutional discriminator with two heads: is it real, and of which class is it? Its generator
is `cgan_generator`.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, normal_kernel


@channels_last()
def acgan_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 64,
    *,
    batch_norm: bool = False,
    dropout: float = 0.0,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the classifying discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        width, batch_norm, dropout, kernel_size: As in `dcgan_discriminator`.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)` and class logits `(batch, num_classes)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = acgan_discriminator((28, 28, 1), num_classes=10)

    References:
        Odena et al., 2016, https://arxiv.org/abs/1610.09585
    """
    shape = check_sizes(image_shape, num_classes=num_classes, width=width)
    images = keras.Input(shape, name="images")
    x = discriminator_trunk(images, shape, width, kernel_size, batch_norm, dropout)
    logits, classes = (
        layers.Dense(units, kernel_initializer=normal_kernel(), dtype="float32", name=name)(x)
        for units, name in ((1, "logits"), (num_classes, "classes"))
    )
    return keras.Model(images, [logits, classes], name="acgan_discriminator")
