"""Terms of a generator that has a picture to come near to."""

import keras
from keras import ops

Tensor = keras.KerasTensor


def l1(real: Tensor, fake: Tensor) -> Tensor:
    """Mean absolute difference, a float32 scalar, of images or features `(batch, ...)`."""
    return ops.mean(ops.abs(ops.cast(real, "float32") - ops.cast(fake, "float32")))


def l2(real: Tensor, fake: Tensor) -> Tensor:
    """Mean squared difference, a float32 scalar, of images or features `(batch, ...)`."""
    return ops.mean(ops.square(ops.cast(real, "float32") - ops.cast(fake, "float32")))
