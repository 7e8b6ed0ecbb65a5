"""GANs for Keras: compile, fit, sample, measure, save, export."""

from keras_gan.core import backend

backend.check()

from keras_gan import (
    augment,
    builders,
    callbacks,
    constraints,
    data,
    layers,
    losses,
    metrics,
    penalties,
)
from keras_gan.core import priors
from keras_gan.engine import precision
from keras_gan.engine.gan import GAN
from keras_gan.engine.pipeline import DivergenceError
from keras_gan.models import (
    ACGAN,
    CGAN,
    DCGAN,
    DRAGAN,
    GMMN,
    LSGAN,
    R3GAN,
    SNGAN,
    VAEGAN,
    WGAN,
    WGANGP,
    BiGAN,
    CycleGAN,
    FeatureMatchingGAN,
    HingeGAN,
    Pix2Pix,
    VanillaGAN,
)
from keras_gan.reporting import report
from keras_gan.version import __version__

__all__ = [
    "ACGAN",
    "CGAN",
    "DCGAN",
    "DRAGAN",
    "GAN",
    "GMMN",
    "LSGAN",
    "R3GAN",
    "SNGAN",
    "VAEGAN",
    "WGAN",
    "WGANGP",
    "BiGAN",
    "CycleGAN",
    "DivergenceError",
    "FeatureMatchingGAN",
    "HingeGAN",
    "Pix2Pix",
    "VanillaGAN",
    "__version__",
    "augment",
    "builders",
    "callbacks",
    "constraints",
    "data",
    "layers",
    "losses",
    "metrics",
    "penalties",
    "precision",
    "priors",
    "report",
]
