"""What the discriminator is shown of few data: exact numbers, all chance from the key, state."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import build, changed, state
from scipy.spatial.transform import Rotation

import keras_gan
from keras_gan import augment
from keras_gan.core import noise, warping

KEY = noise.key(0, 3)
RGB = np.random.default_rng(0).uniform(-1, 1, (6, 8, 12, 3)).astype("float32")
SQUARE = np.random.default_rng(1).uniform(-1, 1, (64, 8, 8, 3)).astype("float32")


def ada(p, **options):
    made = augment.ADA(**options)
    made.build()
    made.variables[0].assign([p, 0.0, 0.0])
    return made


CASES = {"diff": augment.DiffAugment(), "ada": ada(1.0)}
CASES |= {name: augment.DiffAugment(name) for name in augment.POLICY}


@pytest.fixture(params=CASES, ids=str)
def change(request):
    return CASES[request.param]


@pytest.mark.parametrize("channels", [1, 3])
def test_all_chance_is_in_the_key_and_each_image_has_its_own(change, channels):
    images = np.repeat(RGB[:1, ..., :channels], 6, axis=0)
    first, again = (np.asarray(change(images, KEY)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == images.shape
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(first - np.asarray(change(images, noise.key(0, 4)))).max() > 1e-2
    assert np.abs(first[1:] - first[:-1]).max(axis=(1, 2, 3)).max() > 1e-2
    assert np.abs(first - images).max() > 1e-2


def test_graph_and_xla(change):
    expected = change(RGB, KEY)
    np.testing.assert_allclose(tf.function(change)(RGB, KEY), expected, atol=1e-6)
    compiled = tf.function(change, jit_compile=True)(RGB, KEY)  # XLA draws other numbers
    assert compiled.shape == RGB.shape
    assert np.isfinite(compiled).all()


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_of_first_and_second_order(change, jit):
    """Each output is linear in the image, so along a line the mean of squares is a parabola."""
    direction = tf.constant(RGB[::-1].copy())

    def along(t):
        return tf.reduce_sum(change(RGB + t * direction, KEY) ** 2)

    def derivatives(t):
        with tf.GradientTape() as outer, tf.GradientTape() as inner:
            inner.watch(t)
            outer.watch(t)
            value = along(t)
            slope = inner.gradient(value, t)
        return value, slope, outer.gradient(slope, t)

    wrapped = tf.function(derivatives, jit_compile=jit)
    (v0, s0, c0), (v1, s1, c1) = wrapped(tf.constant(0.0)), wrapped(tf.constant(1.0))
    assert float(c0) > 0.1
    assert float(c1) == pytest.approx(float(c0), rel=1e-3)
    assert float(s1) == pytest.approx(float(s0 + c0), rel=1e-3, abs=1e-2)
    assert float(v1) == pytest.approx(float(v0 + s0 + c0 / 2), rel=1e-3, abs=1e-2)


# -- DiffAugment by numpy --------------------------------------------------------------------------


def test_color_by_hand():
    u = noise.uniform((6, 7), KEY).numpy()
    made = np.asarray(augment.DiffAugment("color")(RGB, KEY))
    for x, (b, s, c, *_), y in zip(RGB.astype("float64"), u, made, strict=True):
        x = x + b - 0.5
        gray = x.mean(axis=-1, keepdims=True)
        x = gray + (x - gray) * 2 * s
        np.testing.assert_allclose(y, x.mean() + (x - x.mean()) * (c + 0.5), atol=1e-5)


def test_translation_by_hand():
    u = noise.uniform((6, 7), KEY).numpy()
    made = np.asarray(augment.DiffAugment("translation")(RGB, KEY))
    seen = set()
    for x, draw, y in zip(RGB, u, made, strict=True):
        down = int(np.floor(draw[3] * 3)) - 1  # 8 rows: up to 1
        right = int(np.floor(draw[4] * 5)) - 2  # 12 columns: round(1.5) = 2
        seen.add((down, right))
        padded = np.pad(x, ((2, 2), (2, 2), (0, 0)))
        np.testing.assert_array_equal(y, padded[2 - down : 10 - down, 2 - right : 14 - right])
    assert len(seen) > 3


@pytest.mark.parametrize(("side", "most"), [(4, 1), (8, 1), (11, 1), (12, 2), (20, 3), (28, 4)])
def test_translation_goes_as_far_as_an_eighth_halves_up(side, most):
    """int(side / 8 + 0.5), as the authors have it; Python rounds 0.5 and 2.5 down."""
    dots = np.zeros((200, side, side, 1), "float32")
    dots[:, side // 2, side // 2] = 1.0
    found = np.argwhere(np.asarray(augment.DiffAugment("translation")(dots, KEY)))[:, 1:3]
    moved = found - side // 2
    for axis in range(2):
        assert set(moved[:, axis]) == set(range(-most, most + 1))


def test_cutout_takes_a_quarter_or_less():
    ones = np.ones((400, 8, 12, 1), "float32")
    made = np.asarray(augment.DiffAugment("cutout")(ones, KEY))[..., 0]
    holes = (made == 0).sum(axis=(1, 2))
    assert holes.max() == 4 * 6
    assert holes.min() == 2 * 3  # the corner: the middle of the hole is always on the image
    assert (made == 0).any(axis=0).all()
    for hole in made == 0:
        assert hole.sum() == hole.any(axis=1).sum() * hole.any(axis=0).sum(), "a rectangle"


def test_cutout_of_a_fifth():
    """As round(ratio * side) of the authors' code has it: 2 of 8 rows, 2 of 12 columns."""
    images = np.ones((64, 8, 12, 1), "float32")
    made = np.asarray(augment.DiffAugment("cutout", cutout=0.2)(images, KEY))[..., 0]
    assert (made == 0).sum(axis=(1, 2)).max() == 2 * 2
    assert made.min(axis=(1, 2)).mean() < 0.1
    again = augment.DiffAugment.from_config(augment.DiffAugment(cutout=0.2).get_config())
    assert again.cutout == 0.2
    with pytest.raises(ValueError, match=r"Received: cutout=0\. Expected"):
        augment.DiffAugment(cutout=0)


