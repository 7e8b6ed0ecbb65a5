"""The engine: what moves and what must not, against steps worked out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import build, changed, state

import keras_gan
from keras_gan import losses, penalties
from keras_gan.metrics import FID, Pixels

BINARY = keras.losses.BinaryCrossentropy(from_logits=True)


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


def weights(network):
    return [float(w.ravel()[0]) for w in network.get_weights()]


X = np.array([[1.0], [2.0], [6.0]], "float32")


def latents_of(gan, n, k=0):
    from keras_gan import noise

    key = noise.key(gan.seed, 0, 0, k, 0)
    return noise.normal((n, 1), noise.fold_in(key, 0)).numpy()


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_a_step_by_hand(updates):
    gan = linear_pair(updates=updates)
    z = latents_of(gan, 3)
    history = gan.fit(X, batch_size=3, shuffle=False, verbose=0).history
    fake = 0.5 * z + 0.1
    c = 0.7 - 0.1 * (fake.mean() - X.mean())  # d/dc of mean D(fake) - mean D(real)
    assert weights(gan.discriminator) == pytest.approx([c, -0.2], abs=1e-6)
    judge = 0.7 if updates == "simultaneous" else c
    expected = [0.5 + 0.1 * judge * z.mean(), 0.1 + 0.1 * judge]
    assert weights(gan.generator) == pytest.approx(expected, abs=1e-6)
    d_loss = 0.7 * (fake.mean() - X.mean())
    assert history["d_loss"][0] == pytest.approx(d_loss, abs=1e-6)
    assert history["d_real"][0] == pytest.approx(0.7 * 3.0 - 0.2, abs=1e-6)
    assert history["g_loss"][0] == pytest.approx(-(judge * fake.mean() - 0.2), abs=1e-6)


def test_the_average_by_hand():
    gan = linear_pair(ema_decay=0.5)
    average = [0.5, 0.1]
    for t in range(8):
        gan.fit(X, batch_size=3, verbose=0)
        decay = min(0.5, (1 + t) / (10 + t))
        average = [
            decay * a + (1 - decay) * w
            for a, w in zip(average, weights(gan.generator), strict=True)
        ]
        assert weights(gan.ema_generator) == pytest.approx(average, abs=1e-6)


def test_no_average_means_the_generator_itself():
    gan = linear_pair(ema_decay=0.0)
    gan.fit(X, batch_size=3, verbose=0)
    assert gan.ema_generator is gan.generator


def test_a_file_of_a_model_without_average_fits_one_with_it(tmp_path):
    gan = linear_pair(ema_decay=0.0)
    gan.fit(X, batch_size=3, verbose=0)
    gan.save(tmp_path / "a.keras")
    gan.save_weights(tmp_path / "a.weights.h5")
    loaded = [keras.saving.load_model(tmp_path / "a.keras", compile=c) for c in (True, False)]
    averaging = linear_pair(ema_decay=0.9)
    averaging.load_weights(tmp_path / "a.weights.h5")
    for model in (*loaded, averaging):
        np.testing.assert_array_equal(model.sample(5, seed=0), gan.sample(5, seed=0))


def test_the_average_copies_batch_statistics(digits):
    gan = build(keras_gan.DCGAN, ema_decay=0.999)
    gan.fit(digits[0][:64], batch_size=32, epochs=2, verbose=0)
    pairs = list(zip(gan.generator.weights, gan.ema_generator.weights, strict=True))
    statistics = [(w, a) for w, a in pairs if "moving" in w.path]
    assert statistics
    for weight, average in statistics:
        np.testing.assert_array_equal(weight.numpy(), average.numpy())
    assert any((w.numpy() != a.numpy()).any() for w, a in pairs if "kernel" in w.path)


# -- what must not move --------------------------------------------------------------------------


def restless(**rules):
    """Networks whose every kind of state moves in training: BatchNorm, Dropout, a counter."""

    class Counting(keras.layers.Layer):
        def build(self, shape):
            self.calls = self.add_weight(
                name="calls", shape=(), initializer="zeros", trainable=False
            )

        def call(self, x, training=False):
            if training:
                self.calls.assign_add(1.0)
            return x

    def network(inputs, outputs):
        return keras.Sequential(
            [
                keras.Input((inputs,)),
                keras.layers.Dense(4),
                keras.layers.BatchNormalization(momentum=0.5),
                keras.layers.LeakyReLU(),
                keras.layers.Dropout(0.5),
                keras.layers.SpectralNormalization(keras.layers.Dense(4)),
                Counting(),
                keras.layers.Dense(outputs),
            ]
        )

    gan = keras_gan.GAN(network(3, 2), network(2, 1), seed=0)
    frozen = keras.optimizers.SGD(0.0)
    moving = keras.optimizers.SGD(0.1)
    gan.compile(**{"generator_optimizer": moving, "discriminator_optimizer": frozen, **rules})
    return gan


PLANE = np.random.default_rng(1).normal(size=(12, 2)).astype("float32")


def discriminator_state(gan):
    return {v.path: np.copy(v.numpy()) for v in gan.discriminator.variables}


@pytest.mark.filterwarnings("ignore:.* with BatchNormalization")
@pytest.mark.parametrize("penalty", [[], ["r1"], ["gradient_penalty"]])
@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_scores_of_the_generators_step_and_penalties_leave_no_trace(updates, penalty):
    """The discriminator's statistics move by its own two passes, whatever else looks at it."""
    states = []
    for rules in ({}, {"updates": updates, "penalties": penalty}):
        keras.utils.set_random_seed(0)
        gan = restless(**rules)
        gan.fit(PLANE, batch_size=12, shuffle=False, verbose=0)
        states.append(discriminator_state(gan))
    first, second = (list(s.values()) for s in states)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    calls = [v for path, v in states[1].items() if path.endswith("calls")]
    assert calls == [2.0]


