"""Builders: every size, both precisions, initial weights, saving, the label, and clear errors."""

import keras
import numpy as np
import pytest

from keras_gan import builders

# Keras 3.15 and TF 2.21 turn every variable into an array this way under numpy 2.4.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ACTIVATIONS = (keras.layers.ReLU, keras.layers.LeakyReLU)
SQUARES = [(8, 8, 1), (28, 28, 1), (32, 32, 3), (48, 48, 3), (64, 64, 3), (128, 128, 3)]
SIZES = [*SQUARES, (50, 37, 3), (128, 8, 2)]

# One row a pair: generator, discriminator, whether they take labels, their further arguments.
PAIRS = {
    "mlp": (builders.mlp_generator, builders.mlp_discriminator, False, {}),
    "dcgan": (builders.dcgan_generator, builders.dcgan_discriminator, False, {}),
    "dcgan-norm": (
        builders.dcgan_generator,
        builders.dcgan_discriminator,
        False,
        {"batch_norm": True, "dropout": 0.3},
    ),
    "cgan": (builders.cgan_generator, builders.cgan_discriminator, True, {}),
    "cgan-concat": (
        builders.cgan_generator,
        builders.cgan_discriminator,
        True,
        {"conditioning": "concat"},
    ),
    "conv": (builders.conv_generator, builders.conv_discriminator, False, {"batch_norm": True}),
    "resnet": (builders.resnet_generator, builders.resnet_discriminator, False, {}),
    "resnet-labels": (builders.resnet_generator, builders.resnet_discriminator, True, {}),
    "r3gan": (builders.r3gan_generator, builders.r3gan_discriminator, False, {}),
    "r3gan-labels": (builders.r3gan_generator, builders.r3gan_discriminator, True, {}),
}


def build(pair, image_shape, width=4, latent_dim=6, num_classes=5):
    """Both networks of a pair, in a small width."""
    generator, discriminator, conditional, extra = PAIRS[pair]
    classes = {"num_classes": num_classes} if conditional else {}
    return (
        generator(image_shape, latent_dim=latent_dim, width=width, **classes),
        discriminator(image_shape, width=width, **classes, **extra),
    )


def inputs(pair, x, num_classes=5):
    """`x`, with a label for each row where the pair takes labels."""
    labels = np.arange(len(x), dtype="int32") % num_classes
    return [x, labels] if PAIRS[pair][2] else x


def latents(n=3, dim=6):
    return np.random.default_rng(0).normal(size=(n, dim)).astype("float32")


def run(pair, generator, discriminator, n=3):
    images = generator(inputs(pair, latents(n)), training=True)
    logits = discriminator(inputs(pair, keras.ops.convert_to_numpy(images)), training=True)
    return keras.ops.convert_to_numpy(images), keras.ops.convert_to_numpy(logits)


@pytest.fixture
def policy(request):
    keras.mixed_precision.set_global_policy(request.param)
    yield request.param
    keras.mixed_precision.set_global_policy("float32")


@pytest.mark.parametrize("image_shape", SIZES, ids=str)
@pytest.mark.parametrize("pair", PAIRS)
def test_sizes(pair, image_shape):
    generator, discriminator = build(pair, image_shape)
    images, logits = run(pair, generator, discriminator)
    assert generator.output_shape == (None, *image_shape)
    assert discriminator.output_shape == (None, 1)
    assert images.shape == (3, *image_shape)
    assert logits.shape == (3, 1)
    assert np.abs(images).max() <= 1
    assert np.isfinite(logits).all()
    names = ["latents", "labels"] if PAIRS[pair][2] else ["latents"]
    assert [x.name for x in generator.inputs] == names
    assert [x.name for x in discriminator.inputs] == ["images", *names[1:]]


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 20, 3)], ids=str)
@pytest.mark.parametrize("build", [builders.cgan_generator, builders.r3gan_generator])
def test_at_first_the_latents_shape_the_pictures_and_not_the_labels(build, image_shape):
    keras.utils.set_random_seed(0)
    generator = build(image_shape, num_classes=10, latent_dim=100, width=4)
    z = np.random.default_rng(0).normal(size=(2, 64, 100)).astype("float32")
    c = np.random.default_rng(1).integers(5, size=64)
    images, of_other_latents, of_other_classes = (
        keras.ops.convert_to_numpy(generator(given, training=False))
        for given in ([z[0], c], [z[1], c], [z[0], c + 5])
    )
    by_latents = np.mean((of_other_latents - images) ** 2)
    assert by_latents > 10 * np.mean((of_other_classes - images) ** 2) > 0