# -- ADA -------------------------------------------------------------------------------------------


def test_a_class_that_augments_by_itself_can_be_told_not_to():
    none = augment.get("none")
    np.testing.assert_array_equal(none(RGB, KEY), RGB)
    gan = build(keras_gan.FastGAN, augment="none")
    gan.compile_from_config(gan.get_compile_config())
    assert isinstance(gan.augment, augment.NoAugment)


def test_p_of_zero_changes_nothing():
    np.testing.assert_array_equal(ada(0.0)(SQUARE, KEY), SQUARE)


def test_each_change_comes_as_often_as_p_says():
    made = np.asarray(ada(0.1)(SQUARE, KEY))
    same = (np.abs(made - SQUARE) < 1e-6).all(axis=(1, 2, 3)).mean()
    # mirroring is none in half of its cases, a quarter turn in a quarter, a shift in 1/4 at least
    assert 0.9**10 - 0.2 < same < 0.9**7 + 0.2


def finer(image, step):
    """Twice as many pixels by Lanczos' kernel, rows and then columns, one after the other."""
    step = 2 ** (0.1 * np.clip(np.round(np.log2(step) / 0.1), 0, 8))
    for axis in range(2):
        image = np.moveaxis(image, axis, 0)
        padded = np.pad(image, ((len(image) - 1,) * 2, (0, 0), (0, 0)), mode="reflect")
        rows = []
        for place in np.arange(2 * len(image) - 1) / 2:
            far = (place - np.arange(1 - len(image), 2 * len(image) - 1)) / step
            weights = np.sinc(far) * np.sinc(far / 5) * (np.abs(far) < 5)
            rows.append(np.einsum("s,sxc->xc", weights / weights.sum(), padded))
        image = np.moveaxis(np.stack(rows), 0, axis)
    return image


