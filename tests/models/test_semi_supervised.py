"""The classifier: its terms by hand, labels that are missing, and what it says of pictures."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import played

import keras_gan
from keras_gan.export.signatures import signatures
from keras_gan.metrics import KID, Pixels

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(12, 2)).astype("float32")
LABELS = np.array([0, -1, 2, -1, -1, 1, -1, -1, -1, -1, -1, -1])


def classifier(outputs=3):
    hidden = keras.layers.Dense(4, "tanh")
    return keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(outputs)])


def of_points(**rules):
    """A model of points in a plane, of which three classes are known."""
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    gan = keras_gan.SemiSupervisedGAN(generator, classifier(), num_classes=3, seed=0)
    gan.compile(run_eagerly=True, **rules)
    return gan


def of_digits(**options):
    sizes = {"image_shape": (8, 8, 1), "num_classes": 10, "latent_dim": 8, "width": 4}
    gan = keras_gan.SemiSupervisedGAN(**sizes | options, seed=3)
    gan.compile(run_eagerly=True)
    return gan


def log_shares(logits):
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_terms_by_hand():
    gan = of_points()
    logits = np.array([[2.0, 0.0, -1.0], [1.0, 4.0, 0.0], [0.0, 0.0, 3.0], [5.0, 1.0, 1.0]])
    real, fake = np.array([[1.0, 3.0], [3.0, 5.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    out = played(
        condition=tf.constant([0, -1, 1, -1]),
        scores=4,
        classes=(logits, logits),
        features=([real], [fake]),
    )
    terms = gan.discriminator_terms(out)
    missed = -log_shares(logits)[[0, 2], [0, 1]].mean()
    assert float(terms["supervised"]) == pytest.approx(2.0 * missed, rel=1e-5)
    assert float(terms["d_loss"]) == pytest.approx(2 * np.log(2))
    (matched,) = gan.generator_terms(out).values()
    assert float(matched) == pytest.approx((2.0**2 + 3.0**2) / 2)


def test_the_score_is_what_all_classes_have_in_common():
    gan = of_points()
    said = gan.criticize("discriminator", tf.constant(POINTS), None, training=True)
    logits = gan.discriminator(POINTS).numpy()
    expected = np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(said["scores"], expected, rtol=1e-5)
    np.testing.assert_allclose(said["features"][0], gan.discriminator.layers[0](POINTS), rtol=1e-5)


def test_only_labelled_images_count_for_the_accuracy():
    """The first of three batches has all labels, so that two have none."""
    gan = of_points(discriminator_optimizer=keras.optimizers.SGD(0.0))
    order = np.argsort(LABELS < 0, kind="stable")
    x, y = POINTS[order], LABELS[order]
    history = gan.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    found = gan.classify(x[:3]).argmax(axis=1) == y[:3]
    assert history["accuracy"][0] == pytest.approx(found.mean())
    shares = log_shares(gan.discriminator(x[:3]).numpy())
    missed = -2.0 * shares[np.arange(3), y[:3]].mean()
    assert history["supervised"][0] == pytest.approx(missed / 3, rel=1e-5), "a mean of batches"
    held_out = gan.evaluate(x[:3], y[:3], verbose=0, return_dict=True)
    assert held_out["accuracy"] == pytest.approx(found.mean())


def test_a_batch_without_labels():
    gan = of_points()
    before = gan.discriminator.get_weights()
    logs = gan.train_on_batch(POINTS, np.full(12, -1), return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    assert logs["supervised"] == logs["accuracy"] == 0.0
    assert any(map(np.not_equal, before[1], gan.discriminator.get_weights()[1]))


def test_labels_come_in_a_dataset_too():
    gan = of_points()
    batches = tf.data.Dataset.from_tensor_slices((POINTS, LABELS)).batch(6)
    assert np.isfinite(gan.fit(batches, verbose=0).history["supervised"]).all()
    wrong = tf.data.Dataset.from_tensor_slices((POINTS, LABELS - 1)).batch(6)
    with pytest.raises(ValueError, match="Received: label -2"):
        gan.fit(wrong, verbose=0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "needs class labels, -1 for samples that are unlabelled. Received: y=None"),
        (LABELS - 1, r"label -2. Expected integers in 0..2, -1 for an image without a label"),
        (LABELS + 1, "label 3. Expected integers in 0..2"),
        (np.full(12, -1), "labels that are all -1. Expected some of each class"),
    ],
)
def test_labels_that_teach_nothing(labels, message):
    gan = of_points()
    before = gan.get_weights()
    with pytest.raises(ValueError, match=message):
        gan.fit(POINTS, labels, verbose=0)
    assert all(map(np.array_equal, before, gan.get_weights()))


def test_what_is_said_of_pictures(digits):
    images = digits[0][:5]
    gan = of_digits()
    shares = gan.classify(images)
    assert shares.shape == (5, 10)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)
    logits = gan.ema_discriminator(images, training=False)
    np.testing.assert_allclose(np.log(shares), log_shares(logits.numpy()), atol=1e-5)
    found = signatures(gan)
    assert {"classify", "classify_png"} <= found.keys()
    given = [tf.constant(found["classify"].example(3)["images"])]
    assert found["classify"].call(*given)["probabilities"].shape == (3, 10)
    assert [spec.name for spec in found["from_seed"].specs] == ["seed", "truncation"]
    with pytest.raises(ValueError, match=r"\(8, 8, 2\). Expected \(8, 8, 1\)"):
        gan.classify(np.zeros((5, 8, 8, 2)))


def test_samples_are_of_no_class(digits, tmp_path):
    gan = of_digits()
    assert gan.sample(2, seed=0).shape == (2, 8, 8, 1)
    with pytest.raises(ValueError, match="takes no labels"):
        gan.sample(2, labels=3)
    figures = gan.measure([KID(Pixels())], digits[0][:40], np.full(40, -1))
    assert figures == gan.measure([KID(Pixels())], digits[0][:40])
    grid = keras_gan.callbacks.SampleGrid(tmp_path, n=4)
    gan.fit(digits[0][:8], digits[1][:8], batch_size=8, callbacks=[grid], verbose=0)
    assert (tmp_path / "epoch-0001.png").is_file()


def of_labels(x, units):
    labels = keras.Input((), dtype="int32")
    told = keras.layers.Embedding(3, 2)(labels)
    made = keras.layers.Dense(units)(keras.layers.Concatenate()([x, told]))
    return keras.Model([x, labels], made)


LATENTS, POINT = keras.Input((4,)), keras.Input((2,))
PLAIN = keras.Model(LATENTS, keras.layers.Dense(2)(LATENTS))


@pytest.mark.parametrize(
    ("networks", "classes", "message"),
    [
        ((PLAIN, classifier()), None, "whole num_classes >= 2. Received: num_classes=None"),
        ((PLAIN, classifier(4)), 3, r"a logit for each class. Received: .*\(4,\). Expected \(3,\)"),
        ((of_labels(LATENTS, 2), classifier()), 3, "Neither network is told labels"),
        ((PLAIN, of_labels(POINT, 3)), 3, "Neither network is told labels"),
    ],
)
def test_networks_that_do_not_fit(networks, classes, message):
    with pytest.raises(ValueError, match=message):
        keras_gan.SemiSupervisedGAN(*networks, num_classes=classes)
