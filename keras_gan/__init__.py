"""GANs for Keras: compile, fit, sample, measure, save, export."""

from keras_gan.core import backend

backend.check()

from keras_gan import (
    augment,
    builders,
    callbacks,
    constraints,
    data,
    editing,
    enlarging,
    layers,
    losses,
    metrics,
    models,
    penalties,
)
from keras_gan.core import kinds, priors
from keras_gan.engine import precision
from keras_gan.engine.gan import GAN
from keras_gan.engine.pipeline import DivergenceError
from keras_gan.models import *
from keras_gan.reporting import report
from keras_gan.runs import recipes
from keras_gan.version import __version__

__all__ = [
    *models.__all__,
    "DivergenceError",
    "GAN",
    "__version__",
    "augment",
    "builders",
    "callbacks",
    "constraints",
    "data",
    "editing",
    "enlarging",
    "kinds",
    "layers",
    "losses",
    "metrics",
    "penalties",
    "precision",
    "priors",
    "recipes",
    "report",
]