@pytest.mark.parametrize("side", range(8, 129))
def test_every_side_has_a_plan_that_crops_little(side):
    strides = builders.dcgan.stride_plan((side, 64, 1))
    steps = sum(vertical == 2 for vertical, _ in strides)
    base = -(-side // 2**steps)
    assert 4 <= base <= 8
    assert 0 <= base * 2**steps - side < 2**steps


def test_small_pictures_still_get_two_layers():
    assert builders.dcgan.stride_plan((8, 8, 1)) == [(2, 2), (1, 1)]
    assert builders.dcgan.stride_plan((15, 8, 1)) == [(2, 2), (1, 1)]
    assert builders.dcgan.stride_plan((16, 8, 1)) == [(2, 2), (2, 1)]


def test_papers_feature_maps():
    generator = builders.dcgan_generator((64, 64, 3), width=2)
    maps = [x.output.shape[1:] for x in generator.layers if isinstance(x, ACTIVATIONS)]
    assert maps == [(4, 4, 16), (8, 8, 8), (16, 16, 4), (32, 32, 2)]
    discriminator = builders.dcgan_discriminator((64, 64, 3), width=2)
    maps = [x.output.shape[1:] for x in discriminator.layers if isinstance(x, ACTIVATIONS)]
    assert maps == [(32, 32, 2), (16, 16, 4), (8, 8, 8), (4, 4, 16)]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"], indirect=True)
@pytest.mark.parametrize("pair", PAIRS)
def test_mixed_precision_ends_in_float32(pair, policy):
    generator, discriminator = build(pair, (28, 28, 1))
    images, logits = run(pair, generator, discriminator)
    assert images.dtype == logits.dtype == np.float32
    hidden = [x.compute_dtype for x in generator.layers if isinstance(x, keras.layers.ReLU)]
    assert hidden == [policy.removeprefix("mixed_")] * len(hidden)
    assert all(v.dtype == "float32" for v in generator.trainable_variables)


@pytest.mark.parametrize("pair", PAIRS)
def test_saving(pair, tmp_path):
    for network in build(pair, (30, 21, 3)):
        dim = network.inputs[0].shape[1:]
        x = inputs(pair, np.random.default_rng(1).normal(size=(7, *dim)).astype("float32"))
        network.save(tmp_path / "network.keras")
        loaded = keras.saving.load_model(tmp_path / "network.keras")
        np.testing.assert_array_equal(*(each(x, training=False) for each in (loaded, network)))


@pytest.mark.parametrize("pair", ["dcgan-norm", "cgan", "cgan-concat"])
def test_initial_weights_follow_radford(pair):
    for network in build(pair, (32, 32, 3), width=32, latent_dim=100):
        seen = []
        for layer in network.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                gamma = keras.ops.convert_to_numpy(layer.gamma.value)
                assert abs(gamma.mean() - 1) < 0.02
                assert abs(gamma.std() - 0.02) < 0.01
                assert not np.any(layer.beta.value)
            elif hasattr(layer, "kernel"):
                kernel = keras.ops.convert_to_numpy(layer.kernel.value)
                assert abs(kernel.mean()) < 4 * 0.02 / kernel.size**0.5
                assert abs(kernel.std() - 0.02) < 4 * 0.02 / (2 * kernel.size) ** 0.5
                seen.append(kernel.ravel()[:5])
        assert len({tuple(kernel) for kernel in seen}) == len(seen)  # no two layers the same


def test_batch_norm_spares_the_discriminators_first_layer():
    generator, discriminator = build("dcgan-norm", (64, 64, 3))
    kinds = [type(x).__name__ for x in discriminator.layers]
    assert kinds.count("BatchNormalization") == 3
    assert kinds[1:3] == ["Conv2D", "LeakyReLU"]
    assert sum(isinstance(x, keras.layers.BatchNormalization) for x in generator.layers) == 4
    plain = builders.dcgan_discriminator((64, 64, 3), width=4)
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in plain.layers)


