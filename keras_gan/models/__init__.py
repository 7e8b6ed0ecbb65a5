"""The table of models: one paper, one file, one line. What knows the models reads it here.

On the command line a model is called as its file.
"""

from keras_gan.models.aae import AAE
from keras_gan.models.acgan import ACGAN
from keras_gan.models.adagan import AdaGAN
from keras_gan.models.bigan import BiGAN
from keras_gan.models.biggan import BigGAN
from keras_gan.models.cgan import CGAN
from keras_gan.models.cogan import CoGAN
from keras_gan.models.context_encoder import ContextEncoder
from keras_gan.models.cyclegan import CycleGAN
from keras_gan.models.dcgan import DCGAN
from keras_gan.models.dragan import DRAGAN
from keras_gan.models.fastgan import FastGAN
from keras_gan.models.feature_matching import FeatureMatchingGAN
from keras_gan.models.gman import GMAN
from keras_gan.models.gain import GAIN
from keras_gan.models.gmmn import GMMN
from keras_gan.models.hinge import HingeGAN
from keras_gan.models.infogan import InfoGAN
from keras_gan.models.lsgan import LSGAN
from keras_gan.models.mgan import MGAN
from keras_gan.models.pix2pix import Pix2Pix
from keras_gan.models.progan import ProGAN
from keras_gan.models.projectedgan import ProjectedGAN
from keras_gan.models.r3gan import R3GAN
from keras_gan.models.semi_supervised import SemiSupervisedGAN
from keras_gan.models.sngan import SNGAN
from keras_gan.models.srgan import SRGAN
from keras_gan.models.stylegan2 import StyleGAN2
from keras_gan.models.vaegan import VAEGAN
from keras_gan.models.vanilla import VanillaGAN
from keras_gan.models.vgan import VGAN
from keras_gan.models.videogan import VideoGAN
from keras_gan.models.wavegan import WaveGAN
from keras_gan.models.wgan import WGAN
from keras_gan.models.wgangp import WGANGP

__all__ = [name for name, found in globals().items() if isinstance(found, type)]
