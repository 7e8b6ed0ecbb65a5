"""How good are the samples? Pure functions of features `(samples, features)`, real before fake;
extractors, which make features of images; and objects around both for `compile(metrics=[...])`.
"""

from keras_gan.metrics.cache import cache_dir, cached_features, content_hash
from keras_gan.metrics.classifier import Classifier, classification_accuracy_score, classifier
from keras_gan.metrics.coverage import prdc
from keras_gan.metrics.extractors import (
    Extractor,
    Features,
    ModelFeatures,
    Pixels,
    Spectra,
    Words,
)
from keras_gan.metrics.figures import (
    FID,
    KID,
    PRDC,
    ClassificationAccuracy,
    InceptionScore,
    Memorisation,
    Metric,
    Modes,
    NGrams,
    Paired,
    RightLabel,
    measure_all,
    needed,
    protocol_name,
)
from keras_gan.metrics.fixed_networks import inception_2015, inception_v3, random_convolutions
from keras_gan.metrics.frechet import Moments, frechet_distance, frechet_distance_of
from keras_gan.metrics.inception import conditional_inception_score, inception_score
from keras_gan.metrics.kernel import kernel_distance
from keras_gan.metrics.meanings import MEANINGS
from keras_gan.metrics.modes import class_modes, mixture_modes
from keras_gan.metrics.neighbours import (
    memorisation,
    memorisation_informed_distance,
    nearest_neighbours,
)
from keras_gan.metrics.ngrams import ngram_divergence
from keras_gan.metrics.paired import feature_distance, psnr, ssim
from keras_gan.metrics.path_length import perceptual_path_length
from keras_gan.metrics.sample import Sample
from keras_gan.metrics.scores import score_accuracy
from keras_gan.metrics.steps import DiscriminatorAccuracy

__all__ = [
    "FID",
    "KID",
    "MEANINGS",
    "PRDC",
    "ClassificationAccuracy",
    "Classifier",
    "DiscriminatorAccuracy",
    "Extractor",
    "Features",
    "InceptionScore",
    "Memorisation",
    "Metric",
    "ModelFeatures",
    "Modes",
    "Moments",
    "NGrams",
    "Paired",
    "Pixels",
    "RightLabel",
    "Sample",
    "Spectra",
    "Words",
    "cache_dir",
    "cached_features",
    "class_modes",
    "classification_accuracy_score",
    "classifier",
    "conditional_inception_score",
    "content_hash",
    "feature_distance",
    "frechet_distance",
    "frechet_distance_of",
    "inception_2015",
    "inception_score",
    "inception_v3",
    "kernel_distance",
    "measure_all",
    "memorisation",
    "memorisation_informed_distance",
    "mixture_modes",
    "nearest_neighbours",
    "needed",
    "ngram_divergence",
    "perceptual_path_length",
    "prdc",
    "protocol_name",
    "psnr",
    "random_convolutions",
    "score_accuracy",
    "ssim",
]
