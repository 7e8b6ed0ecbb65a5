"""What a generator comes near to: distances by hand, features without further passes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from conftest import build, changed, state

import keras_gan
from keras_gan import features, reconstruction

RNG = np.random.default_rng(0)


def test_distances_by_hand():
    real, fake = np.array([[1.0, -1.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert float(reconstruction.l1(real, fake)) == pytest.approx(5 / 4)
    assert float(reconstruction.l2(real, fake)) == pytest.approx(9 / 4)
    # means (2, -0.5) and (0.5, 0.5); a second layer of other batch sizes
    other = (np.ones((2, 1, 1, 1)), np.zeros((3, 1, 1, 1)))
    matched = features.feature_matching([real, other[0]], [fake, other[1]])
    assert float(matched) == pytest.approx((1.5**2 + 1.0**2) / 2 + 1.0)
    # 9 of 11 in the first layer; in the second all of what is there
    apart = features.perceptual_distance([real, other[0]], [fake, other[1][:2]])
    assert float(apart) == pytest.approx((9 / 11 + 1.0) / 2)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("jit", [False, True])
def test_distances_and_their_gradients_by_numpy(dtype, jit):
    """Of maps, in a graph, of what half precision holds exactly."""
    real, fake = RNG.integers(-4, 5, (2, 6, 3, 2, 5)) / 2.0
    gap, between = fake - real, fake.mean(axis=0) - real.mean(axis=0)
    expected = {
        reconstruction.l1: (np.abs(gap).mean(), np.sign(gap) / gap.size),
        reconstruction.l2: ((gap**2).mean(), 2 * gap / gap.size),
        features.feature_matching: (
            2 * (between**2).mean(),
            np.broadcast_to(4 * between / gap.size, gap.shape),
        ),
    }

    @tf.function(jit_compile=jit)
    def both(term, real, fake):
        many = term is features.feature_matching
        with tf.GradientTape() as tape:
            tape.watch(fake)
            value = term([real, real], [fake, fake]) if many else term(real, fake)
        return value, tape.gradient(value, fake)

    for term, (value, gradient) in expected.items():
        found = both(term, *(tf.constant(x, dtype) for x in (real, fake)))
        assert (found[0].dtype, found[0].shape) == ("float32", ())
        assert float(found[0]) == pytest.approx(value, rel=1e-5)
        np.testing.assert_allclose(tf.cast(found[1], "float32"), gradient, rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize("kind", ["functional", "sequential", "two inputs"])
def test_features_of_the_same_pass(kind):
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "relu", name="a")])
    network.add(keras.layers.Dense(1, name="b"))
    x = RNG.normal(size=(5, 3)).astype("float32")
    if kind == "functional":
        network = keras.Model(network.inputs[0], network.outputs[0])
    if kind == "two inputs":
        labels = keras.Input((), dtype="int32")
        scores = keras.layers.Add()([network.outputs[0], keras.layers.Embedding(3, 1)(labels)])
        network, x = keras.Model([network.inputs[0], labels], scores), [x, np.arange(5) % 3]
    output, (seen,) = features.with_features(network, ["a"])(x, training=False)
    np.testing.assert_allclose(output, network(x), rtol=1e-6)
    points = x[0] if kind == "two inputs" else x
    layer = network.get_layer("a")
    np.testing.assert_allclose(seen, layer(points), rtol=1e-6)
    _, (default,) = features.with_features(network)(x, training=False)
    np.testing.assert_allclose(default, seen)


def test_layers_that_are_not_there():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="a")])
    with pytest.raises(ValueError, match=r"\['b'\]. Expected some of a"):
        features.with_features(network, ["b"])
    with pytest.raises(ValueError, match="no layer with a kernel"):
        features.with_features(keras.Sequential([keras.Input((3,)), keras.layers.ReLU()]))


def test_maps_of_a_network():
    """The last one of each size that weights make, the four smallest, or those that are named."""
    x = images = keras.Input((32, 32, 1))
    names = {}
    for k in range(5):
        x = keras.layers.Conv2D(2, 1, 2 if k else 1, name=f"conv_{k}")(x)
        x = keras.layers.ReLU(name=f"relu_{k}")(x)
        names[f"relu_{k}"] = (32 // 2**k, 32 // 2**k)
    network = keras.Model(images, keras.layers.Dense(2)(keras.layers.Flatten()(x)))

    def sides(*given):
        return [x.shape[1:3] for x in features.map_outputs(*given).outputs]

    assert sides(network) == list(names.values())[1:]
    assert sides(network, ["conv_4", "relu_0"]) == [(32, 32), (2, 2)]
    assert sides(network, list(names)) == list(names.values()), "as many as are named"
    chosen = features.map_outputs(network, ["conv_4", "relu_0"])
    assert sides(chosen) == [(32, 32), (2, 2)]
    values = features.map_outputs(network)(np.ones((1, 32, 32, 1), "float32"))
    assert all(float(np.min(x)) >= 0.0 for x in values), "behind their activation"
    with pytest.raises(ValueError, match=r"which gives \[\(2,\)\]"):
        features.map_outputs(network, [network.layers[-1].name])


def test_the_generator_minimises_features_and_nothing_else(digits):
    """Where the chosen features are constant, the generator has no gradient, whatever the score."""
    x = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(x)
    blind = keras.layers.Dense(3, kernel_initializer="zeros", trainable=False, name="blind")(flat)
    judged = keras.layers.Dense(1)(keras.layers.Concatenate()([flat, blind]))
    for weight in (0.0, 1.0):
        gan = keras_gan.FeatureMatchingGAN(
            keras_gan.builders.mlp_generator((8, 8, 1), latent_dim=4, width=8),
            keras.Model(x, judged),
            feature_layers=["blind"],
            adversarial_weight=weight,
        )
        gan.compile(generator_optimizer="sgd", ema_decay=0.0)
        before = state(gan)
        gan.fit(digits[0][:16], batch_size=16, verbose=0)
        moved = {name for name in changed(before, state(gan)) if name.startswith("generator/")}
        assert bool(moved) == bool(weight)


def test_terms_by_hand():
    """Means of what either network sees, and the verdict, each with its weight."""
    perceptual = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="p")])
    perceptual.set_weights([np.array([[1.0], [-2.0]]), np.array([0.5])])
    gan = keras_gan.FeatureMatchingGAN(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
        perceptual=perceptual,
        perceptual_layers="p",
        perceptual_weight=3.0,
        adversarial_weight=0.5,
    )
    gan.compile()
    real, fake = np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    out = played(real, fake, features=([real], [fake]))
    terms = {name: float(term) for name, term in gan.generator_terms(out).items()}
    assert terms == {
        "feature_matching": pytest.approx((2.0**2 + 0.0**2) / 2),  # means (2, 0.5) and (0, 0.5)
        "perceptual": pytest.approx(3.0 * 2.0**2),  # means 1.5 and -0.5
        "g_loss": pytest.approx(0.5 * np.log(2)),
    }


def test_perceptual_network_is_frozen_used_and_saved(digits, tmp_path):
    perceptual = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, name="c"), keras.layers.ReLU(name="r")]
    )
    options = {"perceptual": perceptual, "perceptual_layers": ["c", "r"], "perceptual_weight": 2.0}
    gan = keras_gan.FeatureMatchingGAN(image_shape=(8, 8, 1), latent_dim=4, width=8, **options)
    gan.compile(updates="alternating")
    weights = [np.copy(w) for w in perceptual.get_weights()]
    history = gan.fit(digits[0][:64], batch_size=32, epochs=2, verbose=0).history
    assert history["perceptual"][0] > 0
    assert history["g_loss"] == pytest.approx(
        np.add(history["perceptual"], history["feature_matching"]), rel=1e-5
    )
    assert perceptual.trainable
    for before, after in zip(weights, gan.perceptual.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for before, after in zip(weights, loaded.perceptual.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    for g in (gan, loaded):
        g.fit(digits[0][:64], batch_size=32, epochs=3, initial_epoch=2, verbose=0)
    for a, b in zip(state(gan).values(), state(loaded).values(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_of_a_perceptual_network_that_is_not_there():
    with pytest.raises(ValueError, match=r"perceptual_layers=\['c'\] without one. Expected both"):
        keras_gan.FeatureMatchingGAN(image_shape=(8, 8, 1), perceptual_layers=["c"])


@pytest.mark.parametrize(
    ("perceptual", "message"),
    [
        ("vgg16", "The perceptual network must be a functional .*='vgg16' without known inputs"),
        (keras.Sequential([keras.layers.Dense(2)]), "=a Sequential without known inputs"),
        (
            keras_gan.builders.mlp_discriminator((32, 32, 3), 4),
            r"\(32, 32, 3\) taken, \(8, 8, 1\) made",
        ),
    ],
)
def test_a_perceptual_network_that_cannot_look(perceptual, message):
    with pytest.raises(ValueError, match=message):
        keras_gan.FeatureMatchingGAN(image_shape=(8, 8, 1), width=4, perceptual=perceptual)


def test_it_takes_no_further_pass():
    gan = build(keras_gan.FeatureMatchingGAN, run_eagerly=True)
    passes = []
    layer = next(x for x in gan.discriminator.layers if isinstance(x, keras.layers.Conv2D))
    call = layer.call
    layer.call = lambda *arguments: passes.append(1) or call(*arguments)
    gan.fit(np.zeros((4, 8, 8, 1), "float32") - 1, batch_size=4, verbose=0)
    assert len(passes) == 2
