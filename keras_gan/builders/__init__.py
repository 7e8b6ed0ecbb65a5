"""Networks by name and size, as plain functional Keras models."""

from keras_gan.builders.cgan import cgan_discriminator as cgan_discriminator
from keras_gan.builders.cgan import cgan_generator as cgan_generator
from keras_gan.builders.dcgan import dcgan_discriminator as dcgan_discriminator
from keras_gan.builders.dcgan import dcgan_generator as dcgan_generator
from keras_gan.builders.mlp import mlp_discriminator as mlp_discriminator
from keras_gan.builders.mlp import mlp_generator as mlp_generator
