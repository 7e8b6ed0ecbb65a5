"""Penalties on critics whose gradient is known, and against an independent version in numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan import constraints, penalties
from keras_gan.core import noise
from keras_gan.core.autodiff import input_gradient

KEY = noise.key(0, 1)
W = np.array([[3.0], [4.0]], "float32")  # a linear critic's gradient is W everywhere: norm 5
REAL = np.array([[1.0, 2.0], [0.0, -1.0], [2.0, 2.0]], "float32")
FAKE = np.array([[0.0, 0.0], [5.0, 1.0], [-1.0, 3.0]], "float32")
SCORES = (np.array([[2.0], [-1.0], [0.5]], "float32"), np.array([[-3.0], [0.0], [4.0]], "float32"))


@keras.saving.register_keras_serializable("tests")
def shifted(images, key):
    """An augmentation: moves all images by a draw of their batch."""
    return images + noise.normal((1, images.shape[1]), key)


ONE_SIDED = {"one_sided": True}
PENALTIES = {
    "gradient_penalty": penalties.GradientPenalty(),
    "one_sided": penalties.GradientPenalty(**ONE_SIDED),
    "dragan": penalties.DRAGANPenalty(),
    "r1": penalties.R1(),
    "r2": penalties.R2(),
    "lecam": penalties.LeCam(),
    "consistency": penalties.Consistency(shifted),
    "balanced": penalties.Consistency(shifted, balanced=True),
}


@pytest.fixture(params=PENALTIES)
def name(request):
    return request.param


def value_of(penalty, critic, real=REAL, fake=FAKE):
    """The penalty as the engine calls it."""
    real, fake = tf.constant(real), tf.constant(fake)
    if not penalty.uses_scores:
        return penalty(critic, real, fake, KEY)
    scores = (critic(real), critic(fake))
    penalty.build()
    penalty.observe(*(tf.reduce_mean(tf.cast(s, "float32")) for s in scores))
    return penalty(critic, real, fake, KEY, scores)


def fresh(name):
    """The same penalty without a memory."""
    penalty = PENALTIES[name]
    return type(penalty).from_config(penalty.get_config())


# -- an independent version: a critic of one tanh layer, its gradient by hand, in float64 ----------


def draws(jit=False):
    """What each penalty draws from the key; XLA draws other numbers."""

    def draw():
        moves = [noise.normal((1, 2), noise.fold_in(KEY, k)) for k in (0, 1)]
        share = noise.uniform((3, 1), noise.fold_in(KEY, 1))
        return noise.uniform((3, 1), KEY), share * noise.uniform((3, 2), KEY), *moves

    return [x.numpy().astype("float64") for x in tf.function(draw, jit_compile=jit)()]


def by_numpy(name, weight, drawn):
    weight, real, fake = (np.asarray(x, "float64") for x in (weight, REAL, FAKE))
    u, around, *moves = drawn

    def score(x):
        return np.tanh(x @ weight).sum(axis=1)

    def norms(x):
        return np.sqrt((((1 - np.tanh(x @ weight) ** 2) @ weight.T) ** 2).sum(axis=1))

    def moved(x, k):
        return ((score(x) - score(x + moves[k])) ** 2).mean()

    between = norms(u * real + (1 - u) * fake)
    if name == "gradient_penalty":
        return ((between - 1) ** 2).mean()
    if name == "one_sided":
        return (np.maximum(between - 1, 0) ** 2).mean()
    if name == "dragan":
        return ((norms(real + 0.5 * real.std() * around) - 1) ** 2).mean()
    if name in ("r1", "r2"):
        return (norms(real if name == "r1" else fake) ** 2).mean() / 2
    if name == "lecam":  # after the first update the averages are that update's means
        real, fake = score(real), score(fake)
        above = np.maximum(real - FIXED[1], 0), np.maximum(FIXED[0] - fake, 0)
        return sum((x**2).mean() for x in above)
    return moved(real, 0) + (moved(fake, 1) if name == "balanced" else 0)


WEIGHT = np.array([[0.3, -0.9], [0.8, 0.7]], "float32")
FIXED = [np.tanh(x @ WEIGHT.astype("float64")).sum(axis=1).mean() for x in (REAL, FAKE)]


def tanh_critic(weight):
    return lambda x: tf.reduce_sum(tf.tanh(x @ weight), axis=1, keepdims=True)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_values_and_second_order_gradients(name, mode):
    """Against central differences of the independent version, in float64."""
    weight, penalty = tf.Variable(WEIGHT), fresh(name)
    penalty.build()

    def step():
        with tf.GradientTape() as tape:
            value = value_of(penalty, tanh_critic(weight))
        return value, tape.gradient(value, weight)

    run = step if mode == "eager" else tf.function(step, jit_compile=mode == "xla")
    value, gradient = run()
    drawn = draws(mode == "xla")
    assert value.dtype == "float32"
    assert value.shape == ()
    assert float(value) == pytest.approx(by_numpy(name, WEIGHT, drawn), rel=1e-5)
    expected = np.zeros((2, 2))
    for place in np.ndindex(2, 2):
        h = np.zeros((2, 2))
        h[place] = 1e-5
        expected[place] = by_numpy(name, WEIGHT + h, drawn) - by_numpy(name, WEIGHT - h, drawn)
    np.testing.assert_allclose(gradient, expected / 2e-5, rtol=1e-4, atol=1e-5)


# -- closed forms ----------------------------------------------------------------------------------


def linear(x):
    return x @ W


def quadratic(x):
    """Gradient x, different for every sample."""
    return tf.reduce_sum(x * x, axis=1, keepdims=True) / 2


@pytest.mark.parametrize(
    ("name", "scale", "expected"),
    [
        ("gradient_penalty", 1.0, 16.0),
        ("gradient_penalty", 0.1, 0.25),
        ("one_sided", 1.0, 16.0),
        ("one_sided", 0.1, 0.0),
        ("dragan", 1.0, 16.0),
        ("r1", 1.0, 12.5),
        ("r2", 1.0, 12.5),
    ],
)
def test_linear_critic(name, scale, expected):
    value = value_of(PENALTIES[name], lambda x: scale * linear(x))
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_consistency_of_a_linear_critic():
    """D(x) - D(x + d) = -<w, d>."""
    first, second = (float((move @ W)[0, 0]) ** 2 for move in draws()[2:])
    assert float(value_of(PENALTIES["consistency"], linear)) == pytest.approx(first, rel=1e-4)
    both = float(value_of(PENALTIES["balanced"], linear))
    assert both == pytest.approx(first + second, rel=1e-4)


def test_r1_and_r2_look_at_their_own_images():
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    r1 = float(penalties.R1()(quadratic, real, fake, KEY))
    r2 = float(penalties.R2()(quadratic, real, fake, KEY))
    assert r1 == pytest.approx((REAL**2).sum(axis=1).mean() / 2, rel=1e-5)
    assert r2 == pytest.approx((FAKE**2).sum(axis=1).mean() / 2, rel=1e-5)


def test_gradient_penalty_has_one_factor_for_each_image():
    u = noise.uniform((3, 1), KEY).numpy()
    assert len(np.unique(u)) == 3
    between = u * REAL + (1 - u) * FAKE
    expected = ((np.sqrt((between**2).sum(axis=1)) - 1) ** 2).mean()
    value = penalties.GradientPenalty()(quadratic, tf.constant(REAL), tf.constant(FAKE), KEY)
    assert float(value) == pytest.approx(float(expected), rel=1e-5)


def test_dragan_looks_around_the_real_images_alone():
    value = lambda scale, fake: float(  # noqa: E731
        penalties.DRAGANPenalty(scale=scale)(quadratic, tf.constant(REAL), tf.constant(fake), KEY)
    )
    assert value(0.5, FAKE) == value(0.5, FAKE + 7)
    at_the_images = ((np.sqrt((REAL**2).sum(axis=1)) - 1) ** 2).mean()
    assert value(0.0, FAKE) == pytest.approx(float(at_the_images), rel=1e-5)
    real = np.repeat(REAL, 200, axis=1)  # 400 values each: both kinds of chance show
    points = penalties.DRAGANPenalty(scale=0.5).points(tf.constant(real), None, KEY)
    moved = (points - real) / (0.5 * real.std())
    assert moved.numpy().min() >= 0
    share = noise.uniform((3, 1), noise.fold_in(KEY, 1)).numpy()[:, 0]
    np.testing.assert_allclose(moved.numpy().max(axis=1), share, rtol=2e-2)
    np.testing.assert_allclose(moved.numpy().mean(axis=1), share / 2, rtol=0.1)


def test_lecam_by_hand():
    """Averages without bias: after one update they are its means, after two 0.25:0.5 of both."""
    penalty = penalties.LeCam(decay=0.5)
    penalty.build()
    scores = tuple(map(tf.constant, SCORES))
    for real, fake, average_real, average_fake in (
        (1.0, -2.0, 1.0, -2.0),
        (4.0, 1.0, (0.25 * 1 + 0.5 * 4) / 0.75, (0.25 * -2 + 0.5 * 1) / 0.75),
    ):
        penalty.observe(tf.constant(real), tf.constant(fake))
        expected = (np.maximum(SCORES[0] - average_fake, 0) ** 2).mean()
        expected += (np.maximum(average_real - SCORES[1], 0) ** 2).mean()
        value = penalty(linear, REAL, FAKE, KEY, scores)
        assert float(value) == pytest.approx(float(expected), rel=1e-5)
    penalty.build()  # a second `compile` keeps what it knows, as an optimizer does
    assert float(penalty(linear, REAL, FAKE, KEY, scores)) == pytest.approx(float(expected))


def test_a_flat_critic_has_a_finite_gradient(name):
    weight = tf.Variable([[0.0], [0.0]])
    with tf.GradientTape() as tape:
        value = value_of(fresh(name), lambda x: x @ weight)
    expected = 1.0 if name in ("gradient_penalty", "dragan") else 0.0
    assert float(value) == pytest.approx(expected, abs=1e-4)
    assert np.isfinite(tape.gradient(value, weight).numpy()).all()


def test_maps_of_logits(name):
    """A map of n places has n times the gradient; what looks at logits takes their mean."""
    places = lambda x: tf.tile(linear(x)[:, None, None], (1, 2, 3, 1))  # noqa: E731
    norm = 30.0
    expected = {"r1": norm**2 / 2, "r2": norm**2 / 2}
    for other in ("gradient_penalty", "one_sided", "dragan"):
        expected[other] = (norm - 1) ** 2
    for other in ("lecam", "consistency", "balanced"):
        expected[other] = float(value_of(fresh(other), linear))
    assert float(value_of(fresh(name), places)) == pytest.approx(expected[name], rel=1e-5)


# -- mixed precision -------------------------------------------------------------------------------


def deep(policy, scale=1.0):
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(3)
    network = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.Dense(1, dtype="float32"),
        ]
    )
    last = network.layers[-1].kernel
    last.assign(scale * last)
    return network


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_near_float32(name, policy):
    results = []
    for precision in ("float32", policy):
        network = deep(precision, 5.0)
        with tf.GradientTape() as tape:
            value = value_of(fresh(name), network)
        assert value.dtype == "float32"
        gradients = tape.gradient(value, network.trainable_variables[:2])
        assert np.abs(gradients[0]).max() > 0
        results.append([float(value), *np.concatenate([g.numpy().ravel() for g in gradients])])
    exact, rounded = map(np.array, results)
    assert rounded[0] == pytest.approx(exact[0], rel=0.1, abs=2e-3)
    assert np.corrcoef(exact[1:], rounded[1:])[0, 1] > 0.98


@pytest.mark.parametrize("scale", [1e-7, 1e-8])
def test_a_tiny_gradient_does_not_vanish_in_float16(scale):
    """float16 ends at 6e-8; the gradient in the hidden layers is below that."""
    x = tf.constant(REAL)
    exact = input_gradient(deep("float32", scale), x).numpy()
    assert 0 < np.abs(exact).max() < 20 * scale
    half = input_gradient(deep("mixed_float16", scale), x).numpy()
    np.testing.assert_allclose(half, exact, rtol=0.1, atol=0.05 * np.abs(exact).max())
    network = deep("mixed_float16", scale)
    with tf.GradientTape() as tape:  # as with a loss scale of 2^15
        target = 2.0**15 * penalties.GradientPenalty()(network, x, tf.constant(FAKE), KEY)
    assert np.abs(tape.gradient(target, network.trainable_variables[0]).numpy()).max() > 0


def test_large_gradients_do_not_overflow():
    gradient = input_gradient(deep("mixed_float16", 30.0), tf.constant(REAL)).numpy()
    assert np.isfinite(gradient).all()


def test_input_gradient_is_float32():
    x = tf.cast(REAL, "float16")
    gradient = input_gradient(lambda x: x * tf.cast(3.0, "float16"), x)
    assert gradient.dtype == "float32"
    np.testing.assert_array_equal(gradient, np.full((3, 2), 3.0))


# -- in the game -----------------------------------------------------------------------------------


def points_gan(**rules):
    keras.utils.set_random_seed(5)
    gan = keras_gan.GAN(
        keras_gan.builders.mlp_generator((2,), latent_dim=2, width=8, output_activation=None),
        keras_gan.builders.mlp_discriminator((2,), width=8),
        seed=0,
    )
    gan.compile(**rules)
    return gan


POINTS = np.random.default_rng(0).normal(size=(24, 2)).astype("float32")


def all_of_them(interval=1):
    return [
        type(penalty).from_config(penalty.get_config() | {"name": name, "interval": interval})
        for name, penalty in PENALTIES.items()
    ]


@pytest.mark.parametrize("jit", [False, True])
def test_all_penalties_train_together(jit):
    gan = points_gan(penalties=all_of_them(), jit_compile=jit)
    history = gan.fit(POINTS, batch_size=8, epochs=2, verbose=0).history
    assert history.keys() >= PENALTIES.keys()
    assert np.isfinite([history[name] for name in PENALTIES]).all()


def test_lazy_penalties_skip_the_work():
    """A critic that counts its passes: two for the loss, and a penalty's own when it is due."""
    passes = []

    class Counting(keras.layers.Layer):
        def call(self, x):
            tf.py_function(lambda: passes.append(1), [], [])
            return tf.identity(x)

    judge = keras.Sequential([keras.Input((2,)), Counting(), keras.layers.Dense(1)])
    maker = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    gan = keras_gan.GAN(maker, judge, seed=0)
    gan.compile(penalties=all_of_them(interval=3))
    gan.fit(POINTS, batch_size=4, verbose=0)  # 6 steps, of which 0 and 3 are due
    own = {name: 1 for name in PENALTIES} | {"lecam": 0, "balanced": 2}
    assert len(passes) == 6 * 2 + 2 * sum(own.values())


