"""Tables with gaps: the terms by hand, the range that is kept, and what is put into the gaps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan.core import noise
from keras_gan.engine.outputs import Batch

NAN = np.nan
TABLE = np.array([[0.0, 10.0], [4.0, NAN], [NAN, 30.0], [2.0, 20.0]], "float32")


def constant(value):
    """A network of pairs that gives one value for each feature, whatever it sees."""
    pairs = keras.Input((2, 2))
    x = keras.layers.Dense(2, kernel_initializer="zeros")(keras.layers.Flatten()(pairs))
    return keras.Model(pairs, keras.layers.Rescaling(1.0, value)(x))


def build(**options):
    keras.utils.set_random_seed(5)
    gan = keras_gan.GAIN(constant(0.25), constant(1.0), seed=3, **options)
    gan.compile(run_eagerly=True)
    return gan


def test_terms_by_hand():
    gan = build(alpha=8.0, hint_rate=1.0)
    gan.learn_range(TABLE)
    rows = tf.constant(TABLE)
    condition = gan.condition_of(rows, noise.key(1)).numpy()
    scaled = np.array([[0, 0], [1, NAN], [NAN, 1], [0.5, 0.5]])
    observed = ~np.isnan(TABLE)
    np.testing.assert_allclose(condition[..., 0][observed], scaled[observed], atol=1e-5)
    np.testing.assert_array_equal(condition[..., 1], observed)
    filled = condition[..., 0][~observed]
    assert np.all((filled >= 0) & (filled < 0.01))
    out = gan.forward(Batch(rows, tf.constant(condition), None, noise.key(2), 4.0), training=True)
    terms = gan.player_terms(out)
    squares = (2 * 0.25**2 + 2 * 0.75**2 + 2 * 0.25**2) / 6
    assert float(terms["generator"]["reconstruction"]) == pytest.approx(8 * squares, rel=1e-4)
    assert float(terms["generator"]["g_loss"]) == pytest.approx(2 / 8 * np.log1p(np.exp(-1)))
    entropy = (6 * np.log1p(np.exp(-1)) + 2 * np.log1p(np.exp(1))) / 8
    assert float(terms["discriminator"]["d_loss"]) == pytest.approx(entropy, rel=1e-5)


def test_gaps_are_filled_in_the_units_of_the_table_and_the_rest_is_kept(tmp_path):
    gan = build()
    gan.fit(TABLE, batch_size=4, verbose=0)
    made = gan.impute(TABLE)
    observed = ~np.isnan(TABLE)
    np.testing.assert_array_equal(made[observed], TABLE[observed])
    assert made[1, 1] == pytest.approx(10 + 20 * 0.25, abs=0.2)
    assert made[2, 0] == pytest.approx(4 * 0.25, abs=0.05)
    double = gan.impute(TABLE.astype("float64"))
    assert double.dtype == "float64"
    np.testing.assert_array_equal(double, made)
    np.testing.assert_allclose(gan.impute(TABLE[1:2]), made[1:2], rtol=1e-6)
    whole = np.array([[1, 2], [3, 4]])
    np.testing.assert_array_equal(gan.impute(whole), whole)
    gan.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.impute(TABLE), made)
    loaded.fit(TABLE[:2], batch_size=2, verbose=0)
    np.testing.assert_array_equal(loaded.high, [4.0, 30.0])  # the range is of the first table


def test_the_range_of_a_dataset():
    gan = build()
    gan.fit(tf.data.Dataset.from_tensor_slices(TABLE).batch(2), verbose=0)
    np.testing.assert_array_equal(gan.low, [0.0, 10.0])
    np.testing.assert_array_equal(gan.high, [4.0, 30.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: build().fit(np.array([[1.0, NAN], [2.0, NAN]])), "NaN alone in column 1"),
        (lambda: build().fit(np.full((3, 2), NAN)), "All values are missing"),
        (lambda: build().impute(np.array([[1.0, np.inf]])), "infinite"),
        (lambda: build().impute(TABLE[:, :1]), "do not fit"),
        (
            lambda: keras_gan.GAIN(image_shape=(8, 8, 1)),
            r"fills in tables. Received: .*\(8, 8, 1\)",
        ),
        (lambda: keras_gan.GAIN(constant(0.0), one_logit()), r"shape \(1,\). Expected \(2,\)"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def one_logit():
    return keras.Sequential([keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(1)])
