"""The networks of VideoGAN. Vondrick et al., 2016, https://arxiv.org/abs/1609.02612

Those of `dcgan` in three axes, but that the generator has a second stream for what does not move: a
still background, over which a mask lays the foreground. Frames are halved as sides are, as long as
2 remain: 32 frames of 64x64 give the paper's four steps from 2x4x4.
"""

import operator

import keras
from keras import layers

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import (
    MIN_FRAMES,
    discriminator_trunk,
    first_map,
    images_of,
    normal_kernel,
    upsampled_maps,
)


def _check_clip(image_shape: tuple[int, ...], **sizes: int) -> tuple[int, int, int, int]:
    """Checks the shape of a clip, and other sizes as `check_sizes` does."""
    try:
        frames, *image = (operator.index(side) for side in image_shape)
    except (TypeError, ValueError):
        frames, image = 0, ()
    if len(image) != 3 or frames < MIN_FRAMES:
        raise ValueError(
            f"`image_shape` is that of no clip. Received: image_shape={image_shape!r}. Expected "
            f"(frames, height, width, channels), at least {MIN_FRAMES} frames."
        )
    return (frames, *check_sizes(image, **sizes))


@channels_last()
def videogan_generator(
    image_shape: tuple[int, int, int, int],
    latent_dim: int = 100,
    width: int = 64,
    *,
    kernel_size: int = 4,
) -> keras.Model:
    """Builds VideoGAN's generator for one size of clips.

    Its layers `foreground`, `mask` and `background` hold what a clip is put together from:
    mask * foreground + (1 - mask) * background.

    Args:
        image_shape: `(frames, height, width, channels)`, at least 2 frames, both sides from 8 to
            128.
        latent_dim: Size of the latent vector, at least 1.
        width: Channels of the largest hidden maps, at least 1; smaller ones have up to 8 times as
            many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to clips, float32
        `(batch, *image_shape)` in [-1, 1], and masks, float32 `(batch, frames, height, width, 1)`
        in [0, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = videogan_generator((32, 64, 64, 3))  # the paper's

    References:
        Vondrick et al., 2016, https://arxiv.org/abs/1609.02612
    """
    shape = _check_clip(image_shape, latent_dim=latent_dim, width=width)
    still = shape[1:]
    latents = keras.Input((latent_dim,), name="latents")
    moving = upsampled_maps(first_map(latents, shape, width), shape, width, kernel_size)
    foreground = images_of(moving, shape, kernel_size, name="foreground")
    mask = images_of(moving, (*shape[:-1], 1), kernel_size, "sigmoid", name="mask")
    resting = upsampled_maps(first_map(latents, still, width), still, width, kernel_size)
    background = images_of(resting, still, kernel_size, name="background")
    background = layers.Reshape((1, *still), dtype="float32")(background)
    clips = mask * foreground + (1.0 - mask) * background
    return keras.Model(latents, [clips, mask], name="videogan_generator")


@channels_last()
def videogan_discriminator(
    image_shape: tuple[int, int, int, int],
    width: int = 64,
    *,
    kernel_size: int = 4,
) -> keras.Model:
    """Builds VideoGAN's discriminator for one size of clips.

    Args:
        image_shape: `(frames, height, width, channels)`, at least 2 frames, both sides from 8 to
            128.
        width: Channels of the first layer, at least 1; later ones have up to 8 times as many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `images`, float32 `(batch, *image_shape)`, to float32 logits
        `(batch, 1)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> discriminator = videogan_discriminator((32, 64, 64, 3))

    References:
        Vondrick et al., 2016, https://arxiv.org/abs/1609.02612
    """
    shape = _check_clip(image_shape, width=width)
    clips = keras.Input(shape, name="images")
    x = discriminator_trunk(clips, shape, width, kernel_size, use_batch_norm=True, dropout=0.0)
    logits = layers.Dense(1, kernel_initializer=normal_kernel(), dtype="float32")(x)
    return keras.Model(clips, logits, name="videogan_discriminator")
