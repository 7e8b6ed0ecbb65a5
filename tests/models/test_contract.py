"""What every public model promises, run through once for each: a row in cases.py adds a model."""

import functools

import keras
import numpy as np
import pytest
from cases import CASES
from conftest import changed, state

import keras_gan
from keras_gan.testing import contract, replicas

# Some critics have BatchNorm, as in their papers; r1 is here for the sake of a penalty.
pytestmark = pytest.mark.filterwarnings("ignore:r1. with BatchNormalization")

ALL_CASES = [
    pytest.param(case, id=name, marks=pytest.mark.xdist_group(name)) for name, case in CASES.items()
]


@pytest.fixture(params=ALL_CASES)
def case(request):
    return request.param


def test_every_public_model_is_in_the_table():
    assert set(CASES) == set(keras_gan.models.__all__)
    assert all(name == case.cls.__name__ for name, case in CASES.items())


@functools.cache
def checked(name, digits):
    """The checks of one model: they share what has been trained."""
    case = CASES[name]
    return dict(keras_gan.testing.checks(case.build(), case.arrays(digits, 64)))
