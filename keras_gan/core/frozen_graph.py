"""Frozen graphs of TensorFlow 1, as functions of arrays."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError


class FrozenGraph:
    """One tensor of a frozen graph as a function of another one.

    A session runs it as it was written: `tf.function` makes graphs of today's version, which has
    no `BatchNormWithGlobalNormalization` any more, as graphs of 2015 have it. The tensor that is
    given takes the place of one that may be of a single picture, so batches go through as well.

    Args:
        path: A file that holds a `GraphDef`.
        given: Name of the tensor that is given, such as "ExpandDims:0".
        wanted: Name of the tensor that is worked out, such as "pool_3:0".
        shape: Shape of what is given; None where any size will do.

    Raises:
        ValueError: for a file that holds no graph, or one without these tensors.

    Example:

    >>> FrozenGraph("classify_image_graph_def.pb", "ExpandDims:0", "pool_3:0", (None,) * 4)(images)
    """

    def __init__(self, path: str | Path, given: str, wanted: str, shape: tuple[int | None, ...]):
        definition = tf.compat.v1.GraphDef()
        graph = tf.Graph()
        try:
            definition.ParseFromString(Path(path).read_bytes())
            with graph.as_default():
                self._given = tf.compat.v1.placeholder(tf.float32, shape)
                (self._wanted,) = tf.graph_util.import_graph_def(
                    definition, {given: self._given}, [wanted], name=""
                )
        except (DecodeError, ValueError) as error:
            raise ValueError(
                f"{path} is no frozen graph with the tensors {given!r} and {wanted!r}. "
                f"Received: {error}."
            ) from None
        self._session = tf.compat.v1.Session(graph=graph)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self._session.run(self._wanted, {self._given: x})