@pytest.mark.parametrize("pair", ["cgan", "cgan-concat", "r3gan-labels"])
def test_every_label_gives_another_output(pair):
    labels = np.arange(5, dtype="int32")
    generator, discriminator = build(pair, (16, 12, 1), width=16)
    same = np.repeat(latents(1), 5, axis=0)
    images = generator.predict([same, labels], verbose=0)
    gaps = np.abs(images[:, None] - images[None]).max(axis=(2, 3, 4))
    assert gaps[~np.eye(5, dtype=bool)].min() > 0
    same = np.repeat(images[:1], 5, axis=0)
    logits = discriminator.predict([same, labels], verbose=0)
    assert len(np.unique(logits)) == 5


def test_concat_fills_one_whole_channel_a_class():
    discriminator = builders.cgan_discriminator((9, 8, 1), 3, width=4, conditioning="concat")
    joined = next(x for x in discriminator.layers if isinstance(x, keras.layers.Concatenate))
    planes = keras.Model(discriminator.inputs, joined.output)
    labels = np.array([2, 0], "int32")
    got = planes.predict([np.full((2, 9, 8, 1), 0.5, "float32"), labels], verbose=0)
    expected = np.zeros((2, 9, 8, 4))
    expected[..., 0] = 0.5
    expected[0, :, :, 3] = 1
    expected[1, :, :, 1] = 1
    np.testing.assert_array_equal(got, expected)


def blocks(network):
    """The maps behind each sum."""
    return [x.output.shape[1:] for x in network.layers if isinstance(x, keras.layers.Add)]


def test_sngans_feature_maps():
    """Tables 3 and 4 of the paper's appendix, at a sixty-fourth of the width."""
    made, judged = (
        [blocks(build_at((side, side, 3))) for side in (28, 32, 48, 64)]
        for build_at in (
            lambda shape: builders.resnet_generator(shape, width=2 if shape[0] <= 32 else 1),
            lambda shape: builders.resnet_discriminator(shape, width=2 if shape[0] <= 32 else 1),
        )
    )
    assert made == [
        [(14, 14, 4), (28, 28, 4)],
        [(8, 8, 4), (16, 16, 4), (32, 32, 4)],
        [(12, 12, 4), (24, 24, 2), (48, 48, 1)],
        [(8, 8, 8), (16, 16, 4), (32, 32, 2), (64, 64, 1)],
    ]
    assert judged == [
        [(14, 14, 2), (7, 7, 2), (7, 7, 2), (7, 7, 2)],
        [(16, 16, 2), (8, 8, 2), (8, 8, 2), (8, 8, 2)],
        [(24, 24, 1), (12, 12, 2), (6, 6, 4), (3, 3, 8), (3, 3, 16)],
        [(32, 32, 1), (16, 16, 2), (8, 8, 4), (4, 4, 8), (2, 2, 16), (2, 2, 16)],
    ]


def test_sngan_has_the_papers_size():
    """The 32x32 networks have the paper's 256 and 128 channels throughout."""
    generator = builders.resnet_generator((32, 32, 3))
    discriminator = builders.resnet_discriminator((32, 32, 3))
    conv = lambda k, a, b: k * k * a * b + b  # noqa: E731
    block = 2 * conv(3, 256, 256) + conv(1, 256, 256) + 4 * 256
    expected = 128 * 4096 + 4096 + 3 * block + 512 + conv(3, 256, 3)
    assert sum(np.prod(w.shape) for w in generator.trainable_variables) == expected
    first = conv(3, 3, 128) + conv(3, 128, 128) + conv(1, 3, 128)
    expected = first + 6 * conv(3, 128, 128) + conv(1, 128, 128) + 129
    assert sum(np.prod(w.shape) for w in discriminator.trainable_variables) == expected
    kinds = {type(x).__name__ for x in discriminator.layers}
    assert not kinds & {"Conv2D", "Dense", "BatchNormalization"}  # all within SpectralNormalization


def test_sngan_learns_its_labels_through_the_norms():
    """All classes begin alike; gamma and beta of each class are its own."""
    generator, discriminator = build("resnet-labels", (8, 8, 1), width=8)
    labels = np.arange(5, dtype="int32")
    same = np.repeat(latents(1), 5, axis=0)
    images = generator.predict([same, labels], verbose=0)
    np.testing.assert_allclose(images, np.repeat(images[:1], 5, axis=0), atol=1e-6)
    assert len(np.unique(discriminator.predict([images, labels], verbose=0).round(4))) == 5
    norms = [x for x in generator.layers if type(x).__name__ == "ConditionalBatchNormalization"]
    assert len(norms) == 4
    beta = np.zeros(norms[0].beta.shape)
    beta[3] = 1
    norms[0].beta.assign(beta)
    changed = generator.predict([same, labels], verbose=0)
    others = [0, 1, 2, 4]
    np.testing.assert_allclose(changed[others], np.repeat(changed[:1], 4, axis=0), atol=1e-6)
    assert np.abs(changed[3] - changed[0]).max() > 1e-3


