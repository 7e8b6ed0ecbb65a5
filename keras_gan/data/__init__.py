"""Every source of samples -> a shuffled, batched `tf.data.Dataset` that a GAN can be fitted on."""

from keras_gan.data.checks import check_images, check_labels, class_numbers, looks_unscaled
from keras_gan.data.contents import Contents, contents
from keras_gan.data.load import load
from keras_gan.data.order import EpochOrder, Failure, batches, find, from_arrays
from keras_gan.data.pairs import CONDITIONS, paired
from keras_gan.data.source import NoSuchSplit
from keras_gan.data.source_types import source_type
from keras_gan.data.texts import tokens
from keras_gan.data.unpaired import unpaired

__all__ = [
    "CONDITIONS",
    "Contents",
    "EpochOrder",
    "Failure",
    "NoSuchSplit",
    "batches",
    "check_images",
    "check_labels",
    "class_numbers",
    "contents",
    "find",
    "from_arrays",
    "load",
    "looks_unscaled",
    "paired",
    "source_type",
    "tokens",
    "unpaired",
]