def test_critic_rounds_leave_the_generator_alone():
    """With n_critic rounds the generator's statistics move once, by its own pass."""
    gan = restless(n_critic=4)
    gan.fit(PLANE, batch_size=3, verbose=0)
    calls = [v.numpy() for v in gan.generator.variables if v.path.endswith("calls")]
    assert calls == [1.0]
    calls = [v.numpy() for v in gan.discriminator.variables if v.path.endswith("calls")]
    assert calls == [8.0]


def test_real_and_fake_pass_separately():
    """BatchNorm's moving mean is that of two passes, not of one over both."""
    norm = keras.layers.BatchNormalization(momentum=0.0)
    discriminator = keras.Sequential([keras.Input((1,)), norm, keras.layers.Dense(1)])
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    gan = keras_gan.GAN(generator, discriminator, seed=0)
    z, fake_mean = latents_of(gan, 3), None
    fake_mean = float(np.mean(generator(z)))
    gan.compile()
    gan.fit(X, batch_size=3, verbose=0)
    assert float(norm.moving_mean.numpy()[0]) == pytest.approx(fake_mean, abs=1e-5)


def test_observers_change_nothing(digits, tmp_path):
    images, labels = digits
    states = []
    for observed in (False, True):
        keras.utils.set_random_seed(0)
        observers = {}
        if observed:
            observers = {
                "validation_data": (images[200:260], labels[200:260]),
                "callbacks": [keras_gan.callbacks.SampleGrid(tmp_path, n=20)],
            }
        gan = build(keras_gan.CGAN, metrics=[MeanGap(Pixels())] if observed else None)
        gan.fit(images[:96], labels[:96], epochs=2, batch_size=32, verbose=0, **observers)
        if observed:
            gan.evaluate(images[:50], labels[:50], verbose=0)
            gan.sample(3)
        states.append(list(state(gan).values()))
    for a, b in zip(*states, strict=True):
        np.testing.assert_array_equal(a, b)


@keras.saving.register_keras_serializable("tests")
class MeanGap(keras_gan.metrics.Metric):
    """A metric of one's own: how far the mean of generated pixels is from that of real ones."""

    name = "gap"
    results = 0

    def measure(self, real, fake):
        MeanGap.results += 1
        means = [np.mean(self.features(sample)) for sample in (real, fake)]
        return {"gap": means[0] - means[1]}


