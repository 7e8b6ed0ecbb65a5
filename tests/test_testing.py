"""What `check_model` makes of its checks."""

import unittest

import numpy as np
import pytest
from by_hand import linear_pair

from keras_gan import testing
from keras_gan.testing import contract


def fails(case):
    raise AssertionError("wrong")


def skips(case):
    raise unittest.SkipTest("nothing to check")


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(testing, "CHECKS", {"a": fails, "b": skips, "c": lambda case: None})
    return linear_pair()


X = np.ones((4, 1), "float32")


def test_a_result_a_check(model):
    results = testing.check_model(model, X, raises=False)
    assert results["a"] == ("failed", "AssertionError: wrong")
    assert results["b"] == ("skipped", "nothing to check")
    assert results["c"] == ("passed", "")
    with pytest.raises(AssertionError, match=r"fails 1 of 3 checks.\na: AssertionError: wrong"):
        testing.check_model(model, X)


def test_known_failures(model):
    results = testing.check_model(model, X, known_failures={"a": "as it is"})
    assert results["a"] == ("known failure", "as it is")
    with pytest.warns(UserWarning, match="c: passes now"):
        results = testing.check_model(model, X, known_failures={"a": "", "c": "once"})
    assert results["c"].status == "unexpected pass"
    with pytest.raises(ValueError, match=r"no such checks.*'d'.*Expected some of a, b, c"):
        testing.check_model(model, X, known_failures={"d": ""})


def test_checks_are_those_of_the_contract():
    assert [name for name, _ in testing.checks(linear_pair(), X)] == list(contract.CHECKS)
