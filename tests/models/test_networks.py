"""What holds for the networks of every class: those that it brings, and those of the user."""

import keras
import numpy as np
import pytest
from cases import CASES, each_model

import keras_gan
from keras_gan.testing import contract


@pytest.mark.parametrize("case", each_model())
def test_builders_follow_the_policy(case):
    """Their layers compute as those that the contract puts in half precision, or in float32."""
    expected = contract.with_policy(case.build(), "mixed_bfloat16")
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = case.build()
    for name in model.networks:
        network = getattr(model, name)
        assert {x.dtype for x in network.outputs} == {"float32"}
        found, trained = (
            [layer.compute_dtype for layer in layers_of(each)]
            for each in (network, getattr(expected, name))
        )
        assert "bfloat16" in found
        assert len(found) == len(trained)
        assert all(a in (b, "float32") for a, b in zip(found, trained, strict=True))


def layers_of(network):
    others = (keras.layers.InputLayer, keras.Model)
    layers = network._flatten_layers(include_self=False)
    return [layer for layer in layers if not isinstance(layer, others)]


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (12, 20, 3)])
@pytest.mark.parametrize("case", each_model())
def test_trains_on_other_shapes(case, image_shape):
    if case.data in ("table", "wave", "clips"):
        pytest.skip("no pictures")
    gan = case.build(image_shape)
    images = np.random.default_rng(0).integers(0, 256, (4, *image_shape), dtype=np.uint8)
    condition = {"digits": np.arange(4), "pairs": images, "alone": None}[case.data]
    gan.fit(images, condition, batch_size=4, verbose=0)
    condition = gan.conditions_of(images, condition)
    made = gan.samples_for(2, condition[:2] if gan.takes_condition else None)
    pair = case.cls is keras_gan.CoGAN  # side by side
    assert made.shape == (2, image_shape[0], (1 + pair) * image_shape[1], image_shape[2])


@pytest.mark.parametrize("case", [c for c in each_model() if c.values[0].cls.conditional is None])
def test_comes_with_labels_or_without(case, digits):
    images, labels = digits
    gan = case.cls(**{"image_shape": (8, 8, 1), "width": 4, "num_classes": 10})
    gan.compile(n_critic=1, run_eagerly=True)
    gan.fit(images[:16], labels[:16], batch_size=16, verbose=0)
    assert gan.takes_condition
    assert gan.sample(2, labels=[3, 4], seed=0).shape == (2, 8, 8, 1)
    networks = points(case.cls, conditional=True)
    assert case.cls(*networks, num_classes=3).takes_condition


# their own tests have them on points
OWN_INPUTS = ("AAE", "BiGAN", "FastGAN", "InfoGAN", "SemiSupervisedGAN")
OF_POINTS = [
    c
    for c in each_model(*(name for name in CASES if name not in OWN_INPUTS))
    if c.values[0].data == "digits"
]


@pytest.mark.parametrize("case", OF_POINTS)
def test_takes_networks_of_the_user(case):
    cls = case.cls
    generator = points(cls, cls.conditional)[0]
    more = {"num_classes": 3} if cls.conditional else {}
    more |= {name: points(cls, cls.conditional)[1] for name in cls.critics}
    if "encoder" in cls.networks:
        scale = keras.layers.Rescaling(1 / 30)
        more["encoder"] = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(8)])
    gan = cls(generator=generator, **more)
    gan.compile(run_eagerly=True)
    x = np.random.default_rng(0).normal(size=(40, 2)) * 30
    gan.fit(x.astype("float32"), np.arange(40) % 3, batch_size=16, verbose=0)
    assert gan.sample(7, seed=0).shape == (7, 2)
    place = cls is keras_gan.AdaGAN  # in its mixture, the last of the latents
    assert (gan.latent_dim, gan.image_shape) == (4 + place, (2,))


@pytest.mark.parametrize("case", [c for c in each_model() if "latent_dim" in c.values[0].options])
def test_latents_are_as_long_as_the_builder_has_them(case):
    more = {"num_classes": 3} if case.cls.conditional else {}
    lengths = {"SNGAN": 128, "R3GAN": 64, "GMMN": 10, "AAE": 8, "MGAN": 110, "AdaGAN": 101}
    lengths |= {"ProGAN": 512, "BigGAN": 60, "StyleGAN2": 512, "FastGAN": 256}
    shapes = {"wave": (16, 1), "clips": (2, 8, 8, 1)}
    gan = case.cls(image_shape=shapes.get(case.data, (8, 8, 1)), width=4, **more)
    assert gan.latent_dim == lengths.get(case.cls.__name__, 100)


def points(cls, conditional):
    """Networks for points in a plane."""
    latents, x = keras.Input((4,)), keras.Input((2,))
    labels = keras.Input((), dtype="int32")

    def given(t):
        told = keras.layers.Embedding(3, 2)(labels)
        return keras.layers.Concatenate()([t, told]) if conditional else t

    extra = [labels] if conditional else []
    made = keras.layers.Dense(2)(keras.layers.Dense(16, "relu")(given(latents)))
    generator = keras.Model([latents, *extra] if conditional else latents, made)
    if "mean" in getattr(cls, "critic_outputs", ()):
        hidden = keras.layers.Dense(16, "tanh")(x)
        mean, log_sigma = (keras.layers.Dense(2)(hidden) for _ in range(2))
        return generator, keras.Model(x, [keras.layers.Dense(1)(mean), mean, log_sigma])
    if len(getattr(cls, "critic_outputs", ())) > 1:
        hidden = keras.layers.Dense(16, "relu")(x)
        judged = [keras.layers.Dense(1)(hidden), keras.layers.Dense(3)(hidden)]
        return generator, keras.Model(x, judged)
    judged = keras.layers.Dense(1)(keras.layers.Dense(16, "relu")(given(x)))
    return generator, keras.Model([x, *extra] if conditional else x, judged)


@pytest.mark.parametrize("case", each_model("HingeGAN", "LSGAN", "WGAN"))
@pytest.mark.parametrize("num_classes", [None, 3])
def test_discriminators_have_the_batch_norm_of_their_papers(case, num_classes):
    gan = case.cls(image_shape=(8, 8, 1), num_classes=num_classes, width=4)
    layers = gan.discriminator.layers
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)
