"""A pool of earlier samples, which critics are shown among new ones."""

import keras
import tensorflow as tf

from keras_gan.core import noise
from keras_gan.engine import replicas
from keras_gan.engine.outputs import Outputs

POOL = 1 << 22  # beyond the keys of the engine


class Pool:
    """Samples of earlier steps, as state of a model: one pool on each replica, saved with it.

    Until it is full, new samples are shown and stored. Then each is shown as it is, or with
    probability 1/2 an old one is shown, whose place it takes.

    Args:
        model: The model, which gets the variables.
        size: Samples that a pool holds; 0 shows all as they are.
        shape: Of a sample.

    References:
        Shrivastava et al., 2017, https://arxiv.org/abs/1612.07828, section 2.3.
    """

    def __init__(self, model: keras.Model, size: int, shape: tuple[int, ...]):
        self.size = size
        self._key = POOL + len(model.non_trainable_variables)  # another one for each pool
        count = model.distribute_strategy.num_replicas_in_sync
        options = {
            "initializer": "zeros",
            "trainable": False,
            "aggregation": "only_first_replica",  # all are given the same
        }
        self._samples = model.add_weight(name="pool", shape=(count, size, *shape), **options)
        self._stored = model.add_weight(name="stored", shape=(count,), dtype="int32", **options)
        self._samples.one_a_replica = self._stored.one_a_replica = True  # how a file is read

    def exchange(self, new: tf.Tensor, out: Outputs) -> tf.Tensor:
        """What is shown in place of new samples; no gradient passes. In evaluation the new ones.

        Args:
            new: `(batch, ...)`.
            out: Of the step, from whose key all chance follows.
        """
        new = tf.stop_gradient(new)
        if not self.size or not out.training:
            return new
        key = noise.fold_in(out.key, self._key)
        rank = replicas.rank()
        samples, stored = self._samples.value[rank], self._stored.value[rank]

        def one(
            i: tf.Tensor, samples: tf.Tensor, stored: tf.Tensor, shown: tf.TensorArray
        ) -> tuple:
            place, coin = tf.unstack(noise.uniform((2,), noise.fold_in(key, i)))
            full = stored >= self.size
            place = tf.where(full, tf.cast(place * self.size, "int32"), stored)
            swapped = full & (coin < 0.5)
            shown = shown.write(i, tf.where(swapped, samples[place], new[i]))
            kept = tf.where(full & ~swapped, samples[place], new[i])
            samples = tf.tensor_scatter_nd_update(samples, [[place]], kept[None])
            return i + 1, samples, tf.minimum(stored + 1, self.size), shown

        rows = tf.shape(new)[0]
        real = tf.minimum(tf.cast(out.batch.count, "int32"), rows)
        shown = tf.TensorArray(new.dtype, rows, element_shape=new.shape[1:]).unstack(new)
        _, samples, stored, shown = tf.while_loop(
            lambda i, *_: i < real, one, (tf.constant(0), samples, stored, shown)
        )
        self._samples.assign(replicas.gathered(samples))
        self._stored.assign(replicas.gathered(stored))
        return tf.ensure_shape(shown.stack(), new.shape)
