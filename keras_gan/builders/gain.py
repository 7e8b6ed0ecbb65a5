"""Networks of GAIN. Yoon et al., 2018, https://arxiv.org/abs/1806.02920

Three dense layers with ReLU, as wide as the table; values lie in [0, 1].
"""

import keras
from keras import layers

from keras_gan.builders.checks import check_sizes


def _dense(shape: tuple[int], width: int | None, activation: str | None, name: str) -> keras.Model:
    (features,) = shape
    pairs = keras.Input((features, 2), name="pairs")
    x = layers.Flatten()(pairs)
    for _ in range(2):
        x = layers.Dense(width or features, activation="relu")(x)
    made = layers.Dense(features, activation=activation, dtype="float32")(x)
    return keras.Model(pairs, made, name=name)


def gain_generator(image_shape: tuple[int], width: int | None = None) -> keras.Model:
    """Builds the generator of a table's missing values.

    Args:
        image_shape: `(features,)`.
        width: Units of each hidden layer; as many as there are features if not given.

    Returns:
        A functional model from float32 `(batch, features, 2)`, values in [0, 1] and 1 where they
        are observed, to values in [0, 1], float32 `(batch, features)`.

    Raises:
        ValueError: If a size is out of range.

    Example:
        >>> generator = gain_generator((30,))
    """
    return _dense(_checked(image_shape, width), width, "sigmoid", "gain_generator")


def gain_discriminator(image_shape: tuple[int], width: int | None = None) -> keras.Model:
    """Builds the discriminator, which says of each value whether it was observed.

    Args:
        image_shape, width: As in `gain_generator`.

    Returns:
        A functional model from float32 `(batch, features, 2)`, values in [0, 1] and hints, to
        float32 logits `(batch, features)`.

    Example:
        >>> discriminator = gain_discriminator((30,))
    """
    return _dense(_checked(image_shape, width), width, None, "gain_discriminator")


def _checked(image_shape: tuple[int], width: int | None) -> tuple[int]:
    shape = check_sizes(image_shape, points=True, **({} if width is None else {"width": width}))
    if len(shape) != 1:
        raise ValueError(
            f"GAIN fills in tables. Received: image_shape={shape}. Expected (features,)."
        )
    return shape