def test_lecam_goes_on_from_a_file(tmp_path):
    lecam = penalties.LeCam(interval=2)
    gan = points_gan(penalties=[lecam], n_critic=2, run_eagerly=True)
    gan.fit(POINTS, batch_size=4, verbose=0)
    assert lecam.variables[0].numpy()[2] == pytest.approx(1 - 0.99**6)  # in every update
    gan.save(tmp_path / "a.keras")
    gan.save_weights(tmp_path / "a.weights.h5")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    other = points_gan(penalties=["lecam"])
    other.load_weights(tmp_path / "a.weights.h5")
    for model in (loaded, other):
        memory = model.penalties[0].variables[0]
        np.testing.assert_array_equal(memory.numpy(), lecam.variables[0].numpy())
    for model in (gan, loaded):
        model.fit(POINTS, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_array_equal(*(m.penalties[0].variables[0].numpy() for m in (gan, loaded)))
    for a, b in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_file_of_another_architecture_leaves_lecam_alone(tmp_path):
    gan = points_gan(penalties=["lecam"])
    gan.fit(POINTS, batch_size=8, verbose=0)
    before = gan.penalties[0].variables[0].numpy()
    other = keras_gan.VanillaGAN(image_shape=(8, 8, 1), width=4)
    other.compile(penalties=["lecam"])
    other.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ValueError, match="another architecture"):
        gan.load_weights(tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(gan.penalties[0].variables[0].numpy(), before)


def test_a_file_without_lecam_loads_into_a_game_with_it(tmp_path):
    points_gan().save_weights(tmp_path / "a.weights.h5")
    gan = points_gan(penalties=["lecam"])
    gan.load_weights(tmp_path / "a.weights.h5")
    assert not gan.penalties[0].variables[0].numpy().any()


def test_batch_norm_in_the_critic_is_warned_of_once():
    norm = keras.layers.BatchNormalization()
    judge = keras.Sequential([keras.Input((2,)), norm, keras.layers.Dense(1)])
    gan = keras_gan.GAN(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), judge)
    with pytest.warns(UserWarning, match=r"^r1, dragan: with BatchNormalization") as caught:
        gan.compile(penalties=["r1", "lecam", "dragan"])
    assert len(caught) == 1
    assert caught[0].filename == __file__
    gan.compile(penalties=["lecam"])  # no gradients, no warning


