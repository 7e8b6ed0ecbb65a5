"""Networks by name and size, as plain functional Keras models."""

from keras_gan.builders.acgan import acgan_discriminator as acgan_discriminator
from keras_gan.builders.bigan import bigan_discriminator as bigan_discriminator
from keras_gan.builders.bigan import bigan_encoder as bigan_encoder
from keras_gan.builders.biggan import biggan_discriminator as biggan_discriminator
from keras_gan.builders.biggan import biggan_generator as biggan_generator
from keras_gan.builders.cgan import cgan_discriminator as cgan_discriminator
from keras_gan.builders.cgan import cgan_generator as cgan_generator
from keras_gan.builders.cogan import cogan_discriminator as cogan_discriminator
from keras_gan.builders.cogan import cogan_generator as cogan_generator
from keras_gan.builders.context_encoder import (
    context_encoder_discriminator as context_encoder_discriminator,
)
from keras_gan.builders.context_encoder import (
    context_encoder_generator as context_encoder_generator,
)
from keras_gan.builders.conv import conv_discriminator as conv_discriminator
from keras_gan.builders.conv import conv_generator as conv_generator
from keras_gan.builders.cyclegan import cyclegan_discriminator as cyclegan_discriminator
from keras_gan.builders.cyclegan import cyclegan_generator as cyclegan_generator
from keras_gan.builders.dcgan import dcgan_discriminator as dcgan_discriminator
from keras_gan.builders.dcgan import dcgan_generator as dcgan_generator
from keras_gan.builders.fastgan import fastgan_decoder as fastgan_decoder
from keras_gan.builders.fastgan import fastgan_discriminator as fastgan_discriminator
from keras_gan.builders.fastgan import fastgan_generator as fastgan_generator
from keras_gan.builders.gain import gain_discriminator as gain_discriminator
from keras_gan.builders.gain import gain_generator as gain_generator
from keras_gan.builders.gmmn import gmmn_generator as gmmn_generator
from keras_gan.builders.infogan import infogan_discriminator as infogan_discriminator
from keras_gan.builders.mgan import mgan_generator as mgan_generator
from keras_gan.builders.mlp import mlp_discriminator as mlp_discriminator
from keras_gan.builders.mlp import mlp_generator as mlp_generator
from keras_gan.builders.pix2pix import patch_discriminator as patch_discriminator
from keras_gan.builders.pix2pix import unet_generator as unet_generator
from keras_gan.builders.progan import progan_discriminator as progan_discriminator
from keras_gan.builders.progan import progan_generator as progan_generator
from keras_gan.builders.projectedgan import projected_discriminator as projected_discriminator
from keras_gan.builders.r3gan import r3gan_discriminator as r3gan_discriminator
from keras_gan.builders.r3gan import r3gan_generator as r3gan_generator
from keras_gan.builders.resnet import resnet_discriminator as resnet_discriminator
from keras_gan.builders.resnet import resnet_generator as resnet_generator
from keras_gan.builders.semi_supervised import (
    semi_supervised_discriminator as semi_supervised_discriminator,
)
from keras_gan.builders.srgan import srgan_discriminator as srgan_discriminator
from keras_gan.builders.srgan import srgan_generator as srgan_generator
from keras_gan.builders.stylegan2 import stylegan2_discriminator as stylegan2_discriminator
from keras_gan.builders.stylegan2 import stylegan2_generator as stylegan2_generator
from keras_gan.builders.text import text_discriminator as text_discriminator
from keras_gan.builders.text import text_generator as text_generator
from keras_gan.builders.vaegan import vaegan_encoder as vaegan_encoder
from keras_gan.builders.vgan import vgan_discriminator as vgan_discriminator
from keras_gan.builders.videogan import videogan_discriminator as videogan_discriminator
from keras_gan.builders.videogan import videogan_generator as videogan_generator
from keras_gan.builders.wavegan import wavegan_discriminator as wavegan_discriminator
from keras_gan.builders.wavegan import wavegan_generator as wavegan_generator
