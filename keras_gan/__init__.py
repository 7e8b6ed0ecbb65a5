"""GANs for Keras: compile, fit, sample, measure, save, export."""

from keras_gan import builders, callbacks, data, losses, metrics, penalties
from keras_gan.feed import DivergenceError
from keras_gan.gan import GAN
from keras_gan.models import CGAN, DCGAN, VanillaGAN
from keras_gan.reporting import report
from keras_gan.version import __version__

__all__ = [
    "CGAN",
    "DCGAN",
    "GAN",
    "DivergenceError",
    "VanillaGAN",
    "__version__",
    "builders",
    "callbacks",
    "data",
    "losses",
    "metrics",
    "penalties",
    "report",
]
