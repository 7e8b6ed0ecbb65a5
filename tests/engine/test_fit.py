"""Steps and batches, the data that Keras users pass, and sampling."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, linear_pair
from conftest import build

import keras_gan
from keras_gan import penalties

# -- steps and batches ---------------------------------------------------------------------------


class Recorder(keras_gan.GAN):
    """Notes what every update of the critic sees."""

    def views(self, out):
        self.seen = getattr(self, "seen", [])
        tf.py_function(lambda x: self.seen.append(x.numpy().ravel()), [out.real], [])
        return super().views(out)


def recorder(**rules):
    network = lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # noqa: E731
    gan = Recorder(network(), network(), seed=0)
    gan.compile(**rules)
    return gan


@pytest.mark.parametrize(
    ("size", "n_critic", "batches"),
    [
        (24, 3, [4] * 6),
        (20, 3, [4, 4, 4, 2, 3, 3]),
        (13, 3, [4, 4, 4]),  # one image is left over: too few for three updates
        (15, 3, [4, 4, 4, 1, 1, 1]),
        (9, 1, [4, 4, 1]),
    ],
)
@pytest.mark.parametrize("steps_per_execution", [1, 2])
@pytest.mark.parametrize("as_dataset", [False, True])
def test_every_update_sees_fresh_images(size, n_critic, batches, steps_per_execution, as_dataset):
    x = np.arange(size, dtype="float32")[:, None]
    gan = recorder(
        n_critic=n_critic,
        steps_per_execution=steps_per_execution,
        run_eagerly=steps_per_execution == 1,
    )
    if as_dataset:
        gan.fit(tf.data.Dataset.from_tensor_slices(x).batch(4), verbose=0)
    else:
        gan.fit(x, batch_size=4, shuffle=False, verbose=0)
    assert [len(part) for part in gan.seen] == batches
    np.testing.assert_array_equal(np.concatenate(gan.seen), np.arange(sum(batches)))
    assert gan.discriminator_optimizer.iterations.numpy() == len(batches)
    assert gan.generator_optimizer.iterations.numpy() == len(batches) // n_critic


class Huge(keras_gan.GAN):
    """Asks for more memory than an address can tell."""

    def views(self, out):
        tf.fill([10**15], out.real[0, 0])
        return super().views(out)


@pytest.mark.parametrize(("size", "smaller"), [(8, "batch_size=4"), (1, "a smaller model")])
def test_a_step_beyond_the_memory_is_told(size, smaller):
    network = lambda: keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])  # noqa: E731
    gan = Huge(network(), network())
    gan.compile(run_eagerly=True)
    told = rf"batches of {size} samples of shape \(1,\)\. Try {smaller}\."
    with pytest.raises(MemoryError, match=told):
        gan.fit(np.ones((8, 1), "float32"), batch_size=size, verbose=0)


def test_a_part_of_a_loaded_dataset_can_be_grouped():
    train = keras_gan.data.load("digits", batch_size=32)
    gan = build(keras_gan.CGAN, n_critic=2, run_eagerly=False)
    for dataset, steps in ((train, 17), (train.take(5), 3), (train.repeat(2), 34)):
        before = gan.step.numpy()
        gan.fit(dataset, verbose=0)
        assert gan.step.numpy() - before == steps


def test_loss_is_the_sum_over_all_rounds(digits):
    gan = build(keras_gan.DCGAN, n_critic=3, loss="hinge")
    history = gan.fit(digits[0][:96], batch_size=8, verbose=0).history
    assert history["loss"][0] == pytest.approx(history["g_loss"][0] + history["d_loss"][0])


def test_each_critic_round_has_noise_of_its_own():
    gan = linear_pair(n_critic=3)
    batches = [d.latents.numpy() for d in eager_batches(gan)]
    assert len({d.tobytes() for d in batches}) == 3


def eager_batches(gan):
    def on_replica():
        return gan._batches(tf.constant(X))

    return gan.distribute_strategy.run(on_replica)


def test_logs_are_means_over_the_epoch():
    gan = linear_pair(
        generator_optimizer=keras.optimizers.SGD(0.0),
        discriminator_optimizer=keras.optimizers.SGD(0.0),
    )
    history = gan.fit(X, batch_size=2, shuffle=False, verbose=0).history
    assert history["d_real"][0] == pytest.approx(0.7 * X.mean() - 0.2, abs=1e-6)


def test_lazy_penalty_counts_as_much_and_runs_when_due():
    calls = []

    class Constant(penalties.Penalty):
        def __call__(self, discriminator, real, fake, key):
            tf.py_function(lambda: calls.append(1), [], [])
            return tf.constant(1.0)

    gan = linear_pair(penalties=[Constant(weight=2.0, interval=4, name="constant")])
    history = gan.fit(X, batch_size=1, epochs=4, verbose=0).history
    assert len(calls) == 3  # steps 0, 4 and 8 of 12
    assert np.mean(history["constant"]) == pytest.approx(2.0 * 4 * 3 / 12)


SEEN = []


@keras.saving.register_keras_serializable("tests")
class Noted(penalties.Penalty):
    """Notes the image of each update that is penalised."""

    def __call__(self, discriminator, real, fake, key):
        tf.py_function(lambda x: SEEN.extend(x.numpy().ravel()), [real], [])
        return tf.constant(1.0)


def test_a_lazy_penalty_counts_updates_over_the_borders_of_steps(tmp_path):
    """Five updates a step, each on one image: every fourth is due, in a resumed run too."""
    noted = Noted(weight=0.5, interval=4, name="noted")
    gan = linear_pair(penalties=[noted], n_critic=5, run_eagerly=True)
    x = np.arange(15, dtype="float32")[:, None] / 15
    options = {"batch_size": 1, "shuffle": False, "verbose": 0}
    first = gan.fit(x[:10], **options).history["noted"]
    np.testing.assert_array_equal(SEEN, x[[0, 4, 8], 0])
    assert first == [pytest.approx(0.5 * 4 * 3 / 10)]
    gan.save(tmp_path / "a.keras")
    gan = keras.saving.load_model(tmp_path / "a.keras")
    gan.fit(x[10:], **options)
    np.testing.assert_array_equal(SEEN, x[[0, 4, 8, 12], 0])


# -- data that Keras users pass ------------------------------------------------------------------


def test_uint8_is_0_to_255(digits):
    images = np.round((digits[0][:64] + 1) * 127.5).astype("uint8")
    results = []
    for x in (images, images.astype("float32") / 127.5 - 1):
        keras.utils.set_random_seed(0)
        gan = build(keras_gan.DCGAN)
        gan.fit(x, batch_size=32, shuffle=False, verbose=0)
        results.append(gan.sample(4, seed=0))
    np.testing.assert_allclose(results[0], results[1], atol=1e-6)


def test_labels_as_integers_one_hot_and_columns_are_the_same(digits):
    images, labels = digits[0][:64], digits[1][:64]
    samples = []
    for y in (labels, keras.utils.to_categorical(labels, 10), labels[:, None].astype("int64")):
        keras.utils.set_random_seed(0)
        gan = build(keras_gan.CGAN)
        gan.fit(images, y, batch_size=32, verbose=0)
        samples.append(gan.sample(10, seed=0))
    np.testing.assert_array_equal(samples[0], samples[1])
    np.testing.assert_array_equal(samples[0], samples[2])


def test_labels_reach_both_networks(digits):
    images, labels = digits[0][:256], digits[1][:256]
    gan = build(keras_gan.CGAN, run_eagerly=False)
    gan.fit(images, labels, batch_size=32, epochs=3, verbose=0)
    row = gan.sample(10, labels=np.arange(10), seeds=[1] * 10)
    for i in range(10):
        for j in range(i):
            assert np.abs(row[i] - row[j]).max() > 1e-4
    same = tf.constant(np.repeat(images[:1], 10, axis=0))
    scores = gan.criticize("discriminator", same, tf.range(10), training=False)["scores"].numpy()
    assert len(np.unique(scores)) == 10


def test_train_on_batch_takes_the_step_of_fit(digits):
    images, labels = (part[:16] for part in digits)
    fitted, stepped = (build(keras_gan.CGAN) for _ in range(2))
    stepped.set_weights(fitted.get_weights())
    expected = fitted.fit(images, labels, batch_size=16, shuffle=False, verbose=0).history
    logs = stepped.train_on_batch(images, labels, return_dict=True)
    assert {name: float(value) for name, value in logs.items()} == pytest.approx(
        {name: value for name, (value,) in expected.items()}, abs=1e-6
    )


def test_labels_are_ignored_without_condition(digits):
    images, labels = digits[0][:64], digits[1][:64]
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(32)
    gan = build(keras_gan.DCGAN)
    gan.fit(dataset, validation_data=dataset, verbose=0)
    assert gan.step.numpy() == 2


def test_steps_per_epoch_and_validation_split(digits):
    images, labels = digits
    gan = build(keras_gan.CGAN)
    history = gan.fit(
        images[:100],
        labels[:100],
        batch_size=8,
        epochs=3,
        steps_per_epoch=4,
        validation_split=0.2,
        verbose=0,
    ).history
    assert gan.step.numpy() == 12
    assert len(history["val_loss"]) == 3


# -- sampling ------------------------------------------------------------------------------------


def test_a_picture_depends_on_seed_and_index_alone():
    gan = build(keras_gan.CGAN)
    images = gan.sample(30, labels=3, seed=5)
    np.testing.assert_allclose(images[:7], gan.sample(7, labels=3, seed=5), atol=1e-6)
    one = gan.sample(seeds=[5, 9, 5], labels=[3, 3, 3])
    np.testing.assert_allclose(one[0], images[0], atol=1e-6)
    np.testing.assert_array_equal(one[0], one[2])
    assert np.abs(one[0] - one[1]).max() > 1e-3
    np.testing.assert_array_equal(gan.sample(4, seed=1, truncation=1.0), gan.sample(4, seed=1))
    flat = gan.sample(4, labels=2, seed=1, truncation=0.0)
    np.testing.assert_allclose(flat, np.repeat(flat[:1], 4, axis=0), atol=1e-6)
    assert gan.sample(labels=[1, 2]).shape[0] == 2
    assert gan.sample(seed=1).shape[0] == 1


def test_latents_are_standard_normal_and_scaled_by_truncation():
    from keras_gan.core import noise

    z = noise.latents(tf.constant(noise.seed_rows(2000, 3, None)), 8).numpy()
    assert abs(z.mean()) < 0.03
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.corrcoef(z.T) - np.eye(8)).max() < 0.1