def test_metrics_are_worked_out_once_an_evaluation(digits, monkeypatch):
    images, _ = digits
    monkeypatch.setattr(MeanGap, "results", 0)
    gan = build(keras_gan.DCGAN, metrics=[MeanGap(Pixels())])
    history = gan.fit(
        images[:128], batch_size=32, epochs=2, verbose=0, validation_data=images[128:256]
    ).history
    assert MeanGap.results == 2
    assert len(history["val_gap"]) == 2
    assert "gap" not in history
    results = gan.evaluate(images[:64], verbose=0, return_dict=True)
    assert set(results) == {"loss", "g_loss", "d_loss", "d_real", "d_fake", "gap"}
    assert gan.evaluate(images[:64], verbose=0) == pytest.approx(list(results.values()))


def test_metrics_see_all_held_out_images_and_one_sample_for_each(digits):
    images, labels = digits
    gan = build(keras_gan.CGAN, metrics=[MeanGap(Pixels())])
    for data in [(images[:70], labels[:70]), (batched(images[:70], labels[:70], 32), None)]:
        found = gan.evaluate(*data, batch_size=20, verbose=0, return_dict=True)
        fake = gan.sample(70, labels=labels[:70], seed=0)
        assert found["gap"] == pytest.approx(np.mean(images[:70]) - np.mean(fake), abs=5e-3)
    dataset = batched(images[:70], labels[:70], 10)
    found = gan.evaluate(dataset, steps=2, verbose=0, return_dict=True)
    fake = gan.sample(20, labels=labels[:20], seed=0)
    assert found["gap"] == pytest.approx(np.mean(images[:20]) - np.mean(fake), abs=5e-3)


def test_metrics_are_saved_with_the_model(digits, tmp_path):
    images, _ = digits
    gan = build(keras_gan.DCGAN, metrics=[FID(Pixels(), samples=70)])
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    figures = [g.evaluate(images[:80], verbose=0, return_dict=True)["fid"] for g in (gan, loaded)]
    assert figures[0] == pytest.approx(figures[1])


def test_metrics_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"keras_gan.metrics.Metric objects, .*'accuracy'"):
        build(keras_gan.DCGAN, metrics=["accuracy"])


def batched(images, labels, size):
    return tf.data.Dataset.from_tensor_slices((images, labels)).batch(size)


# -- steps and batches ---------------------------------------------------------------------------


class Recorder(keras_gan.GAN):
    """Notes what every update of the critic sees."""

    def _judge(self, deal, game):
        self.seen = getattr(self, "seen", [])
        tf.py_function(lambda x: self.seen.append(x.numpy().ravel()), [deal.real], [])
        return super()._judge(deal, game)


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
    gan = recorder(n_critic=n_critic, steps_per_execution=steps_per_execution)
    if as_dataset:
        gan.fit(tf.data.Dataset.from_tensor_slices(x).batch(4), verbose=0)
    else:
        gan.fit(x, batch_size=4, shuffle=False, verbose=0)
    assert [len(part) for part in gan.seen] == batches
    np.testing.assert_array_equal(np.concatenate(gan.seen), np.arange(sum(batches)))
    assert gan.discriminator_optimizer.iterations.numpy() == len(batches)
    assert gan.generator_optimizer.iterations.numpy() == len(batches) // n_critic


def test_a_part_of_a_loaded_dataset_can_be_grouped():
    train = keras_gan.data.load("digits", batch_size=32)
    gan = build(keras_gan.CGAN, n_critic=2)
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
    deals = [d.latents.numpy() for d in eager_deals(gan)]
    assert len({d.tobytes() for d in deals}) == 3


def eager_deals(gan):
    def on_replica():
        return gan._deals(tf.constant(X))

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
    gan = build(keras_gan.CGAN)
    gan.fit(images, labels, batch_size=32, epochs=3, verbose=0)
    row = gan.sample(10, labels=np.arange(10), seeds=[1] * 10)
    for i in range(10):
        for j in range(i):
            assert np.abs(row[i] - row[j]).max() > 1e-4
    scores = gan.score(
        tf.constant(np.repeat(images[:1], 10, axis=0)), tf.range(10), training=False
    ).numpy()
    assert len(np.unique(scores)) == 10


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
    from keras_gan import noise

    z = noise.latents(tf.constant(noise.seed_rows(2000, 3, None)), 8).numpy()
    assert abs(z.mean()) < 0.03
    assert z.std() == pytest.approx(1.0, abs=0.02)
    assert np.abs(np.corrcoef(z.T) - np.eye(8)).max() < 0.1


