"""Random numbers of layers: on each replica others, and saved with the model."""

import keras
import tensorflow as tf


def next_key(generator: keras.random.SeedGenerator) -> tf.Tensor:
    """A key `(2,)` for one stateless draw of this replica. The generator moves on."""
    replica = tf.distribute.get_replica_context()
    rank = 0 if replica is None else replica.replica_id_in_sync_group
    key = tf.cast(generator.next(), tf.int64)
    return tf.random.experimental.stateless_fold_in(key, tf.cast(rank, tf.int64), alg="philox")
