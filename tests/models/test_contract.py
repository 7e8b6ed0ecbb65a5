"""What every public model promises, run through once for each: a row in cases.py adds a model."""

import unittest

import keras
import numpy as np
import pytest
from cases import CASES
from conftest import changed

import keras_gan
from keras_gan.testing import contract, replicas

# Some critics have BatchNorm, as in their papers; r1 is here for the sake of a penalty.
pytestmark = pytest.mark.filterwarnings("ignore:r1. with BatchNormalization")


def each_model(*names):
    """The rows of the table, or these."""
    return [
        pytest.param(case, id=name) for name, case in CASES.items() if not names or name in names
    ]


def test_every_public_model_is_in_the_table():
    assert set(CASES) == set(keras_gan.models.__all__)
    assert all(name == case.cls.__name__ for name, case in CASES.items())


# -- keras_gan.testing, check by check -------------------------------------------------------------


@pytest.fixture(scope="module")
def checks_of(digits):
    """The checks of a model, which share what has been trained."""
    made = {}

    def find(case):
        if case.cls not in made:
            made.clear()  # one model at a time
            made[case.cls] = dict(keras_gan.testing.checks(case.build(), case.arrays(digits, 96)))
        return made[case.cls]

    return find


@pytest.mark.parametrize("check", [name for name in contract.CHECKS if name != "two_replicas"])
@pytest.mark.parametrize("case", each_model())
def test_keeps_the_promises(checks_of, case, check):
    reason = case.known_failures.get(check)
    try:
        checks_of(case)[check]()
    except AssertionError:
        if reason is None:
            raise
        pytest.xfail(reason)
    except unittest.SkipTest as skipped:
        pytest.skip(str(skipped))


@pytest.fixture(scope="module")
def on_two_replicas(request, digits):
    """All models that are asked for, in one process."""
    test = "test_trains_on_two_replicas"
    asked = [x.callspec.params["name"] for x in request.session.items if x.originalname == test]
    cases = [CASES[name] for name in asked]
    games = [(case.build(run_eagerly=True), *case.arrays(digits, 32)) for case in cases]
    return dict(zip(asked, replicas.on_two_replicas(games), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_trains_on_two_replicas(on_two_replicas, name):
    replicas.check(on_two_replicas[name])


# -- with the builders' networks -------------------------------------------------------------------


@pytest.mark.parametrize("case", each_model())
def test_a_penalty_is_a_term_and_is_saved(case, digits, tmp_path):
    if not case.cls.critics:
        pytest.skip("a penalty of critics")
    r1 = keras_gan.penalties.R1(0.5, interval=2)
    gan = case.build(penalties=[r1], run_eagerly=True)
    arrays = case.arrays(digits, 32)
    history = gan.fit(*arrays, batch_size=16, verbose=0).history
    assert set(gan._penalty_names()) < set(history)
    assert all("r1" in name for name in gan._penalty_names())
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for name in ("image_shape", "latent_dim", "num_classes", "seed", "name"):
        assert loaded.get_config()[name] == gan.get_config()[name]
    for g in (gan, loaded):
        g.run_eagerly = True
        g.fit(*arrays, batch_size=16, epochs=2, initial_epoch=1, verbose=0)
    a, b = contract.state(gan), contract.state(loaded)
    assert not changed(a, b)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("case", each_model())
def test_trains_in_mixed_precision(case, digits, policy):
    """As the builders make networks under a policy; `keras_gan.testing` changes made ones."""
    keras.config.set_dtype_policy(policy)
    gan = case.build(penalties=["r1"] if case.cls.critics else [], run_eagerly=True)
    before = contract.state(gan)
    x, y = case.arrays(digits, 32)
    history = gan.fit(x, y, batch_size=16, verbose=0).history
    assert np.isfinite([v for values in history.values() for v in values]).all()
    assert changed(before, contract.state(gan))
    condition = gan.conditions_of(x, y)[:2] if gan.takes_condition else None
    assert gan.samples_for(2, condition).dtype == np.float32
    for name in gan.networks:
        optimizer = getattr(gan, f"{name}_optimizer")
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        assert scaled == (policy == "mixed_float16")


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (12, 20, 3)])
@pytest.mark.parametrize("case", each_model())
def test_trains_on_other_shapes(case, image_shape):
    gan = case.build(image_shape, run_eagerly=True)
    images = np.random.default_rng(0).integers(0, 256, (4, *image_shape), dtype=np.uint8)
    condition = {"digits": np.arange(4), "pairs": images, "alone": None}[case.data]
    gan.fit(images, condition, batch_size=4, verbose=0)
    condition = gan.conditions_of(images, condition)
    made = gan.samples_for(2, condition[:2] if gan.takes_condition else None)
    assert made.shape == (2, *image_shape)


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


OF_POINTS = [
    c for c in each_model() if c.values[0].data == "digits" and c.values[0].cls.__name__ != "BiGAN"
]


@pytest.mark.parametrize("case", OF_POINTS)
def test_takes_networks_of_the_user(case):
    cls = case.cls
    generator, discriminator = points(cls, cls.conditional)
    more = {"num_classes": 3} if cls.conditional else {}
    if "discriminator" in cls.networks:
        more["discriminator"] = discriminator
    if "encoder" in cls.networks:
        scale = keras.layers.Rescaling(1 / 30)
        more["encoder"] = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(8)])
    gan = cls(generator=generator, **more)
    gan.compile(run_eagerly=True)
    x = np.random.default_rng(0).normal(size=(40, 2)) * 30
    gan.fit(x.astype("float32"), np.arange(40) % 3, batch_size=16, verbose=0)
    assert gan.sample(7, seed=0).shape == (7, 2)
    assert (gan.latent_dim, gan.image_shape) == (4, (2,))


@pytest.mark.parametrize("case", [c for c in each_model() if "latent_dim" in c.values[0].options])
def test_latents_are_as_long_as_the_builder_has_them(case):
    more = {"num_classes": 3} if case.cls.conditional else {}
    lengths = {keras_gan.SNGAN: 128, keras_gan.R3GAN: 64, keras_gan.GMMN: 10}
    gan = case.cls(image_shape=(8, 8, 1), width=4, **more)
    assert gan.latent_dim == lengths.get(case.cls, 100)


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
    if "classes" in getattr(cls, "critic_outputs", ()):
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