# -- rules ---------------------------------------------------------------------------------------


class Each(losses.Wasserstein):
    """Forgets the mean over the batch."""

    def generator(self, real, fake):
        return -fake


class Half(penalties.Penalty):
    def __call__(self, discriminator, real, fake, key):
        return discriminator(real) / 2.0


@pytest.mark.parametrize(
    ("rules", "name"),
    [({"loss": Each()}, "g_loss"), ({"penalties": [Half(1.0, name="half")]}, "half")],
)
def test_a_term_that_is_no_scalar_is_refused(rules, name):
    with pytest.raises(ValueError, match=rf"Received: {name} of shape \(.*, 1\). Expected \(\)"):
        linear_pair(**rules).fit(X, verbose=0)


def test_terms_and_their_names_are_the_same():
    class Unnamed(keras_gan.GAN):
        def generator_terms(self, game):
            return super().generator_terms(game) | {"l1": tf.constant(0.0)}

    class WithoutPenalties(keras_gan.GAN):
        def discriminator_terms(self, game):
            return {"d_loss": self.objective.discriminator(game.real_scores, game.fake_scores)}

    with pytest.raises(ValueError, match=r"without a name: \['l1'\], without a term: \[\]"):
        linear_pair(Unnamed).fit(X, verbose=0)
    with pytest.raises(ValueError, match=r"without a term: \['r1'\]"):
        linear_pair(WithoutPenalties, penalties=["r1"]).fit(X, verbose=0)


def test_a_generator_that_no_gradient_reaches_is_refused():
    latents = keras.Input((1,))
    made = keras.ops.stop_gradient(keras.layers.Dense(1)(latents))
    gan = keras_gan.GAN(keras.Model(latents, made, name="dead"), linear_pair().discriminator)
    gan.compile()
    with pytest.raises(ValueError, match=r"Nothing that 'dead' minimises depends on its weights"):
        gan.fit(X, verbose=0)


