"""Reports: how good a model is, as figures, pictures and plain words."""

from keras_gan.reporting.compare import compare as compare
from keras_gan.reporting.numbers import figures_table as figures_table
from keras_gan.reporting.report import directory_of as directory_of
from keras_gan.reporting.report import report as report
