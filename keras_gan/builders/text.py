"""Networks of text. Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028

A sample is a weight of each word, or character, at each place: one-hot rows of real text, a softmax
of made text. Five residual blocks x + 0.3 f(x) of two convolutions on either side, as in the
authors' code; no normalization.
"""

import keras
from keras import KerasTensor, layers

from keras_gan.builders.checks import channels_last, check_sequence

KERNEL = 5
BLOCKS = 5
SHARE = 0.3  # of what a block adds


def _residual(x: KerasTensor, width: int) -> KerasTensor:
    """x + 0.3 conv(relu(conv(relu(x))))."""
    change = x
    for _ in range(2):
        change = layers.ReLU()(change)
        change = layers.Conv1D(
            width, KERNEL, padding="same", kernel_initializer=keras.initializers.HeUniform()
        )(change)
    return layers.Add()([x, layers.Rescaling(SHARE)(change)])


@channels_last()
def text_generator(
    image_shape: tuple[int, int], latent_dim: int = 128, width: int = 512, *, blocks: int = BLOCKS
) -> keras.Model:
    """Builds the generator of text.

    Args:
        image_shape: `(length, words)`.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of all hidden layers, at least 1; fewer than the paper's for small corpora.
        blocks: Number of residual blocks.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to the probabilities of
        words, float32 `(batch, length, words)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> shape = (32, len(vocabulary))
        >>> networks = text_generator(shape, width=128), text_discriminator(shape, width=128)
        >>> gan = keras_gan.WGANGP(*networks, kind=keras_gan.kinds.Tokens(vocabulary))
    """
    length, words = check_sequence(image_shape, "words", 1, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    x = layers.Reshape((length, width))(layers.Dense(length * width)(latents))
    for _ in range(blocks):
        x = _residual(x, width)
    texts = layers.Softmax(dtype="float32")(layers.Conv1D(words, 1)(x))
    return keras.Model(latents, texts, name="text_generator")


@channels_last()
def text_discriminator(
    image_shape: tuple[int, int], width: int = 512, *, blocks: int = BLOCKS
) -> keras.Model:
    """Builds the discriminator of text.

    Args:
        image_shape, width, blocks: As for `text_generator`.

    Returns:
        A functional model from `images`, float32 `(batch, length, words)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = text_discriminator((32, 96), width=128)
    """
    shape = check_sequence(image_shape, "words", 1, width=width)
    images = keras.Input(shape, name="images")
    x = layers.Conv1D(width, 1)(images)
    for _ in range(blocks):
        x = _residual(x, width)
    logits = layers.Dense(1, dtype="float32")(layers.Flatten()(x))
    return keras.Model(images, logits, name="text_discriminator")
