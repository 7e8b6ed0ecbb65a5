"""Convolutions of clips are Keras' own, in another form."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.layers import BatchNormalization, FoldedConv3D, FoldedConv3DTranspose


@pytest.mark.parametrize("frames", [4, 5])
@pytest.mark.parametrize(
    ("kernel", "strides"), [((4, 3, 3), (2, 2, 2)), ((3, 3, 2), (1, 2, 1)), ((4, 1, 1), (3, 1, 1))]
)
@pytest.mark.parametrize(
    ("own", "keras_own"),
    [
        (FoldedConv3D, keras.layers.Conv3D),
        (FoldedConv3DTranspose, keras.layers.Conv3DTranspose),
    ],
)
def test_values_and_gradients_are_those_of_keras(own, keras_own, kernel, strides, frames):
    folded, plain = own(3, kernel, strides=strides), keras_own(3, kernel, strides, padding="same")
    x = tf.random.normal((2, frames, 6, 5, 2))
    for layer in (folded, plain):
        layer.build(x.shape)
    folded.bias.assign([1.0, 2.0, 3.0])
    plain.set_weights(folded.get_weights())
    found = []
    for layer in (folded, plain):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            total = tf.reduce_sum(tf.sin(y))
        weights = [weight.value for weight in layer.trainable_variables]
        found.append([y, *tape.gradient(total, [x, *weights])])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, atol=3e-4)
    assert folded.compute_output_shape(x.shape) == found[0][0].shape
    again = own.from_config(folded.get_config())
    assert (again.kernel_size, again.strides) == (folded.kernel_size, folded.strides)


@pytest.mark.parametrize("cls", [FoldedConv3D, FoldedConv3DTranspose])
@pytest.mark.parametrize("options", [{"padding": "valid"}, {"dilation_rate": 2}])
def test_what_they_do_not_do_is_refused(cls, options):
    with pytest.raises(ValueError, match=rf"{cls.__name__} has padding 'same'.*Received: {{"):
        cls(2, 3, **options)


def test_batch_norm_of_clips_is_that_of_keras():
    x = tf.random.normal((3, 2, 4, 5, 2)) * 2.0 + 1.0
    own, plain = BatchNormalization(momentum=0.9), keras.layers.BatchNormalization(momentum=0.9)
    made = [layer(x, training=True) for layer in (own, plain)]
    np.testing.assert_allclose(*made, atol=1e-5)
    for a, b in zip(own.weights, plain.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
