"""StyleGAN2 is edited in its styles: w = B z (+ c of a class), x = A w, all known by hand."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_gan
from keras_gan import editing
from keras_gan.core import noise
from keras_gan.layers import Styles

A = np.array([[0.3, 0.1, -0.2, 0.05], [0.0, 0.4, 0.1, -0.1]], np.float32)
B = np.array([[2.0, 0.0], [1.0, 0.5]], np.float32)
OF_CLASS = np.array([[0.0, 0.0], [3.0, -1.0]], np.float32)


def build(classes=None):
    latents, labels = keras.Input((2,)), keras.Input((), dtype="int32")
    style = layers.Dense(2, use_bias=False, name="mapping")(latents)
    if classes:
        style = layers.Add()([style, layers.Embedding(2, 2, name="of_class")(labels)])
    # the styles of both layers, each of half the picture's weight
    styles = layers.Flatten()(Styles(2)(style))
    made = layers.Dense(4, use_bias=False, name="synthesis")(styles)
    generator = keras.Model([latents, labels] if classes else latents, made)
    points, told = keras.Input((4,)), keras.Input((), dtype="int32")
    seen = layers.Concatenate()([points, layers.Embedding(2, 2)(told)]) if classes else points
    judge = keras.Model([points, told] if classes else points, layers.Dense(1)(seen))
    gan = keras_gan.StyleGAN2(generator, judge, num_classes=classes, seed=0)
    network = gan.ema_generator
    network.get_layer("mapping").set_weights([B])
    network.get_layer("synthesis").set_weights([np.concatenate([A, A]) / 2])
    if classes:
        network.get_layer("of_class").set_weights([OF_CLASS])
    return gan


@pytest.fixture(scope="module")
def gan():
    return build()


def test_the_styles_are_measured(gan):
    prior = gan.near_prior()
    styles = gan.latents(noise.seed_rows(2000, 0, None)).numpy() @ B
    np.testing.assert_allclose(prior.mean, styles.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(prior.deviation, styles.std(axis=0), rtol=1e-4)
    assert prior.unit == pytest.approx(styles.std(axis=0).mean(), rel=1e-4)
    point = prior.mean + 2.0 * prior.deviation
    np.testing.assert_allclose(prior.energy(point[None]), [2.0], rtol=1e-5)


def test_a_search_finds_styles_and_edits_move_them(gan):
    wanted = np.array([[1.0, -0.4], [-2.0, 0.3]], np.float32)
    found = editing.invert(gan, wanted @ A, prior_weight=0.0, verbose=False)
    np.testing.assert_allclose(found.latents, wanted, atol=0.03)
    np.testing.assert_allclose(found.images, found.latents @ A, atol=1e-5)
    second = editing.Direction("second", np.array([0.0, 0.5], np.float32))
    edited = editing.edit(gan, found, second, 0.6)
    np.testing.assert_allclose(edited, (found.latents + np.array([0, 0.3])) @ A, atol=1e-5)
    walk = editing.between(gan, *(wanted @ A), n=3, prior_weight=0.0, verbose=False)
    np.testing.assert_allclose(walk[1], wanted.mean(axis=0) @ A, atol=0.02)  # a straight way


def test_directions_are_of_styles(gan):
    back = np.linalg.pinv(A)
    found = editing.directions(gan, None, {"first": lambda x: (x @ back)[:, 0]})["first"]
    deviation = (gan.latents(noise.seed_rows(2000, 0, None)).numpy() @ B)[:, 0].std()
    np.testing.assert_allclose(found.vector, [deviation, 0.0], atol=0.03)


def test_factors_are_those_of_the_layers_that_take_styles():
    gan = keras_gan.StyleGAN2(image_shape=(8, 8, 1), latent_dim=3, width=2, seed=0)
    kernels = [
        layer.affine.kernel.numpy()
        for layer in gan.ema_generator.layers
        if isinstance(layer, keras_gan.layers.ModulatedConv2D)
    ]
    left, sizes, _ = np.linalg.svd(np.concatenate(kernels, axis=1))
    found = editing.factors(gan, n=3)
    for k, one in enumerate(found.values()):
        assert abs(one.vector @ left[:, k]) == pytest.approx(np.linalg.norm(one.vector), rel=1e-4)
        assert one.found == pytest.approx(sizes[k] ** 2 / (sizes**2).sum(), rel=1e-4)


def test_a_class_is_changed_by_the_means_of_styles():
    gan = build(classes=2)
    wanted = np.array([[0.5, 0.2], [2.0, -1.5]], np.float32)
    options = {"labels": [0, 1], "prior_weight": 0.0, "verbose": False}
    swapped = editing.transfer(gan, wanted @ A, 1, **options)
    expected = wanted + np.stack([OF_CLASS[1] - OF_CLASS[0], [0.0, 0.0]])
    np.testing.assert_allclose(swapped, expected @ A, atol=0.03)