def test_own_loss_and_penalty_survive_a_file(tmp_path):
    @keras.saving.register_keras_serializable("tests")
    class Scaled(losses.Wasserstein):
        def __init__(self, factor):
            self.factor = factor

        def generator(self, real, fake):
            return self.factor * super().generator(real, fake)

        def get_config(self):
            return {"factor": self.factor}

    gan = linear_pair(loss=Scaled(3.0), penalties=[penalties.R1(0.3, interval=2)])
    gan.fit(X, batch_size=3, verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.objective.factor == 3.0
    assert (loaded.penalties[0].weight, loaded.penalties[0].interval) == (0.3, 2)


class PlainNoise(keras_gan.GAN):
    """XLA draws other numbers from the same key, so the noise comes from the images."""

    def draw_latents(self, real, key):
        return tf.sin(3.0 * real)


@pytest.mark.parametrize("updates", ["simultaneous", "alternating"])
def test_jit_compile_takes_the_same_step(updates):
    results = []
    for jit in (False, True):
        gan = linear_pair(
            PlainNoise, jit_compile=jit, penalties=["r1"], n_critic=2, updates=updates
        )
        x = np.linspace(-1, 1, 12, dtype="float32")[:, None]
        gan.fit(x, batch_size=3, shuffle=False, epochs=2, verbose=0)
        results.append(weights(gan.generator) + weights(gan.discriminator))
    assert results[0] == pytest.approx(results[1], abs=1e-5)


def test_float16_overflow_is_skipped_and_the_scale_lowered(digits):
    keras.config.set_dtype_policy("mixed_float16")
    gan = build(keras_gan.DCGAN)
    gan.discriminator_optimizer.dynamic_scale.assign(1e30)
    before = state(gan)
    gan.fit(digits[0][:32], batch_size=32, verbose=0)
    moved = changed(before, state(gan))
    assert gan.discriminator_optimizer.dynamic_scale.numpy() == pytest.approx(5e29, rel=1e-6)
    kernels = {f"discriminator/{v.path}" for v in gan.discriminator.trainable_variables}
    assert not kernels & moved
    assert {f"generator/{v.path}" for v in gan.generator.trainable_variables} & moved


def test_regularizers_of_the_networks_count():
    generator = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    l2 = keras.regularizers.L2(0.5)
    layer = keras.layers.Dense(1, kernel_regularizer=l2)
    gan = keras_gan.GAN(generator, keras.Sequential([keras.Input((1,)), layer]), seed=0)
    gan.compile(
        loss="wasserstein",
        discriminator_optimizer=keras.optimizers.SGD(0.1),
        generator_optimizer=keras.optimizers.SGD(0.0),
    )
    kernel = float(layer.kernel.numpy()[0, 0])
    fake = generator(latents_of(gan, 3)).numpy()
    gan.fit(X, batch_size=3, verbose=0)
    expected = kernel - 0.1 * (fake.mean() - X.mean() + kernel)
    assert float(layer.kernel.numpy()[0, 0]) == pytest.approx(expected, abs=1e-5)


def test_float16_without_a_finite_gradient_is_divergence(digits):
    keras.config.set_dtype_policy("mixed_float16")
    gan = build(keras_gan.DCGAN)
    gan.discriminator_optimizer.dynamic_scale.assign(1.0)
    kernel = gan.discriminator.trainable_variables[0]
    kernel.assign(np.full(kernel.shape, 1e30, "float32"))
    with pytest.raises(keras_gan.DivergenceError):
        gan.fit(digits[0][:32], batch_size=32, verbose=0)


def test_random_states_of_dropout_go_on_from_a_file(digits, tmp_path):
    generator = keras_gan.builders.dcgan_generator((8, 8, 1), latent_dim=8, width=8)
    judge = keras_gan.builders.dcgan_discriminator((8, 8, 1), width=8, dropout=0.3)
    gan = keras_gan.GAN(generator, judge, seed=1)
    gan.compile()
    gan.fit(digits[0][:64], verbose=0)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    for model in (gan, loaded):
        model.fit(digits[0][:64], epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(gan.sample(4, seed=0), loaded.sample(4, seed=0))
    for a, b in zip(
        gan.discriminator.get_weights(), loaded.discriminator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_held_out_data_come_in_the_same_order_every_time():
    test = keras_gan.data.load("digits", split="test", batch_size=64)
    gan = build(keras_gan.CGAN)
    assert gan.evaluate(test, verbose=0) == gan.evaluate(test, verbose=0)
    with pytest.raises(ValueError, match=r"Load it once more"):
        gan.fit(test, steps_per_epoch=2, validation_data=test.take(2), verbose=0)


def test_both_optimizers_are_built_for_their_network():
    gan = linear_pair()
    assert gan.metrics_names
    fresh = keras_gan.GAN(gan.generator, gan.discriminator)
    assert fresh.metrics == []
    with pytest.raises(ValueError, match=r"compile"):
        fresh.fit(X)


def test_bce_agrees_with_keras(digits):
    """The default loss is Keras' binary cross-entropy of logits, as the tutorials write it."""
    real, fake = np.array([[2.0], [-1.0]], "float32"), np.array([[0.5], [3.0]], "float32")
    loss = losses.NonSaturating()
    expected = BINARY(np.ones((2, 1)), real) + BINARY(np.zeros((2, 1)), fake)
    assert float(loss.discriminator(real, fake)) == pytest.approx(float(expected), rel=1e-6)
    assert float(loss.generator(real, fake)) == pytest.approx(
        float(BINARY(np.ones((2, 1)), fake)), rel=1e-6
    )


def test_what_a_class_takes_and_keeps_by_name_is_in_the_configuration():
    class Own(keras_gan.FeatureMatchingGAN):
        def __init__(self, *networks, factor, **options):
            super().__init__(*networks, **options)
            self.factor = factor

    given = keras_gan.FeatureMatchingGAN(image_shape=(8, 8, 1), latent_dim=2, width=4)
    seen = [given.discriminator.layers[1].name]
    gan = Own(given.generator, given.discriminator, factor=3.0, feature_layers=seen)
    config = gan.get_config()
    assert {
        "factor": 3.0,
        "feature_layers": seen,
        "adversarial_weight": 0.0,
    }.items() <= config.items()
    assert not {"self", "networks", "options"} & config.keys()
    again = Own.from_config(config)
    assert (again.factor, again.feature_layers, again.seed) == (3.0, seen, gan.seed)
