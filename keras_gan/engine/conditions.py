"""What a model is told beside latents: nothing, a class, or an array of any shape.

Batches, `sample`, the exported model and its check ask the same object.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import kinds
from keras_gan.data import checks


class Nothing:
    """Base of the conditions, and that of a model that takes none.

    `what` is how a message calls it, `num_classes` its number of classes, `shape` and `kind` those
    of an array.
    """

    what: str = ""
    num_classes: int | None = None
    shape: tuple[int | None, ...] | None = None
    kind: kinds.Kind | None = None

    def __bool__(self) -> bool:
        return bool(self.what)

    def check(self, condition: Any, n: int) -> np.ndarray | None:
        """The array of `n` conditions as the model takes them.

        Raises:
            ValueError: for what the model cannot be told.
        """
        return None

    def check_whole(self, condition: Any) -> None:
        """Refuses all conditions of a training where nothing could be learnt from them."""

    def check_spec(self, shape: tf.TensorShape) -> None:
        """Refuses a dataset whose conditions have another shape."""

    def prepare(self, condition: tf.Tensor | None) -> tf.Tensor | None:
        """A batch's conditions as the networks take them."""
        return None

    def checked_spec(self, dtype: tf.DType | None) -> tf.TensorSpec:
        """What `check` makes of a batch that has this dtype."""
        return tf.TensorSpec((), tf.bool)

    def given(self, condition: Any, n: int) -> np.ndarray | None:
        """What `sample` is given for `n` samples; what there is a default for may be left out.

        Raises:
            ValueError: for what the model cannot be told.
        """
        if condition is not None:
            raise ValueError("The model is unconditional: it takes no labels. Expected none.")
        return None

    def count(self, condition: Any) -> int:
        """How many samples are asked for by a condition alone."""
        return 1

    def spec(self) -> list[tf.TensorSpec]:
        """The input of the exported model, if there is one."""
        return []

    def example(self, n: int, image_shape: tuple[int, ...]) -> np.ndarray:
        """Conditions for `n` rows that a model takes which makes samples of this shape."""
        raise NotImplementedError


class Classes(Nothing):
    """A class, as its number from 0 to num_classes - 1."""

    what = "class labels"

    def __init__(self, num_classes: int):
        self.num_classes = num_classes

    def check(self, condition: Any, n: int) -> np.ndarray:
        return checks.class_numbers(np.asarray(condition), self.num_classes, n)

    def prepare(self, condition: tf.Tensor | None) -> tf.Tensor | None:
        return condition

    def checked_spec(self, dtype: tf.DType | None) -> tf.TensorSpec:
        return tf.TensorSpec((None,), tf.int32)

    def given(self, condition: Any, n: int) -> np.ndarray:
        labels = np.arange(n) % self.num_classes if condition is None else np.asarray(condition)
        return self.check(np.full(n, labels) if labels.ndim == 0 else labels, n)

    def count(self, condition: Any) -> int:
        return len(condition) if np.ndim(condition) else 1

    def spec(self) -> list[tf.TensorSpec]:
        return [tf.TensorSpec((None,), tf.int32, name="labels")]

    def example(self, n: int, image_shape: tuple[int, ...]) -> np.ndarray:
        return (np.arange(n) % self.num_classes).astype(np.int32)


class PartlyKnown(Classes):
    """A class, or -1 for a sample whose class nobody has looked up."""

    what = "class labels, -1 for samples that are unlabelled"

    def check(self, condition: Any, n: int) -> np.ndarray:
        return checks.class_numbers(np.asarray(condition), self.num_classes, n, unlabelled=True)

    def check_whole(self, condition: Any) -> None:
        if np.max(condition) == checks.UNLABELLED:
            raise ValueError(
                "Classes are learnt from samples that are labelled. Received: labels that are all "
                f"{checks.UNLABELLED}. Expected some of each class."
            )


class Array(Nothing):
    """An array for each sample: a picture, a mask, a vector of attributes, a text's embedding.

    Args:
        shape: Of one, None where a size is free. Pictures are of three axes: uint8, or float in
            [-1, 1].
    """

    def __init__(self, shape: tuple[int | None, ...]):
        self.shape = tuple(shape)
        is_picture = len(shape) == len(kinds.Picture.axes)
        self.kind = kinds.Picture() if is_picture else kinds.Kind()
        self.what = "pictures as condition" if is_picture else "arrays as condition"
        self._one = "a picture" if is_picture else "an array"

    def check(self, condition: Any, n: int) -> np.ndarray:
        condition = np.asarray(condition)
        try:
            self.kind.check(condition, self.shape)
        except ValueError as error:
            raise self._of_these(error) from None
        if len(condition) != n:
            raise ValueError(
                f"Every image needs {self._one} as its condition. Received: "
                f"{len(condition)} for {n} images."
            )
        return condition

    def check_spec(self, shape: tf.TensorShape) -> None:
        try:
            if shape.rank is not None:
                checks.check_shape(tuple(shape), self.shape)
        except ValueError as error:
            raise self._of_these(error) from None

    def prepare(self, condition: tf.Tensor | None) -> tf.Tensor | None:
        return None if condition is None else self.kind.scale(condition)

    def checked_spec(self, dtype: tf.DType | None) -> tf.TensorSpec:
        return tf.TensorSpec((None, *self.shape), dtype)

    def given(self, condition: Any, n: int) -> np.ndarray:
        if condition is None:
            kind = self.what.split()[0]
            raise ValueError(
                f"The model is conditioned on {kind}, and sample() was given none. Expected "
                f"samples_for(n, {kind}), or, of a model that has it, translate({kind})."
            )
        condition = np.asarray(condition)
        if condition.ndim == len(self.shape):
            condition = np.repeat(condition[None], n, axis=0)
        return self.kind.scale(self.check(condition, n))

    def count(self, condition: Any) -> int:
        return len(condition) if np.ndim(condition) > len(self.shape) else 1

    def spec(self) -> list[tf.TensorSpec]:
        return [tf.TensorSpec((None, *self.shape), tf.float32, name="condition")]

    def example(self, n: int, image_shape: tuple[int, ...]) -> np.ndarray:
        ours = image_shape if len(image_shape) == len(self.shape) else self.shape
        sizes = [own if size is None else size for own, size in zip(ours, self.shape, strict=True)]
        return np.random.default_rng(0).uniform(-1.0, 1.0, (n, *sizes)).astype(np.float32)

    def _of_these(self, error: ValueError) -> ValueError:
        return ValueError(f"Of the {self.what}: {error}")


def of(shape: tuple[int | None, ...] | None, num_classes: int | None) -> Nothing:
    """The condition that a network takes.

    Args:
        shape: Of one condition; None for a network that takes none.
        num_classes: Number of classes, for one that takes class numbers.
    """
    if shape is None:
        return Nothing()
    return Array(shape) if num_classes is None else Classes(num_classes)
