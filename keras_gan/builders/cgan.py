"""The class-conditional convolutional pair. Mirza & Osindero, 2014, https://arxiv.org/abs/1411.1784

The networks of `dcgan`, told the label. The generator reads it as zeros and a one beside the
latents, as in the paper: an embedding as loud as they are drowns them, and each class has few
pictures, or a single one. The discriminator either reads it as one further image channel a class
(concatenation), or adds the inner product of its features with an embedding of the label to the
logit (projection: Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637).
"""

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import discriminator_trunk, generator_trunk, normal_kernel
from keras_gan.layers.embedding import Embedding, embedded, labels_input, one_hot

CONDITIONINGS = ("projection", "concat")


@channels_last()
def cgan_generator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    latent_dim: int = 100,
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the class-conditional generator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest hidden map, at least 1; smaller maps have up to 8 times as
            many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `[latents, labels]`, float32 `(batch, latent_dim)` and int32
        `(batch,)` in `[0, num_classes)`, to images, float32 `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = cgan_generator((28, 28, 1), num_classes=10)

    References:
        Mirza & Osindero, 2014, https://arxiv.org/abs/1411.1784
    """
    shape = check_sizes(image_shape, num_classes=num_classes, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    x = layers.Concatenate()([latents, one_hot(labels, num_classes)])
    images = generator_trunk(x, shape, width, kernel_size)
    return keras.Model([latents, labels], images, name="cgan_generator")


@channels_last()
def cgan_discriminator(
    image_shape: tuple[int, int, int],
    num_classes: int,
    width: int = 64,
    conditioning: str = "projection",
    *,
    pack: int = 1,
    batch_norm: bool = False,
    dropout: float = 0.0,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds the class-conditional discriminator for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_classes: Number of classes, at least 2.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.
        conditioning: `"projection"`, or `"concat"`: one more input channel a class, filled with 1
            for the label and 0 for the others.
        pack: Samples that `images` has side by side in its channels, each with a label of its own:
            the labels are `(batch, pack)` then.
        batch_norm: Whether all layers but the first are normalised. Real and fake images then
            have to pass in separate batches.
        dropout: Fraction dropped after each layer, in [0, 1).
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `[images, labels]`, float32 `(batch, *image_shape)` and int32
        `(batch,)` in `[0, num_classes)`, to float32 logits `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range or the conditioning unknown.

    Example:
        >>> discriminator = cgan_discriminator((28, 28, 1), num_classes=10, conditioning="concat")

    References:
        Mirza & Osindero, 2014, https://arxiv.org/abs/1411.1784
        Miyato & Koyama, 2018, https://arxiv.org/abs/1802.05637
    """
    shape = check_sizes(image_shape, num_classes=num_classes, width=width)
    if conditioning not in CONDITIONINGS:
        raise ValueError(
            f"`conditioning` must be one of {CONDITIONINGS}. "
            f"Received: conditioning={conditioning!r}."
        )
    images, labels = keras.Input(shape, name="images"), labels_input(pack)
    x = images
    if conditioning == "concat":
        height, columns, _ = shape
        planes = layers.Flatten()(one_hot(labels, num_classes))  # (B, K), of packs (B, m K)
        planes = layers.RepeatVector(height * columns)(planes)  # (B, H * W, m K)
        planes = layers.Reshape((height, columns, pack * num_classes))(planes)  # (B, H, W, m K)
        x = layers.Concatenate()([images, planes])
    x = discriminator_trunk(x, shape, width, kernel_size, batch_norm, dropout)
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    if conditioning == "projection":
        table = Embedding(
            pack * num_classes, x.shape[-1], embeddings_initializer=normal_kernel(), dtype="float32"
        )
        match = layers.Dot(axes=1, dtype="float32")([x, embedded(table, labels, num_classes)])
        logits = layers.Add(dtype="float32")([logits, match])
    return keras.Model([images, labels], logits, name="cgan_discriminator")
