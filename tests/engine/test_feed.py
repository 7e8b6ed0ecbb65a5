"""Batches as users have them: too small, endless, of shapes left open, one at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import linear_pair
from conftest import build

import keras_gan
from keras_gan.data import class_numbers
from keras_gan.engine import batches
from keras_gan.runs import reference

IMAGES = np.random.default_rng(0).integers(0, 255, (17, 8, 8, 1), np.uint8)
LABELS = np.arange(17) % 3


def endless(x=IMAGES):
    return tf.data.Dataset.from_tensor_slices(x).repeat().batch(8)


def normed(n_critic=1):
    """A generator with BatchNormalization at rest, so that its statistics are all that moves."""
    z, x = keras.Input((4,)), keras.Input((8, 8, 1))
    hidden = keras.layers.BatchNormalization(momentum=0.0)(keras.layers.Dense(64)(z))
    generator = keras.Model(z, keras.layers.Reshape((8, 8, 1))(keras.ops.tanh(hidden)))
    critic = keras.Model(x, keras.layers.Dense(1)(keras.layers.Flatten()(x)))
    gan = keras_gan.GAN(generator, critic, seed=0)
    gan.compile(run_eagerly=True, n_critic=n_critic, generator_optimizer=keras.optimizers.SGD(0.0))
    return gan


def variance(gan):
    """Of the last batch, which a momentum of 0 keeps alone."""
    return float(gan.generator.layers[2].moving_variance.numpy().mean())


LEFT_OUT = r"variance. A batch that has too few is left out. Received: a batch size of 1 for 1 rep"


@pytest.mark.parametrize("form", ["arrays", "ours", "foreign"])
def test_a_last_batch_of_one_is_left_out_and_said_once(form):
    datasets = {
        "arrays": IMAGES,
        "ours": keras_gan.data.load(IMAGES, batch_size=8),
        "foreign": tf.data.Dataset.from_tensor_slices(IMAGES).batch(8),
    }
    gan = normed()
    with pytest.warns(UserWarning, match=LEFT_OUT) as caught:
        gan.fit(datasets[form], batch_size=8, epochs=2, verbose=0)
    assert len(caught) == 1
    assert gan.step.numpy() == 4
    assert variance(gan) > 1e-3


def test_small_batches_between_others_are_left_out_too():
    def generate():
        for n in (1, 8, 1, 7):
            yield IMAGES[:n]

    spec = tf.TensorSpec((None, 8, 8, 1), tf.uint8)
    gan = normed()
    with pytest.warns(UserWarning, match=LEFT_OUT):
        gan.fit(tf.data.Dataset.from_generator(generate, output_signature=spec), verbose=0)
    assert gan.step.numpy() == 2


def test_without_batch_norm_one_image_is_a_batch():
    gan = linear_pair(run_eagerly=True)
    gan.fit(np.ones((9, 1), "float32"), batch_size=8, verbose=0)
    assert gan.step.numpy() == 2


@pytest.mark.parametrize("static", [True, False])
def test_data_of_batches_of_one_alone_are_refused(static):
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(1, drop_remainder=static)
    for data, steps in ((dataset, None), (dataset.repeat(), 2)):
        gan = normed()
        with pytest.raises(ValueError, match=r"variance. Received: a batch size of 1 for 1 rep"):
            gan.fit(data, steps_per_epoch=steps, verbose=0)
        assert gan.step.numpy() == 0


def test_each_update_of_the_critic_has_more_than_one_image():
    gan = normed(n_critic=3)
    with pytest.warns(UserWarning, match="batch size of 5 for 1 replica.s. and 3 updates"):
        gan.fit(IMAGES, batch_size=4, verbose=0)  # 12 images, then 5
    assert gan.step.numpy() == 1


@pytest.mark.parametrize(
    ("rows", "replicas", "n_critic", "part"),
    [(65, 2, 1, 32), (3, 2, 1, 1), (1, 2, 1, 0), (5, 4, 1, 0), (12, 2, 3, 2), (11, 2, 3, 1)],
)
def test_smallest_part(rows, replicas, n_critic, part):
    assert batches.smallest_part(rows, replicas, n_critic) == part


def test_the_length_of_an_epoch_stays_known():
    gan = normed()
    dataset = keras_gan.data.load(IMAGES, batch_size=8)
    feed = keras_gan.engine.pipeline.Pipeline(gan, dataset, None, 8, training=True)
    assert feed.dataset.cardinality() == 2
    feed = keras_gan.engine.pipeline.Pipeline(gan, dataset.take(2), None, 8, training=True)
    assert feed.dataset.cardinality() == tf.data.UNKNOWN_CARDINALITY


def test_data_that_never_end_are_refused():
    gan = linear_pair(run_eagerly=True)
    x = np.ones((8, 1), "float32")
    data = endless(x)
    calls = {
        "steps_per_epoch": lambda: gan.fit(data.map(lambda x: x), verbose=0),
        "validation_steps": lambda: gan.fit(x, validation_data=data, verbose=0),
        "steps": lambda: gan.evaluate(data, verbose=0),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"never ends .*Received: {name}=None"):
            call()
    with pytest.raises(ValueError, match="never ends"):
        reference.load(endless())
    assert gan.step.numpy() == 0
    gan.fit(data, steps_per_epoch=2, validation_data=data, validation_steps=1, verbose=0)
    assert gan.step.numpy() == 2


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_labels_have_one_reader(n, dtype):
    labels = np.array([2, 0, 1][:n])
    forms = [np.eye(3, dtype=dtype)[labels]]
    if dtype != "float32":
        forms += [labels.astype(dtype), labels.astype(dtype)[:, None]]
    for form in forms:
        read = class_numbers(form, 3, n)
        assert read.dtype == np.int32
        assert read.tolist() == labels.tolist()


def test_labels_of_an_open_shape_are_read_by_their_values():
    """A column whose width no spec knows was taken for one-hot: all labels were 0."""
    column = LABELS[:, None]
    spec = (tf.TensorSpec((None, 8, 8, 1), tf.uint8), tf.TensorSpec((None, None), tf.int64))
    dataset = tf.data.Dataset.from_generator(
        lambda: iter([(IMAGES, column)]), output_signature=spec
    )
    gan = build(keras_gan.CGAN, num_classes=3, run_eagerly=True)
    feed = keras_gan.engine.pipeline.Pipeline(gan, dataset, None, 17)
    assert feed.arrays()[1].tolist() == LABELS.tolist()
    assert gan.sample(17, labels=column, seed=0) == pytest.approx(
        gan.sample(17, labels=np.eye(3)[LABELS], seed=0)
    )


def test_steps_on_single_batches_have_the_checks_of_fit():
    gan = build(keras_gan.CGAN, num_classes=3, run_eagerly=True)
    for step in (gan.train_on_batch, gan.test_on_batch):
        with pytest.raises(ValueError, match="CGAN needs class labels"):
            step(IMAGES)
        with pytest.raises(ValueError, match=r"label is out of range. Received: label 3"):
            step(IMAGES, LABELS + 1)
        with pytest.raises(ValueError, match="sample_weight is not supported"):
            step(IMAGES, LABELS, sample_weight=np.ones(17))
        with pytest.raises(ValueError, match="dtype int64"):
            step(IMAGES.astype("int64"), LABELS)
    with pytest.raises(ValueError, match="batch size of 1"):
        gan.train_on_batch(IMAGES[:1], LABELS[:1])
    assert gan.step.numpy() == 0
    assert set(gan.test_on_batch(IMAGES[:1], LABELS[:1], return_dict=True)) == {
        *("loss", "g_loss", "d_loss", "d_real", "d_fake")
    }
    gan.train_on_batch(IMAGES, np.eye(3)[LABELS])
    assert gan.step.numpy() == 1
    gan.generator.set_weights([np.full_like(w, np.nan) for w in gan.generator.get_weights()])
    with pytest.raises(keras_gan.DivergenceError, match="diverged in this step"):
        gan.train_on_batch(IMAGES, LABELS)


def test_gradients_of_embeddings_are_dense():
    """A list of slices is gathered over replicas in a collective whose shape follows the batch."""
    z, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    x, labels_of_x = keras.Input((3,)), keras.Input((), dtype="int32")
    generator = keras.Model([z, labels], z + keras.layers.Embedding(3, 3, name="rows")(labels))
    critic = keras.Model(
        [x, labels_of_x], keras.layers.Dense(1)(x + keras.layers.Embedding(3, 3)(labels_of_x))
    )

    class Recorder(keras.optimizers.SGD):
        seen = ()

        def apply(self, gradients, variables=None):
            self.seen = [*self.seen, *gradients]
            super().apply(gradients, variables)

    gan = keras_gan.GAN(generator, critic, num_classes=3, seed=0)
    optimizers = Recorder(0.1), Recorder(0.1)
    gan.compile(
        generator_optimizer=optimizers[0], discriminator_optimizer=optimizers[1], run_eagerly=True
    )
    gan.fit(np.ones((4, 3), "float32"), [0, 1, 1, 0], verbose=0)
    for optimizer in optimizers:
        assert not any(isinstance(g, tf.IndexedSlices) for g in optimizer.seen)
    rows = next(g for g in optimizers[0].seen if g.shape == (3, 3)).numpy()
    assert np.abs(rows[:2]).min() > 0
    assert np.abs(rows[2]).max() == 0
