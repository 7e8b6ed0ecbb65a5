"""Editing, held against generators whose inverse is known: x = A z, and A z + b for a class."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan
from keras_gan import editing, priors
from keras_gan.core import directions

A = np.array([[0.3, 0.1, -0.2, 0.05], [0.0, 0.4, 0.1, -0.1]], np.float32)
OFFSETS = np.array([[0.0] * 4, [0.9, -0.9, 0.9, -0.9]], np.float32)


def linear(prior=None, classes=False):
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    made = layers.Dense(4, use_bias=False, name="first")(latents)
    if classes:
        made = layers.Add()([made, layers.Embedding(2, 4, name="offsets")(labels)])
        generator = keras.Model([latents, labels], made)
        points, told = keras.Input((4,)), keras.Input((), dtype="int32")
        joined = layers.Concatenate()([points, layers.Embedding(2, 4)(told)])
        judge = keras.Model([points, told], layers.Dense(1)(joined))
        gan = keras_gan.CGAN(generator, judge, num_classes=2, prior=prior)
    else:
        points = keras.Input((4,))
        judge = keras.Model(points, layers.Dense(1)(points))
        gan = keras_gan.VanillaGAN(keras.Model(latents, made), judge, prior=prior)
    for network in (gan.generator, gan.ema_generator):
        network.get_layer("first").set_weights([A])
        if classes:
            network.get_layer("offsets").set_weights([OFFSETS])
    return gan


@pytest.fixture(scope="module")
def gan():
    return linear()


def photos(latents, offsets=0.0):
    return (np.asarray(latents, np.float32) @ A + offsets).astype("float32")


def test_a_search_finds_the_latents(gan):
    wanted = np.array([[0.5, -1.0], [1.5, 0.2], [0.0, 0.9]], np.float32)
    found = editing.invert(gan, photos(wanted), prior_weight=0.0, steps=150, verbose=False)
    np.testing.assert_allclose(found.latents, wanted, atol=0.02)
    np.testing.assert_allclose(found.images, found.latents @ A, atol=1e-6)
    by_hand = ((found.images - photos(wanted)) ** 2).mean(axis=1)
    np.testing.assert_allclose(found.distances, by_hand, rtol=1e-4, atol=1e-9)
    assert found.labels is None
    assert set(found.beside) == {"nearest sample"}
    assert (found.distances < 0.1 * found.beside["nearest sample"]).all()


def test_a_search_in_parts_finds_the_same(gan, monkeypatch):
    given = photos([[0.5, -1.0], [1.5, 0.2], [0.0, 0.9]])
    settings = {"steps": 20, "restarts": 3, "verbose": False}
    whole = editing.invert(gan, given, **settings)
    monkeypatch.setattr("keras_gan.editing.inversion.ROWS", 4)
    parts = editing.invert(gan, given, **settings)
    np.testing.assert_allclose(parts.latents, whole.latents, atol=1e-5)


def test_the_prior_draws_a_search_towards_itself(gan):
    # (A A^T / 4 + w / 4) z = A x / 4, where x = A z*: the minimum of mean square + w |z|^2 / 4
    wanted, weight = np.array([[2.0, -1.5]], np.float32), 0.05
    found = editing.invert(gan, photos(wanted), prior_weight=weight, steps=300, verbose=False)
    square = A @ A.T / 4.0
    expected = np.linalg.solve(square + weight / 4.0 * np.eye(2), square @ wanted[0])
    np.testing.assert_allclose(found.latents[0], expected, atol=0.02)


def test_features_are_a_part_of_the_distance(gan):
    double = keras.Sequential([keras.Input((4,)), layers.Rescaling(2.0)])
    apart = editing.inversion.distance(double)
    made, real = np.ones((1, 4), np.float32), np.full((1, 4), 2.0, np.float32)
    assert apart(made, real).numpy() == pytest.approx([1.0 + 4.0 / 16.0])


def test_a_model_with_classes_finds_the_class():
    gan = linear(classes=True)
    wanted, labels = np.array([[0.5, -0.5], [0.1, 0.3]], np.float32), [1, 0]
    given = photos(wanted, OFFSETS[labels])
    found = editing.invert(gan, given, prior_weight=0.0, verbose=False)
    assert found.labels.tolist() == labels
    np.testing.assert_allclose(found.latents, wanted, atol=0.02)
    told = editing.invert(gan, given, [0, 0], verbose=False, steps=5)
    assert told.labels.tolist() == [0, 0]
    options = {"prior_weight": 0.0, "verbose": False}
    swapped = editing.transfer(gan, given[0], 0, **options)
    np.testing.assert_allclose(swapped, photos(wanted[:1]), atol=0.02)
    walk = editing.between(gan, *given, n=5, **options)
    np.testing.assert_allclose(walk[[0, -1]], given, atol=0.02)
    assert walk.shape == (5, 4)


def test_categories_stay_whole():
    parts = priors.Joined([priors.Normal(), priors.OneHot(2)], [1, 1 + 1])
    latents = keras.Input((3,))
    made = layers.Dense(4, use_bias=False, name="first")(latents)
    points = keras.Input((4,))
    judge = keras.Model(points, layers.Dense(1)(points))
    gan = keras_gan.VanillaGAN(keras.Model(latents, made), judge, prior=parts)
    kernel = np.concatenate([A, OFFSETS[1:]])
    gan.ema_generator.get_layer("first").set_weights([kernel])
    wanted = np.array([[0.7, 0.0, 1.0], [-0.4, 1.0, 0.0]], np.float32)
    found = editing.invert(gan, wanted @ kernel, prior_weight=0.0, verbose=False)
    np.testing.assert_allclose(found.latents, wanted, atol=0.02)
    np.testing.assert_array_equal(found.latents[:, 1:], wanted[:, 1:])


def test_directions_are_learnt_and_leave_the_others(gan):
    back = np.linalg.pinv(A)

    def first(images):
        return (images @ back)[:, 0] > 0

    def both(images):
        return (images @ back).sum(axis=1) > 0

    for method in ("linear", "means"):
        alone = editing.directions(gan, None, {"first": first}, method=method)["first"]
        np.testing.assert_allclose(alone.vector, [1.0, 0.0], atol=0.08)
        assert alone.found > 0.95
    found = editing.directions(gan, None, {"first": first, "both": both})
    for one, other in (("first", [1.0, 1.0]), ("both", [1.0, 0.0])):
        cosine = found[one].vector @ other / np.linalg.norm(other)
        assert abs(cosine) < 0.08
    tied = editing.directions(gan, None, {"first": first, "both": both}, orthogonal=False)
    np.testing.assert_allclose(tied["both"].vector, [0.5**0.5] * 2, atol=0.08)


def test_directions_of_photos_and_of_numbers(gan):
    latents = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    options = {"prior_weight": 0.0, "restarts": 1, "steps": 100, "verbose": False}
    values = {"second": latents[:, 1] * 3.0 + 5.0}
    found = editing.directions(gan, photos(latents), values, **options)["second"]
    np.testing.assert_allclose(found.vector, [0.0, 1.0], atol=0.06)
    assert found.found == pytest.approx(1.0, abs=0.01)


def test_directions_without_labels(gan):
    left, sizes, _ = np.linalg.svd(A)
    by_kernel, by_samples = editing.factors(gan, n=2), editing.components(gan, n=2)
    for k in range(2):
        found = by_kernel[f"factor-{k + 1}"]
        assert abs(found.vector @ left[:, k]) == pytest.approx(1.0, abs=0.05)
        assert found.found == pytest.approx(sizes[k] ** 2 / (sizes**2).sum(), rel=1e-3)
        assert by_samples[f"component-{k + 1}"].found == pytest.approx(found.found, abs=0.05)
    # E[x z] = A^T: of all directions back, the first component's is nearest to the first factor
    first = by_samples["component-1"].vector
    assert abs(first @ left[:, 0]) / np.linalg.norm(first) > 0.98


def test_strength_is_in_standard_deviations():
    gan = linear(prior=priors.Uniform(-2.0, 2.0))
    found = editing.directions(gan, None, {"first": lambda x: (x @ np.linalg.pinv(A))[:, 0]})
    unit = found["first"].vector
    assert np.linalg.norm(unit) == pytest.approx(4.0 / 12**0.5, rel=0.03)
    latents = np.array([[0.0, 0.5]], np.float32)
    inversion = editing.Inversion(latents, None, photos(latents), np.zeros(1), {})
    edited = editing.edit(gan, inversion, found["first"], strength=0.5)
    np.testing.assert_allclose(edited, photos(latents + 0.5 * unit), atol=1e-5)
    other = editing.Direction("second", np.array([0.0, 1.0], np.float32))
    both = editing.edit(gan, inversion, [found["first"], other], [0.5, -1.0])
    np.testing.assert_allclose(both, photos(latents + 0.5 * unit - other.vector), atol=1e-5)
    with pytest.warns(UserWarning, match=r"1 of 1 edited latents .* Take a smaller strength"):
        far = editing.edit(gan, inversion, found["first"], strength=9.0)
    np.testing.assert_allclose(far, photos([[2.0, 0.5]]), atol=0.05)  # where the prior ends


def test_a_strength_that_leaves_a_normal_prior_is_told(gan):
    latents = np.array([[0.1, 0.2]], np.float32)
    inversion = editing.Inversion(latents, None, photos(latents), np.zeros(1), {})
    direction = editing.Direction("first", np.array([1.0, 0.0], np.float32))
    editing.edit(gan, inversion, direction, 2.0)
    with pytest.warns(UserWarning, match="where the prior draws none"):
        editing.edit(gan, inversion, direction, -12.0)


def test_an_encoder_is_taken_where_there_is_one():
    gan = keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=4, width=2, seed=0)
    given = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    found = editing.invert(gan, given)
    np.testing.assert_allclose(found.latents, gan.encode(given), rtol=1e-5)
    np.testing.assert_allclose(found.distances, found.beside["encoder"], rtol=1e-5)
    better = editing.invert(gan, given, method="hybrid", steps=15, prior_weight=0.0, verbose=False)
    assert (better.distances < found.distances).all()
    alone = editing.invert(gan, given, method="search", steps=1, restarts=1, verbose=False)
    assert alone.beside.keys() == {"nearest sample", "encoder"}
    drawn = gan.latents(keras_gan.core.noise.seed_rows(256, 0, None)).numpy()
    moved = np.abs(alone.latents[:, None] - drawn).max(axis=2).min(axis=1)
    assert (moved < 0.06).all()  # a step of 0.05 from one of the draws


def test_directions_are_kept_in_a_file(gan, tmp_path):
    path = tmp_path / directions.NAME
    found = editing.factors(gan, n=2)
    editing.save(found, path)
    again = editing.load(path)
    assert again.keys() == found.keys()
    for name, one in found.items():
        np.testing.assert_array_equal(again[name].vector, one.vector)
        assert again[name].found == one.found
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(ValueError, match="no directions that"):
        editing.load(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda gan, x: editing.invert(gan, x[:, :3]), "shape"),
        (lambda gan, x: editing.invert(gan, x, [0, 1]), "unconditional"),
        (lambda gan, x: editing.invert(gan, x, method="encoder"), "has no encoder"),
        (
            lambda gan, x: editing.invert(gan, x, method="guess"),
            "no such method. .* Expected one of encoder",
        ),
        (lambda gan, x: editing.invert(gan, x, steps=0), "whole steps >= 1. Received: steps=0"),
        (lambda gan, x: editing.invert(gan, x, learning_rate=0), "learning_rate > 0"),
        (lambda gan, x: editing.transfer(gan, x, 1), "knows no classes"),
        (lambda gan, x: editing.between(gan, x[0], x[1], n=1), "at least 2"),
        (lambda gan, x: editing.factors(gan, n=3), "Expected 1 to 2 directions"),
        (lambda gan, x: editing.directions(gan, None, {}, method="guess"), "one of linear, means"),
        (
            lambda gan, x: editing.directions(gan, None, {"flat": lambda x: x[:, 0] > 99}),
            "'flat' is the same in all pictures. Received: 0",
        ),
        (
            lambda gan, x: editing.directions(gan, None, {"few": [0, 1, 0]}),
            "'few' needs a finite value for each of 2000 pictures. Received: .* \\(3,\\)",
        ),
        (
            lambda gan, x: editing.edit(
                gan,
                editing.Inversion(x[:, :2], None, x, x[:, 0], {}),
                editing.Direction("old", np.ones(5, np.float32)),
            ),
            "'old' is of other latents. Received: .* \\(5,\\). Expected \\(2,\\)",
        ),
    ],
)
def test_what_cannot_be_edited_is_refused(gan, call, message):
    with pytest.raises(ValueError, match=message):
        call(gan, photos([[0.1, 0.2], [0.3, 0.4]]))


def test_models_without_latents_are_refused():
    gan = keras_gan.Pix2Pix(image_shape=(8, 8, 1), width=2)
    with pytest.raises(ValueError, match="Pix2Pix, which makes samples of pictures"):
        editing.invert(gan, np.zeros((1, 8, 8, 1), np.float32))
