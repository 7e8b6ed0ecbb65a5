"""What every public model promises, run through once for each: a row in cases.py adds a model."""

import unittest

import pytest
from cases import CASES, each_model

import keras_gan
from keras_gan.testing import contract, games, replicas

# Some critics have BatchNorm, as in their papers; r1 is here for the sake of a penalty.
pytestmark = pytest.mark.filterwarnings("ignore:.*r1. with BatchNormalization")


def test_every_public_model_is_in_the_table():
    assert set(CASES) == set(keras_gan.models.__all__)
    assert all(name == case.cls.__name__ for name, case in CASES.items())


@pytest.fixture(scope="module")
def checks_of(digits):
    """The checks of a model, which share what has been trained."""
    made = {}

    def find(case):
        if case.cls not in made:
            made.clear()  # one model at a time
            made[case.cls] = dict(
                keras_gan.testing.checks(case.build_penalized(), case.arrays(digits, 96))
            )
        return made[case.cls]

    return find


@pytest.mark.parametrize("check", [name for name in contract.CHECKS if name != "two_replicas"])
@pytest.mark.parametrize("case", each_model())
def test_keeps_the_promises(checks_of, case, check, monkeypatch):
    if check in case.known_failures:
        monkeypatch.setattr(games, "_GAMES", 1)  # the others are for those that shall pass
    try:
        checks_of(case)[check]()
    except AssertionError:
        if check not in case.known_failures:
            raise
        pytest.xfail(case.known_failures[check])
    except unittest.SkipTest as skipped:
        pytest.skip(str(skipped))


@pytest.fixture(scope="module")
def on_two_replicas(request, digits):
    """One step of all models that are asked for, in one process."""
    test = "test_trains_on_two_replicas"
    asked = [x.callspec.params["name"] for x in request.session.items if x.originalname == test]
    cases = [CASES[name] for name in asked]
    games = [(case.build(), *case.arrays(digits, 8)) for case in cases]
    return dict(zip(asked, replicas.on_two_replicas(games), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_trains_on_two_replicas(on_two_replicas, name):
    replicas.check(on_two_replicas[name])
