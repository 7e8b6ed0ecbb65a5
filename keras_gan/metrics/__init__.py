"""How good are the samples? Pure functions of features `(samples, features)`, real before fake."""

from keras_gan.metrics.coverage import prdc as prdc
from keras_gan.metrics.frechet import frechet_distance as frechet_distance