def looked_up(image, matrix, shift, step):
    """One pixel after the other, borders reflected."""
    height, width, _ = image.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    padded = np.pad(finer(image, step), ((80, 80), (80, 80), (0, 0)), mode="reflect")
    out = np.zeros(image.shape)
    for place in np.ndindex(height, width):
        y, x = 2 * (matrix @ (np.array(place) - middle) + middle + shift) + 80
        i, j = int(np.floor(y)), int(np.floor(x))
        a, b = y - i, x - j
        out[place] = (1 - a) * ((1 - b) * padded[i, j] + b * padded[i, j + 1])
        out[place] += a * ((1 - b) * padded[i + 1, j] + b * padded[i + 1, j + 1])
    return out


def test_the_look_up_by_another_implementation():
    matrices = np.random.default_rng(2).normal(size=(6, 2, 2)).astype("float32")
    shifts = np.random.default_rng(3).normal(size=(6, 2)).astype("float32")
    steps = np.array([0.5, 1.0, 1.02, 1.3, 1.7, 9.0], "float32")
    made = warping.look_up(*map(tf.constant, (RGB, matrices, shifts, steps)))
    for row in zip(RGB, matrices, shifts, steps, made, strict=True):
        np.testing.assert_allclose(row[4], looked_up(*row[:4]), atol=1e-4)


def waves(places, frequencies, phases):
    """Sums of plane waves, as loud as their wavelength is long: `(batch, places)`."""
    loud = 1 / np.linalg.norm(frequencies, axis=-1)
    angles = 2 * np.pi * np.einsum("bkd,bpd->bkp", frequencies, places) + phases[..., None]
    return np.einsum("bk,bkp->bp", loud, np.cos(angles))


@pytest.mark.parametrize(("step", "most"), [(1.0, 0.008), (0.8, 0.008), (1.25, 0.03)])
def test_a_turn_keeps_the_detail_and_does_not_alias(step, most):
    """Waves are known between the pixels, too. Bilinear: errors of 0.03 to 0.04, energy of 0.87."""
    rng, n, side, inner = np.random.default_rng(0), 8, 48, slice(16, -16)
    frequencies = rng.uniform(-0.5, 0.5, (n, 200, 2))
    frequencies *= np.minimum(1, 0.49 / np.linalg.norm(frequencies, axis=-1, keepdims=True))
    phases = rng.uniform(0, 2 * np.pi, (n, 200))
    grid = np.stack(np.meshgrid(*[np.arange(side) - (side - 1) / 2] * 2, indexing="ij"), axis=-1)
    grid = np.broadcast_to(grid.reshape(1, -1, 2), (n, side**2, 2))
    c, s = (f(rng.uniform(-np.pi, np.pi, n)) for f in (np.cos, np.sin))
    matrices = step * np.stack([np.stack([c, -s], axis=1), np.stack([s, c], axis=1)], axis=1)
    images = waves(grid, frequencies, phases).reshape(n, side, side, 1)
    arguments = images, matrices, np.zeros((n, 2)), np.full(n, step)
    made = warping.look_up(*(tf.constant(x, "float32") for x in arguments)).numpy()

    audible = np.abs(np.einsum("bkd,bde->bke", frequencies, matrices)).max(axis=-1) < 0.5
    places = np.einsum("bij,bpj->bpi", matrices, grid)
    expected = np.stack(
        [
            waves(place[None], frequency[None, heard], phase[None, heard])[0]
            for place, frequency, phase, heard in zip(
                places, frequencies, phases, audible, strict=True
            )
        ]
    ).reshape(images.shape)
    made, expected = made[:, inner, inner], expected[:, inner, inner]
    energy = (expected**2).mean()
    assert ((made - expected) ** 2).mean() / energy < most
    assert 0.92 < (made**2).mean() / energy < 1.0


def test_quarter_turns_and_mirrors_are_exact():
    still = tf.zeros((4, 2)), tf.ones(4)
    quarter = augment._quarter_turn(tf.constant([0.0, 1.0, 2.0, 3.0]))
    made = warping.look_up(tf.constant(SQUARE[:4]), quarter, *still)
    for k in range(4):
        np.testing.assert_array_equal(made[k], np.rot90(SQUARE[k], -k))
    mirror = augment._diagonal(tf.ones(4), -tf.ones(4))
    made = warping.look_up(tf.constant(SQUARE[:4]), mirror, *still)
    np.testing.assert_array_equal(made, SQUARE[:4, :, ::-1])


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def around(axis, angle):
    return Rotation.from_rotvec(angle * axis).as_matrix()


