"""A pair of one weight and one bias each, whose steps can be worked out by hand."""

import keras
import numpy as np
import tensorflow as tf

import keras_gan
from keras_gan.core import noise
from keras_gan.engine.outputs import Batch, Outputs


def linear_pair(cls=keras_gan.GAN, **rules):
    """G(z) = a z + b and D(x) = c x + d in one dimension, trained by SGD with rate 0.1."""
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    discriminator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    generator.set_weights([np.array([[0.5]]), np.array([0.1])])
    discriminator.set_weights([np.array([[0.7]]), np.array([-0.2])])
    gan = cls(generator, discriminator, seed=0)
    sgd = {
        "generator_optimizer": keras.optimizers.SGD(0.1),
        "discriminator_optimizer": keras.optimizers.SGD(0.1),
    }
    gan.compile(**{"loss": "wasserstein", **sgd, **rules})
    return gan


def played(real=None, fake=None, condition=None, scores=2, extra=None, **said):
    """Outputs of these arrays, in which the discriminator is undecided on so many images.

    `said` are pairs of what it gives besides for real and for made ones.
    """
    real, fake, extra, said = keras.tree.map_structure(
        lambda x: tf.constant(x, "float32"), (real, fake, extra, said), none_is_leaf=False
    )
    undecided = {"scores": tf.zeros((scores, 1))}
    on_real, on_fake = ({name: pair[k] for name, pair in said.items()} for k in range(2))
    batch = Batch(real, condition, None, tf.zeros(2, "int64"), count=tf.constant(float(scores)))
    critics = {"discriminator": (undecided | on_real, undecided | on_fake)}
    return Outputs(batch, fake, extra, critics=critics)


def weights(network):
    return [float(w.ravel()[0]) for w in network.get_weights()]


X = np.array([[1.0], [2.0], [6.0]], "float32")


def latents_of(gan, n, k=0):
    key = noise.key(gan.seed, 0, 0, k, 0)
    return noise.normal((n, 1), noise.fold_in(key, 0)).numpy()
