"""What every public model promises, run through once for each: add a row to add a model."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import MODELS, build, changed, state

import keras_gan
from keras_gan.engine.outputs import log_name

# Some critics have BatchNorm, as in their papers; r1 is here for the sake of a penalty.
pytestmark = pytest.mark.filterwarnings("ignore:r1. with BatchNormalization")


@pytest.fixture(params=MODELS, ids=lambda cls: cls.__name__)
def cls(request):
    return request.param


def fit(gan, digits, **arguments):
    images, labels = digits
    options = {"batch_size": 32, "epochs": 1, "verbose": 0} | arguments
    return gan.fit(images[:96], labels[:96], **options)


def test_two_steps_move_both_networks_and_the_average(cls, digits):
    gan = build(cls)
    before = state(gan)
    images, labels = digits
    for _ in range(2):  # what is before a kernel of zeros waits until that has moved
        gan.fit(images[:32], labels[:32], batch_size=32, verbose=0)
    moved = changed(before, state(gan))
    trainable = [
        f"{name}/{v.path}"
        for name in (*cls.networks, "ema_generator")
        for v in getattr(gan, name.replace("ema_", "")).trainable_variables
    ]
    still = set(trainable) - moved
    waiting = ("bias", "embedding")  # for a gradient, or for a class that is in no batch
    assert not {name for name in still if not any(part in name for part in waiting)}
    assert gan.step.numpy() == 2


def test_comes_with_labels_or_without(cls, digits):
    if cls.conditional is not None:
        pytest.skip("one way only")
    images, labels = digits
    gan = build(cls, num_classes=10)
    gan.fit(images[:32], labels[:32], batch_size=16, verbose=0)
    assert gan.takes_condition
    assert gan.sample(2, labels=[3, 4], seed=0).shape == (2, 8, 8, 1)
    networks = points(cls, conditional=True)
    assert cls(*networks, num_classes=3).takes_condition


def test_history_names_every_term(cls, digits):
    gan = build(cls, penalties=["r1"])
    history = fit(gan, digits, validation_data=digits).history
    losses = [log_name(name, "loss") for name in gan.networks]
    names = {"loss", *losses, "d_real", "d_fake", "r1", *gan.extra_terms()}
    assert set(history) == names | {f"val_{name}" for name in names}
    assert history["loss"][0] == pytest.approx(sum(history[name][0] for name in losses), rel=1e-5)


def test_saves_loads_and_goes_on_identically(cls, digits, tmp_path):
    gan = build(cls, penalties=[keras_gan.penalties.R1(0.5, interval=2)])
    fit(gan, digits)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is cls
    for name in ("image_shape", "latent_dim", "num_classes", "seed", "name"):
        assert loaded.get_config()[name] == gan.get_config()[name]
    assert loaded.get_compile_config() == gan.get_compile_config()
    assert not changed(*(by_order(state(g)) for g in (gan, loaded)))
    for g in (gan, loaded):
        fit(g, digits, epochs=3, initial_epoch=1)
    assert not changed(*(by_order(state(g)) for g in (gan, loaded)))


def by_order(arrays):
    """Layer names count up over a process, so a loaded model's differ."""
    return dict(enumerate(arrays.values()))


def test_samples_and_predicts(cls, digits):
    gan = build(cls)
    fit(gan, digits)
    labels = np.arange(12) % 10 if cls.conditional else None
    images = gan.sample(12, labels=labels, seed=4)
    assert images.shape == (12, 8, 8, 1)
    assert images.dtype == np.float32
    assert np.abs(images).max() <= 1
    np.testing.assert_array_equal(images, gan.sample(12, labels=labels, seed=4))
    assert np.abs(images - gan.sample(12, labels=labels, seed=5)).max() > 1e-3
    latents = np.random.default_rng(0).normal(size=(5, 8)).astype("float32")
    inputs = (latents, labels[:5].astype("int32")) if cls.conditional else latents
    expected = gan.ema_generator(list(inputs) if cls.conditional else inputs, training=False)
    np.testing.assert_allclose(gan.predict(inputs, verbose=0), expected, atol=1e-6)


