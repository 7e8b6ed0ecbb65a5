"""The auxiliary classifier's pair. Odena et al., 2016, https://arxiv.org/abs/1610.09585

The networks of `dcgan`. The generator reads the label as 0s and a 1 beside the latents, as in the
paper: louder than that, as the embedding of `cgan_generator` is, it drowns the latents, and each
class ends as one picture, which the classifier likes best. The discriminator has two heads: is it
real, and of which class is it?
"""

import keras
from keras import layers

from keras_gan.builders.checks import check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, generator_trunk, normal_kernel


def acgan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int = 100,
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the generator that reads the label as one number a class.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        latent_dim, width, kernel_size: As in `dcgan_generator`.

    Returns:
        A functional model from `[latents, labels]`, float32 `(batch, latent_dim)` and int32
        `(batch,)` in `[0, num_classes)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = acgan_generator((28, 28, 1), num_classes=10)

    References:
        Odena et al., 2016, https://arxiv.org/abs/1610.09585
    """
    shape = check_sizes(image_shape, num_classes=num_classes, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x = layers.Concatenate()([latents, keras.ops.one_hot(labels, num_classes)])
    images = generator_trunk(x, shape, width, kernel_size)
    return keras.Model([latents, labels], images, name="acgan_generator")


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