@pytest.mark.parametrize("p", [1.0, 0.5])
@pytest.mark.parametrize("images", [RGB, RGB[..., :1], SQUARE[:6]], ids=["wide", "gray", "square"])
def test_all_of_adas_changes_by_numpy(images, p):
    """One change after the other, in the documented order; each says where a place comes from."""
    n, height, width, channels = images.shape
    chance = noise.uniform((n, 13), noise.fold_in(KEY, 0)).numpy()
    uniform = noise.uniform((n, 8), noise.fold_in(KEY, 1)).numpy().astype("float64")
    normal = noise.normal((n, 7), noise.fold_in(KEY, 2)).numpy().astype("float64")
    made = np.asarray(ada(p)(images, KEY))
    sides, share = np.array([height, width]), np.full(13, p)
    share[4:6] = 1 - np.sqrt(1 - p)  # two rotations: one or the other with probability p
    draws = zip(images.astype("float64"), chance < share, uniform, normal, made, strict=True)
    for x, due, u, z, y in draws:
        linear, shift, scale = np.eye(2), np.zeros(2), 1.0  # place -> linear place + shift
        if due[0] and u[0] < 0.5:
            linear = linear @ np.diag([1, -1])
        if due[1] and height == width:
            linear = linear @ np.linalg.matrix_power([[0, -1], [1, 0]], int(4 * u[1]))
        if due[2]:
            shift = shift - linear @ np.round((2 * u[2:4] - 1) * sides / 8)
        if due[3]:
            scale = 2 ** (0.2 * z[0])
            linear = linear * scale
        if due[4]:
            linear = linear @ rotation((2 * u[4] - 1) * np.pi)
        if due[6]:
            linear = linear @ np.diag([2 ** (0.2 * z[1]), 2 ** (-0.2 * z[1])])
        if due[5]:
            linear = linear @ rotation((2 * u[5] - 1) * np.pi)
        if due[7]:
            shift = shift - linear @ (z[2:4] * sides / 8)
        x = looked_up(x, linear, shift, scale)
        x = (x + 0.2 * z[4] * due[8]) * 2 ** (0.5 * z[5] * due[9])
        luma = np.full(channels, channels**-0.5)
        if due[10] and u[6] < 0.5:
            x = x - 2 * (x @ luma)[..., None] * luma
        if channels == 3:
            x = x @ around(luma, (2 * u[7] - 1) * np.pi * due[11]).T
            gray = x.mean(axis=-1, keepdims=True)
            x = gray + 2 ** (z[6] * due[12]) * (x - gray)
        np.testing.assert_allclose(y, x, atol=2e-4)


