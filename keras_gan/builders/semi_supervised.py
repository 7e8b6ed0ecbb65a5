"""The classifying discriminator. Salimans et al., 2016, https://arxiv.org/abs/1606.03498

Convolutions as in `dcgan`, but it sees noisy pictures, and what it sees is dense. Its generator is
`dcgan_generator`.
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, normal_kernel
from keras_gan.layers import LeakyReLU

FEATURES = 8  # units of the layer before the last, in widths


@channels_last()
def semi_supervised_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 64,
    *,
    noise: float = 0.3,
    dropout: float = 0.3,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the classifier for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        width, dropout, kernel_size: As in `dcgan_discriminator`.
        noise: Standard deviation of the noise that is added to images in training, at least 0.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 class logits
        `(batch, num_classes)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = semi_supervised_discriminator((28, 28, 1), num_classes=10)

    References:
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498
    """
    shape = check_sizes(image_shape, num_classes=num_classes, width=width)
    images = keras.Input(shape, name="images")
    x = layers.GaussianNoise(noise)(images)
    x = discriminator_trunk(x, shape, width, kernel_size, use_batch_norm=False, dropout=dropout)
    x = layers.Dense(FEATURES * width, kernel_initializer="he_normal")(x)
    x = LeakyReLU(negative_slope=0.2)(x)
    logits = layers.Dense(num_classes, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(images, logits, name="semi_supervised_discriminator")
