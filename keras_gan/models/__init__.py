"""One paper, one file."""

from keras_gan.models.cgan import CGAN
from keras_gan.models.dcgan import DCGAN
from keras_gan.models.vanilla import VanillaGAN

__all__ = ["CGAN", "DCGAN", "VanillaGAN"]