def test_weights_are_clipped_after_each_update():
    judge = keras_gan.builders.mlp_discriminator((2,), width=8)
    maker = keras_gan.builders.mlp_generator((2,), latent_dim=2, width=8)
    gan = keras_gan.WGAN(maker, judge, clip=0.05, seed=0)
    gan.compile()
    before = maker.get_weights()
    gan.fit(POINTS, batch_size=4, verbose=0)
    largest = [np.abs(w).max() for w in judge.get_weights()]
    assert max(largest) == pytest.approx(0.05)
    assert all(w.shape == b.shape for w, b in zip(maker.get_weights(), before, strict=True))
    assert max(np.abs(w).max() for w in maker.get_weights()) > 0.05
    again = keras_gan.WGAN.from_config(gan.get_config())
    assert again.clip == again.discriminator.trainable_variables[0].constraint.limit == 0.05


def test_clipping_by_hand():
    clip = constraints.WeightClipping(0.5)
    np.testing.assert_allclose(clip(np.array([-2.0, 0.3, 0.7])), [-0.5, 0.3, 0.5])
    assert constraints.WeightClipping.from_config(clip.get_config()).limit == 0.5
    with pytest.raises(ValueError, match=r"WeightClipping needs limit > 0. Received: limit=0"):
        constraints.WeightClipping(0)


