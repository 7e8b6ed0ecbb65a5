"""Several generators on one trunk. Hoang et al., 2018, https://arxiv.org/abs/1708.02556

The convolutional generator, of which only the first layer and its BatchNorm are each generator's
own. Its discriminator is `acgan_discriminator`, whose classes are the generators.
"""

import math

import keras
from keras import KerasTensor, layers, ops

from keras_gan.builders.checks import channels_last, check_sizes
from keras_gan.builders.dcgan import (
    images_of,
    normal_kernel,
    normalize,
    smallest_map,
    upsampled_maps,
)

OWN = "generators"  # begins the names of the layers that are not shared
NUM_GENERATORS = 10
LATENT_DIM = 100  # beside the choice of a generator


def first_layer(
    latents: KerasTensor,
    num_generators: int,
    units: int,
    *,
    batch_norm: bool = True,
    kernel_initializer: str | keras.initializers.Initializer = "glorot_uniform",
) -> KerasTensor:
    """A dense layer for each generator, of which each row of latents chooses one.

    All of them see all of a batch, so that the statistics of each are over the whole of it.

    Args:
        latents: `(batch, latent_dim)`, of which the last `num_generators` are zeros and a one.
        num_generators: Number of generators.
        units: Of each layer.
        batch_norm: Whether BatchNorm follows; if not, the layers have a bias.
        kernel_initializer: Of the layers.

    Returns:
        What the layer that is chosen gives, `(batch, units)`.
    """
    noise, choice = ops.split(latents, [latents.shape[-1] - num_generators], axis=-1)
    x = layers.Dense(
        num_generators * units,
        use_bias=not batch_norm,
        kernel_initializer=kernel_initializer,
        name=f"{OWN}_dense",
    )(noise)
    if batch_norm:
        x = normalize(x, name=f"{OWN}_norm")
    x = layers.Reshape((num_generators, units))(x)
    return layers.Dot(axes=1)([x, choice])


@channels_last()
def mgan_generator(
    image_shape: tuple[int, int, int],
    num_generators: int = NUM_GENERATORS,
    latent_dim: int | None = None,
    width: int = 64,
    *,
    kernel_size: int = 5,
) -> keras.Model:
    """Builds all generators, as one network, for one image size.

    Args:
        image_shape: `(height, width, channels)`, both sides from 8 to 128.
        num_generators: Number of generators, at least 2.
        latent_dim: Size of the latent vector, whose last `num_generators` numbers are zeros and a
            one for the generator; 100 more than those if not given.
        width: Channels of the largest hidden map, at least 1; smaller maps have up to 8 times as
            many.
        kernel_size: Side of the convolutions' kernels.

    Returns:
        A functional model from `latents`, float32 `(batch, latent_dim)`, to images, float32
        `(batch, *image_shape)` in [-1, 1].

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generators = mgan_generator((28, 28, 1), num_generators=5, latent_dim=105)

    References:
        Hoang et al., 2018, https://arxiv.org/abs/1708.02556
    """
    shape = check_sizes(image_shape, num_generators=num_generators, width=width)
    latent_dim = num_generators + LATENT_DIM if latent_dim is None else latent_dim
    check_sizes(shape, latent_dim=latent_dim)
    check_room(latent_dim, num_generators)
    latents = keras.Input((latent_dim,), name="latents")
    base = smallest_map(shape, width)
    x = first_layer(latents, num_generators, math.prod(base), kernel_initializer=normal_kernel())
    x = layers.Reshape(base)(layers.ReLU()(x))
    x = upsampled_maps(x, shape, width, kernel_size)
    return keras.Model(latents, images_of(x, shape, kernel_size), name="mgan_generator")


def check_room(latent_dim: int, num_generators: int) -> None:
    """Refuses latents in which the choice of a generator leaves no noise."""
    if latent_dim <= num_generators:
        raise ValueError(
            "The last numbers of the latents choose a generator, one for each, and the others are "
            f"noise. Received: latent_dim={latent_dim} and {num_generators} generators. Expected "
            "longer latents."
        )
