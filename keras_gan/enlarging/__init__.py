"""Enlarge a training set with what a class-conditional model makes, and see whether that helps.

enlarged = enlarging.enlarge((images, labels), gan, ratio=1.0)
classifier.fit(enlarged, epochs=10)
print(enlarging.gain(train, validation, test, make_classifier, make_gan))
"""

from keras_gan.enlarging.classical import Affine
from keras_gan.enlarging.comparison import gain, held_out
from keras_gan.enlarging.figures import calibration_error, holm, paired_p
from keras_gan.enlarging.keeping import Confidence, Distance
from keras_gan.enlarging.mixture import Manifest, enlarge
from keras_gan.enlarging.result import Gain, load

__all__ = [
    "Affine",
    "Confidence",
    "Distance",
    "Gain",
    "Manifest",
    "calibration_error",
    "enlarge",
    "gain",
    "held_out",
    "holm",
    "load",
    "paired_p",
]
