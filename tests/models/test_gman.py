"""Several discriminators: what each is shown, how the generator weighs them, what moves lambda."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played
from keras import layers

import keras_gan

LOGITS = [0.5, -1.0, 2.0]  # of each discriminator, whatever it is shown


def softplus(x):
    return np.log1p(np.exp(x))


def flat(made, outputs, **options):
    return keras.Sequential([keras.Input((made,)), layers.Dense(outputs, **options)])


def undecided(**options):
    """Three discriminators that give the same logit for all samples."""
    critics = [
        flat(2, 1, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(b))
        for b in LOGITS
    ]
    return keras_gan.GMAN(flat(4, 2), *critics, num_discriminators=3, seed=0, **options)


def sgd(gan, rate=0.0, **rules):
    rates = {f"{name}_optimizer": keras.optimizers.SGD(0.0) for name in gan.networks}
    rates["generator_optimizer"] = keras.optimizers.SGD(rate)
    gan.compile(**rates, run_eagerly=True, **rules)
    return gan


def weighed(sharpness):
    each = softplus(-np.array(LOGITS))
    weights = np.exp(sharpness * each) / np.exp(sharpness * each).sum()
    return weights, each


@pytest.mark.parametrize("sharpness", [0, 1.0, 5.0, "trained"])
def test_harder_discriminators_count_more(sharpness):
    gan = sgd(undecided(lambda_=sharpness))
    logits = [({"scores": tf.zeros((2, 1))}, {"scores": tf.fill((2, 1), b)}) for b in LOGITS]
    out = played()._replace(critics=dict(zip(gan.critics, logits, strict=True)))
    value = softplus(-2.0) if sharpness == "trained" else sharpness
    weights, each = weighed(value)
    terms = gan.generator_terms(out)
    assert float(terms["g_loss"]) == pytest.approx((weights * each).sum(), rel=1e-5)
    if sharpness == "trained":
        assert float(terms["lambda_reward"]) == pytest.approx(-0.001 * value, rel=1e-5)
    else:
        assert terms.keys() == {"g_loss"}


def test_lambda_is_moved_by_the_generators_optimizer(tmp_path):
    """d/dl of sum w L - 0.001 lambda is (the variance of L under w - 0.001) sigmoid(l)."""
    gan = sgd(undecided(lambda_="trained"), rate=10.0)
    history = gan.fit(np.zeros((6, 2)), batch_size=6, verbose=0).history
    weights, each = weighed(softplus(-2.0))
    variance = (weights * each**2).sum() - (weights * each).sum() ** 2
    moved = -2.0 - 10.0 * (variance - 0.001) / (1 + np.exp(2.0))
    assert history["lambda"] == [pytest.approx(softplus(moved), rel=1e-4)]
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.lambda_ == "trained"
    assert loaded.num_discriminators == 3
    assert float(loaded.sharpness()) == pytest.approx(softplus(moved), rel=1e-4)


def test_each_discriminator_has_images_of_its_own():
    gan = sgd(undecided())
    real = np.arange(14.0, dtype="float32").reshape(7, 2)
    out = gan.forward(gan._batches(tf.constant(real))[0], training=False)
    shown = gan.views(out)
    assert list(shown) == ["discriminator_1", "discriminator_2", "discriminator_3"]
    assert [len(r) for r, _ in shown.values()] == [2, 2, 3]
    np.testing.assert_array_equal(np.concatenate([r for r, _ in shown.values()]), real)
    np.testing.assert_array_equal(np.concatenate([f for _, f in shown.values()]), out.fake)


def test_each_is_told_the_condition_of_its_own_images():
    z, told, x = keras.Input((4,)), keras.Input((1,)), keras.Input((1,))
    join = layers.Concatenate()
    generator = keras.Model([z, told], layers.Dense(1)(join([z, told])))
    difference = layers.Subtract()([x, told])  # 0 where the condition is the sample's own
    critics = [keras.Model([x, told], layers.Dense(1)(difference)) for _ in range(2)]
    gan = sgd(keras_gan.GMAN(generator, *critics, num_discriminators=2, seed=0))
    rows = np.arange(5.0, dtype="float32")[:, None]
    out = gan.forward(gan._batches((tf.constant(rows), tf.constant(rows)))[0], training=False)
    out = gan.examine(out._replace(views=gan.views(out)))
    for real, _ in out.critics.values():
        assert not np.any(real["scores"])


def test_small_batches_are_left_out_and_the_augmentation_follows_all():
    gan = sgd(undecided())
    points = np.zeros((8, 2))
    with pytest.warns(UserWarning, match=r"GMAN needs 3 images.* Received: a batch size of 2"):
        gan.fit(points, batch_size=6, verbose=0)
    assert gan.discriminator_3_optimizer.iterations.numpy() == 1
    with pytest.raises(ValueError, match=r"GMAN needs 3 images on each replica. Received: .* of 2"):
        gan.train_on_batch(points[:2])
    ada = keras_gan.augment.ADA(target=-0.9, ramp=10, window=1)
    gan = keras_gan.GMAN(image_shape=(8, 8, 1), latent_dim=4, width=4, num_discriminators=2, seed=0)
    gan.compile(augment=ada, run_eagerly=True)
    for name, bias in zip(gan.critics, (1e3, -1e3), strict=True):
        getattr(gan, name).layers[-1].bias.assign([bias])
    gan.fit(np.zeros((4, 8, 8, 1), "float32") - 0.5, batch_size=4, verbose=0)
    assert float(ada.p) == pytest.approx(0.4), "the mean sign, 0, is above the target"


def test_what_its_networks_are():
    gan = keras_gan.GMAN(image_shape=(8, 8, 1), latent_dim=4, width=4, num_discriminators=2)
    rates = [
        next(layer.rate for layer in getattr(gan, name).layers if isinstance(layer, layers.Dropout))
        for name in gan.critics
    ]
    assert rates == pytest.approx([0.5, 0.4])
    for call, error, message in (
        (lambda: undecided(discriminator=flat(2, 1)), TypeError, "Received: discriminator=. Exp"),
        (lambda: keras_gan.GMAN((8, 8, 1), num_discriminators=0), ValueError, "at least 1. Rec"),
        (lambda: keras_gan.GMAN((8, 8, 1), lambda_=-1.0), ValueError, "or 'trained'. Received"),
        (
            lambda: keras_gan.GMAN(flat(4, 2), flat(2, 1), flat(2, 1), num_discriminators=1),
            TypeError,
            "has 1 discriminators. Received: 2. Expected discriminator_1=",
        ),
        (
            lambda: keras_gan.GMAN(flat(4, 2), flat(2, 1), flat(3, 1), num_discriminators=2),
            ValueError,
            r"The discriminator_2 cannot take .*\(3,\) taken",
        ),
        (lambda: gan.compile(discriminator_optimizer="adam"), TypeError, "and discriminator_2_o"),
    ):
        with pytest.raises(error, match=message):
            call()
