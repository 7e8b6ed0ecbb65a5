"""Class labels inside networks, as zeros and a one: gradients are dense then.

The gradient of a row that is looked up is a list of slices. Several replicas gather it in a
collective whose shape follows the batch, and XLA takes another row for a label that is none.
"""

import keras
import numpy as np
from keras import ops


def one_hot(labels: keras.KerasTensor, num_classes: int) -> keras.KerasTensor:
    """Zeros and a one, float32 `(batch, num_classes)`, of int labels `(batch,)`.

    `keras.ops.one_hot` casts the labels, and OpenVINO then loses their name.
    """
    classes = np.arange(num_classes, dtype="int32")
    return ops.cast(ops.equal(ops.expand_dims(labels, -1), classes), "float32")


def labels_input(pack: int = 1) -> keras.KerasTensor:
    """An input `labels`: of the class of a sample `()`, or of those of a pack `(pack,)`."""
    return keras.Input((pack,) if pack > 1 else (), dtype="int32", name="labels")


def embedded(
    table: keras.layers.Layer, labels: keras.KerasTensor, num_classes: int
) -> keras.KerasTensor:
    """Vectors `(batch, size)` of labels; of a pack the sum of its labels', which differ by place.

    Args:
        table: `Embedding` of `num_classes` rows for each sample of a pack.
        labels: int32 `(batch,)`, or `(batch, pack)`.
        num_classes: Number of classes.
    """
    if len(labels.shape) == 1:
        return table(labels)
    first = num_classes * np.arange(labels.shape[1], dtype="int32")
    return ops.sum(table(labels + first), axis=1)


@keras.saving.register_keras_serializable("keras_gan")
class Embedding(keras.layers.Embedding):
    """`keras.layers.Embedding` as a product with zeros and a one: the same numbers and weights."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        rows = ops.convert_to_tensor(self.embeddings)
        rows = ops.matmul(ops.cast(one_hot(inputs, self.input_dim), rows.dtype), rows)
        return ops.cast(rows, self.compute_dtype)