def test_exports_what_it_predicts(cls, digits, tmp_path):
    gan = build(cls)
    fit(gan, digits)
    gan.export(tmp_path / "exported")
    serve = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    for n in (1, 3, 64):
        latents = np.random.default_rng(n).normal(size=(n, 8)).astype("float32")
        labels = (np.arange(n) % 10).astype("int32")
        feed = {"latents": tf.constant(latents)}
        feed |= {"labels": tf.constant(labels)} if cls.conditional else {}
        images = serve(**feed)["images"].numpy()
        predicted = gan.predict((latents, labels) if cls.conditional else latents, verbose=0)
        np.testing.assert_allclose(images, (predicted + 1) / 2, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_trains_in_mixed_precision(cls, digits, policy):
    keras.config.set_dtype_policy(policy)
    gan = build(cls, penalties=["r1"])
    before = state(gan)
    history = fit(gan, digits, epochs=2).history
    assert np.isfinite([v for values in history.values() for v in values]).all()
    assert changed(before, state(gan))
    assert gan.sample(2, seed=0).dtype == np.float32
    scaled = isinstance(gan.generator_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (12, 20, 3)])
def test_trains_on_other_shapes(cls, image_shape):
    gan = build(cls, image_shape)
    images = np.random.default_rng(0).integers(0, 256, (6, *image_shape), dtype=np.uint8)
    gan.fit(images, np.arange(6), batch_size=4, verbose=0)
    assert gan.sample(2, seed=0).shape == (2, *image_shape)


def test_takes_networks_of_the_user(cls):
    generator, discriminator = points(cls, cls.conditional)
    more = {"num_classes": 3} if cls.conditional else {}
    if "encoder" in cls.networks:
        scale = keras.layers.Rescaling(1 / 30)
        more["encoder"] = keras.Sequential([keras.Input((2,)), scale, keras.layers.Dense(8)])
    gan = cls(generator=generator, discriminator=discriminator, **more)
    gan.compile()
    x = np.random.default_rng(0).normal(size=(40, 2)) * 30
    gan.fit(x.astype("float32"), np.arange(40) % 3, batch_size=16, verbose=0)
    assert gan.sample(7, seed=0).shape == (7, 2)
    assert (gan.latent_dim, gan.image_shape) == (4, (2,))


def test_latents_are_as_long_as_the_builder_has_them(cls):
    gan = cls(image_shape=(8, 8, 1), width=4, **({"num_classes": 3} if cls.conditional else {}))
    lengths = {keras_gan.SNGAN: 128, keras_gan.R3GAN: 64}
    assert gan.latent_dim == lengths.get(cls, 100)


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
    if cls.classifies:
        hidden = keras.layers.Dense(16, "relu")(x)
        judged = [keras.layers.Dense(1)(hidden), keras.layers.Dense(3)(hidden)]
        return generator, keras.Model(x, judged)
    judged = keras.layers.Dense(1)(keras.layers.Dense(16, "relu")(given(x)))
    return generator, keras.Model([x, *extra] if conditional else x, judged)


@pytest.mark.parametrize("name", ["HingeGAN", "LSGAN", "WGAN"])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_discriminators_have_the_batch_norm_of_their_papers(name, num_classes):
    gan = getattr(keras_gan, name)(image_shape=(8, 8, 1), num_classes=num_classes, width=4)
    layers = gan.discriminator.layers
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)


def test_every_public_class_is_in_the_table():
    public = {getattr(keras_gan, name) for name in keras_gan.__all__}
    gans = {c for c in public if isinstance(c, type) and issubclass(c, keras_gan.GAN)}
    of_pictures = {keras_gan.Pix2Pix}  # test_pix2pix.py
    assert gans - {keras_gan.GAN} == set(MODELS) | of_pictures
