"""Layers that Keras lacks.

What it has is not here. Pixel normalization is `keras.layers.RMSNormalization(epsilon=1e-8,
trainable=False)`, instance noise is a `keras.layers.GaussianNoise` in front of the discriminator
(its seed is saved with the model, so a resumed run draws what an uninterrupted one would have; on
several replicas all of them draw the same).
"""

from keras_gan.layers.attention import SelfAttention
from keras_gan.layers.conv import (
    FoldedConv3D,
    FoldedConv3DTranspose,
    GroupedConv2D,
    LeakyReLU,
    UpsampledConv2D,
)
from keras_gan.layers.embedding import Embedding
from keras_gan.layers.equalized import EqualizedConv2D, EqualizedDense, FilteredConv2D
from keras_gan.layers.frozen import FrozenNetwork
from keras_gan.layers.growing import Growing, GrowingImages, GrowingMaps
from keras_gan.layers.modulated import LearnedMap, ModulatedConv2D, PixelNoise, Styles
from keras_gan.layers.norm import (
    BatchNormalization,
    ConditionalBatchNormalization,
    SpectralNormalization,
    norms_at_rest,
)
from keras_gan.layers.phase_shuffle import PhaseShuffle
from keras_gan.layers.resampling import (
    FilteredDownsampling2D,
    FilteredUpsampling2D,
    PixelShuffle2D,
    ReflectionPadding2D,
)
from keras_gan.layers.statistics import MinibatchStdDev

__all__ = [
    "BatchNormalization",
    "ConditionalBatchNormalization",
    "Embedding",
    "EqualizedConv2D",
    "EqualizedDense",
    "FilteredConv2D",
    "FilteredDownsampling2D",
    "FilteredUpsampling2D",
    "FoldedConv3D",
    "FoldedConv3DTranspose",
    "FrozenNetwork",
    "GroupedConv2D",
    "Growing",
    "GrowingImages",
    "GrowingMaps",
    "LeakyReLU",
    "LearnedMap",
    "MinibatchStdDev",
    "ModulatedConv2D",
    "PhaseShuffle",
    "PixelNoise",
    "PixelShuffle2D",
    "ReflectionPadding2D",
    "SelfAttention",
    "SpectralNormalization",
    "Styles",
    "UpsampledConv2D",
    "norms_at_rest",
]
