"""The imputer keeps scikit-learn's promises, and learns what columns have to do with each other."""

import pickle

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.utils.estimator_checks import parametrize_with_checks

from keras_gan.sklearn import GAINImputer


@parametrize_with_checks([GAINImputer(steps=50)])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


def test_fills_in_what_other_columns_tell_and_pickles():
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(400, 1)) @ np.ones((1, 4)) * [1.0, 10.0, -5.0, 0.1]
    table = whole.copy()
    table[rng.random(table.shape) < 0.2] = np.nan
    gaps = np.isnan(table)
    settings = {"steps": 1000, "width": 16, "alpha": 100.0, "learning_rate": 5e-3}
    imputer = GAINImputer(**settings, random_state=0)
    made = imputer.fit_transform(table)
    np.testing.assert_array_equal(made[~gaps], table[~gaps])

    def error(filled):
        return np.sqrt(np.mean((((filled - whole) / whole.std(axis=0))[gaps]) ** 2))

    assert error(made) < 0.5 * error(SimpleImputer().fit_transform(table))
    again = pickle.loads(pickle.dumps(imputer))
    np.testing.assert_array_equal(again.transform(table), made)


def test_nothing_is_learnt_where_nothing_is_missing():
    table = np.arange(6.0).reshape(3, 2)
    imputer = GAINImputer().fit(table)
    np.testing.assert_array_equal(imputer.transform(table), table)
    with pytest.raises(ValueError, match="Nothing was missing in the table"):
        imputer.transform([[np.nan, 1.0]])
