"""Keras' own callbacks on a GAN."""

import csv

import keras
import numpy as np
import pytest
from conftest import build, changed, state

import keras_gan


def held_out(digits):
    return tuple(part[64:96] for part in digits)


def train(gan, digits, epochs=3, **arguments):
    images, labels = digits
    options = {"batch_size": 32, "verbose": 0} | arguments
    return gan.fit(images[:64], labels[:64], epochs=epochs, **options)


def test_csv_logger_and_tensorboard(digits, tmp_path):
    gan = build(keras_gan.CGAN)
    callbacks = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.TensorBoard(
            tmp_path / "logs",
            histogram_freq=1,
            write_graph=True,
            write_images=True,
            write_steps_per_second=True,
            update_freq=1,
            embeddings_freq=1,
        ),
    ]
    history = train(gan, digits, callbacks=callbacks, validation_data=held_out(digits)).history
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["g_loss"]) for row in rows] == history["g_loss"]
    assert len(list(tmp_path.glob("logs/*/events*"))) == 2


def test_one_optimizer_stands_for_all_where_keras_asks_for_one():
    gan = build(keras_gan.VAEGAN)
    assert gan.optimizer.iterations is gan.step
    own = [v for o in gan.optimizers for v in o.variables]
    assert list(map(id, gan.optimizer.variables)) == list(map(id, own))
    with pytest.raises(AttributeError, match=r"several optimizers.*model.optimizer.learning_rate"):
        _ = gan.optimizer.learning_rate


@pytest.mark.parametrize("scaled", [False, True])
def test_an_average_that_replaces_the_weights_is_refused(scaled):
    optimizer = keras.optimizers.SGD(0.5, use_ema=True)
    if scaled:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    with pytest.raises(ValueError, match=r"SGD with use_ema=True. Expected compile\(ema_decay"):
        build(keras_gan.DCGAN, generator_optimizer=optimizer)


def test_model_checkpoint_keeps_the_best_and_loads(digits, tmp_path):
    gan = build(keras_gan.CGAN)
    path = tmp_path / "best.keras"
    best = keras.callbacks.ModelCheckpoint(
        path, monitor="val_d_loss", mode="min", save_best_only=True
    )
    train(gan, digits, callbacks=[best], validation_data=held_out(digits))
    assert keras.saving.load_model(path).sample(2, seed=0).shape == (2, 8, 8, 1)
    weights = keras.callbacks.ModelCheckpoint(tmp_path / "w.weights.h5", save_weights_only=True)
    train(gan, digits, epochs=1, callbacks=[weights])
    other = build(keras_gan.CGAN)
    other.load_weights(tmp_path / "w.weights.h5")
    np.testing.assert_array_equal(other.sample(4, seed=0), gan.sample(4, seed=0))


def test_early_stopping_puts_the_best_weights_back(digits):
    gan = build(keras_gan.CGAN)
    stop = keras.callbacks.EarlyStopping(
        "d_loss", mode="max", patience=1, restore_best_weights=True
    )
    history = train(gan, digits, epochs=8, callbacks=[stop]).history
    assert len(history["loss"]) <= 8


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_backup_and_restore_goes_on_as_if_nothing_had_been(digits, tmp_path, updates):
    whole = build(keras_gan.CGAN, updates=updates)
    keras.utils.set_random_seed(7)
    start = whole.get_weights()
    train(whole, digits, epochs=4)

    class Interruption(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    broken = build(keras_gan.CGAN, updates=updates)
    broken.set_weights(start)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        train(broken, digits, epochs=4, callbacks=[backup, Interruption()])

    resumed = build(keras_gan.CGAN, updates=updates)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    train(resumed, digits, epochs=4, callbacks=[backup])
    a, b = (dict(enumerate(state(g).values())) for g in (whole, resumed))
    assert not changed(a, b)


def test_a_learning_rate_schedule_in_either_optimizer(digits):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=1, decay_rate=0.5)
    gan = build(keras_gan.DCGAN, generator_optimizer=keras.optimizers.Adam(decay))
    train(gan, digits, epochs=1)
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(0.1 * 0.5**2)


@pytest.mark.parametrize("shuffle", [True, False])
def test_arrays_are_seen_in_an_order_that_resumes(digits, shuffle):
    """fit(initial_epoch=k) in a new process sees what the uninterrupted run saw in epoch k."""
    images = np.arange(10, dtype="float32")[:, None]

    class Recorder(keras_gan.GAN):
        seen = ()

        def views(self, out):
            import tensorflow as tf

            tf.py_function(lambda x: self.seen.append(x.numpy().ravel()), [out.real], [])
            return super().views(out)

    def orders(runs, **arguments):
        network = lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # noqa: E731
        gan = Recorder(network(), network(), seed=4)
        gan.seen = []
        gan.compile(run_eagerly=True)
        for initial_epoch, epochs in runs:
            gan.fit(
                images,
                batch_size=4,
                initial_epoch=initial_epoch,
                epochs=epochs,
                shuffle=shuffle,
                verbose=0,
                **arguments,
            )
        return np.concatenate(gan.seen)

    whole = orders([(0, 3)])
    np.testing.assert_array_equal(whole, orders([(0, 1), (1, 3)]))
    np.testing.assert_array_equal(whole[20:], orders([(2, 3)]))
    passes = whole.reshape(3, 10)
    assert all(sorted(p) == list(range(10)) for p in passes)
    assert (passes[0] != passes[1]).any() == shuffle
    stepped = orders([(0, 4)], steps_per_epoch=2)  # epochs of 2 steps, passes of 3
    np.testing.assert_array_equal(stepped[14:], orders([(2, 4)], steps_per_epoch=2))