def test_r3gans_blocks_begin_as_the_identity():
    generator, discriminator = build("r3gan", (28, 28, 1), width=8)
    assert blocks(generator)[::2] == [(7, 7, 32), (14, 14, 16), (28, 28, 8)]
    assert blocks(discriminator)[::2] == [(28, 28, 8), (14, 14, 16), (7, 7, 32)]
    for network in (generator, discriminator):
        assert not any("norm" in type(x).__name__.lower() for x in network.layers)
        sums = [x for x in network.layers if isinstance(x, keras.layers.Add)]
        assert len(sums) == 6
        x = np.random.default_rng(0).normal(size=(2, *network.input.shape[1:])).astype("float32")
        into, behind = (keras.Model(network.input, y) for y in (sums[0].input[0], sums[0].output))
        np.testing.assert_array_equal(into(x), behind(x))
    grouped = next(x for x in discriminator.layers if type(x).__name__ == "GroupedConv2D")
    assert (grouped.groups, grouped.kernel.shape) == (1, (3, 3, 16, 16))
    gain = (2 / 1.04) ** 0.5 * 6**-0.25
    assert np.std(grouped.kernel.numpy()) == pytest.approx(gain / 144**0.5, rel=0.05)
    basis = next(x for x in discriminator.layers if isinstance(x, keras.layers.DepthwiseConv2D))
    assert basis.kernel.shape == (7, 7, 32, 1)  # each of its outputs reads 49 numbers
    assert np.std(basis.kernel.numpy()) == pytest.approx(1 / 7, rel=0.1)


def test_mlp_makes_points():
    generator = builders.mlp_generator((2,), latent_dim=3, width=16, output_activation="linear")
    points = generator.predict(100 * latents(50, 3), verbose=0)
    assert points.shape == (50, 2)
    assert np.abs(points).max() > 1
    discriminator = builders.mlp_discriminator((2,), width=16)
    assert discriminator.predict(points, verbose=0).shape == (50, 1)


DCGAN, CGAN = builders.dcgan_generator, builders.cgan_discriminator


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: DCGAN((28, 28)),
            r"Received: image_shape=\(28, 28\). Expected \(height, width, channels\).",
        ),
        (lambda: builders.dcgan_discriminator(28), r"Received: image_shape=28. Expected"),
        (lambda: DCGAN((28.0, 28, 1)), r"whole numbers. Received: image_shape=\(28.0, 28, 1\)"),
        (lambda: DCGAN((28, 28, None)), r"whole numbers. Received: image_shape=\(28, 28, None\)"),
        (lambda: DCGAN((7, 28, 1)), r"from 8 to 128 pixels. Received: image_shape=\(7, 28, 1\)"),
        (lambda: DCGAN((28, 129, 1)), r"from 8 to 128 pixels. Received: image_shape=\(28, 129, 1"),
        (lambda: DCGAN((28, 28, 0)), r"positive throughout. Received: image_shape=\(28, 28, 0\)"),
        (lambda: DCGAN((28, 28, 1), latent_dim=0), r"`latent_dim` .* Received: latent_dim=0."),
        (lambda: DCGAN((28, 28, 1), width=0), r"`width` .* at least 1. Received: width=0."),
        (lambda: DCGAN((28, 28, 1), width=0.5), r"`width` .* at least 1. Received: width=0.5."),
        (lambda: CGAN((28, 28, 1), 1), r"`num_classes` .* at least 2. Received: num_classes=1."),
        (lambda: CGAN((28, 28), 10), r"Received: image_shape=\(28, 28\). Expected"),
        (lambda: CGAN((28, 28, 1), 10, conditioning="film"), r"Received: conditioning='film'."),
        (lambda: builders.cgan_generator((28, 28, 1), 0), r"Received: num_classes=0."),
        (lambda: builders.mlp_generator((28, 28)), r"Expected \(height, width, channels\) or \(fe"),
        (lambda: builders.mlp_discriminator((0,)), r"positive throughout. Received: image_shape"),
    ],
)
def test_errors_name_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()