def test_hue_keeps_gray_and_lengths():
    matrix = augment._hue_and_saturation(tf.constant([0.7, 0.0]), tf.constant([1.0, 2.0])).numpy()
    np.testing.assert_allclose(matrix @ np.ones(3), np.ones((2, 3)), atol=1e-6)
    np.testing.assert_allclose(matrix[0] @ matrix[0].T, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(matrix[1] @ [1, 0, -1], [2, 0, -2], atol=1e-6)


def test_p_follows_the_signs():
    made = ada(0.0, ramp=1000, window=100)
    made.observe(tf.constant(1.0), tf.constant(64.0))
    np.testing.assert_allclose(made.variables[0], [0, 64, 64])
    made.observe(tf.constant(0.5), tf.constant(64.0))  # r = 96 / 128 = 0.75, above 0.6
    np.testing.assert_allclose(made.variables[0], [0.128, 0, 0], rtol=1e-6)
    for _ in range(2):
        made.observe(tf.constant(0.5), tf.constant(100.0))  # below: down, but not below 0
    np.testing.assert_allclose(made.variables[0], [0, 0, 0], atol=1e-7)


# -- in the engine ---------------------------------------------------------------------------------


class Half(augment.Augment):
    """All images times a half: what is shown is told apart from what is not."""

    def __call__(self, images, key):
        return images * 0.5


def test_every_pass_in_training_is_augmented_and_no_other(digits):
    images, _ = digits
    seen = []

    class Watched(keras_gan.DCGAN):
        def criticize(self, critic, images, condition, training):
            seen.append((training, images))
            return super().criticize(critic, images, condition, training)

    for updates in ("simultaneous", "alternating"):
        gan = build(
            Watched,
            augment=Half(),
            updates=updates,
            loss="relativistic_average",
            penalties=["gradient_penalty", keras_gan.penalties.R1()],
            run_eagerly=True,
        )
        seen.clear()
        gan.fit(-np.ones_like(images[:4]), batch_size=4, verbose=0)
        trained = [np.abs(x).max() for training, x in seen if training]
        assert len(trained) == (4 if updates == "simultaneous" else 6)
        assert max(trained) <= 0.5
        seen.clear()
        gan.evaluate(-np.ones_like(images[:4]), verbose=0)
        assert max(np.abs(x).max() for _, x in seen) == 1.0


def test_the_generator_learns_through_it(digits):
    """A discriminator that is shown nothing gives the generator no gradient."""

    @keras.saving.register_keras_serializable("tests")
    class Nothing(augment.Augment):
        def __call__(self, images, key):
            return images * 0.0

    gan = build(keras_gan.DCGAN, augment=Nothing(), generator_optimizer="sgd")
    before = state(gan)
    gan.fit(digits[0][:16], batch_size=16, verbose=0)
    moved = {name for name in changed(before, state(gan)) if name.startswith("generator/")}
    weights = {f"generator/{v.path}" for v in gan.generator.trainable_variables}
    assert not moved & weights


@pytest.mark.parametrize("made", [augment.DiffAugment("cutout"), augment.ADA(ramp=500, window=64)])
def test_saves_loads_and_goes_on_identically(made, digits, tmp_path):
    images, labels = digits
    gan = build(keras_gan.CGAN, augment=made, penalties=[keras_gan.penalties.R1(interval=2)])
    gan.fit(images[:96], labels[:96], batch_size=32, verbose=0)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_compile_config() == gan.get_compile_config()
    for g in (gan, loaded):
        history = g.fit(images[:96], labels[:96], epochs=3, initial_epoch=1, verbose=0).history
    first, second = (list(state(g).values()) for g in (gan, loaded))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    for g in (gan, loaded):
        gan.augment.variables and np.testing.assert_array_equal(
            g.augment.variables[0], gan.augment.variables[0]
        )
    assert ("augment_p" in history) == bool(made.variables)


def test_p_rises_where_real_images_are_known_by_heart(digits):
    gan = build(keras_gan.DCGAN, augment=augment.ADA(target=-0.999, ramp=320, window=32))
    history = gan.fit(digits[0][:96], batch_size=32, epochs=2, verbose=0).history
    assert history["augment_p"][1] > history["augment_p"][0] > 0
    assert float(gan.augment.p) == pytest.approx(0.6, abs=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", ["ada", "diff_augment"])
def test_mixed_precision(policy, name, digits):
    keras.config.set_dtype_policy(policy)
    gan = build(keras_gan.DCGAN, augment=name, penalties=["r1"])
    history = gan.fit(digits[0][:64], batch_size=32, verbose=0).history
    assert np.isfinite([v for values in history.values() for v in values]).all()


def test_compiled_by_xla(digits):
    made = augment.ADA(target=-0.999, ramp=64, window=32)
    gan = build(keras_gan.DCGAN, augment=made, penalties=["r1"], jit_compile=True)
    history = gan.fit(digits[0][:64], batch_size=32, verbose=0).history
    assert float(made.p) == pytest.approx(1.0)
    assert np.isfinite([v for values in history.values() for v in values]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: augment.DiffAugment(("color", "hue")), r"'hue'.*Expected some of color"),
        (lambda: augment.DiffAugment(()), "Expected some of"),
        (lambda: augment.ADA(target=1.0), "target=1.0"),
        (lambda: augment.ADA(ramp=0), "ramp=0"),
        (lambda: build(keras_gan.DCGAN, augment="flip"), "'flip'.*diff_augment, ada"),
        (lambda: points().compile(augment="ada"), r"\(2,\).*Expected \(height"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def points():
    return keras_gan.GAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
    )