# -- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", [{"weight": -1.0}, {"weight": float("nan")}, {"interval": 0}, {"interval": 1.5}]
)
def test_settings_that_cannot_be(bad):
    with pytest.raises(ValueError, match=r"R1 needs a finite weight >= 0 and a whole interval"):
        penalties.R1(**bad)


def test_other_settings_that_cannot_be():
    with pytest.raises(ValueError, match=r"LeCam needs 0 <= decay < 1. Received: decay=1.0"):
        penalties.LeCam(decay=1.0)
    for augment in ("diff_augment", keras_gan.augment.DiffAugment, None):
        with pytest.raises(ValueError, match=r"needs a function augment.* Received: augment="):
            penalties.Consistency(augment)
    with pytest.raises(ValueError, match=r"Received: augment=ADA\(\). Expected DiffAugment"):
        penalties.Consistency(keras_gan.augment.ADA())
    with pytest.raises(ValueError, match=r"DRAGANPenalty needs scale >= 0. Received: scale=-1"):
        penalties.DRAGANPenalty(scale=-1)


def test_config_round_trip(name):
    penalty = PENALTIES[name]
    config = penalty.get_config() | {"weight": 0.5, "interval": 3, "name": "mine"}
    penalty = type(penalty).from_config(config)
    data = keras.saving.serialize_keras_object(penalty)
    again = keras.saving.deserialize_keras_object(data)
    assert again.get_config() == penalty.get_config()
    assert (again.weight, again.interval, again.name) == (0.5, 3, "mine")
