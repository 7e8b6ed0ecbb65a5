"""Keras callbacks for GANs: sample grids, checkpoints, history.csv, metrics, learning rates.

None of them changes what is trained, but for `LearningRateScheduler`, whose job it is. Where
several workers train, only the chief writes. In `fit(callbacks=[...])`, put `Checkpoint` last: what
the others write of an epoch is then there before the checkpoint that says that it is over.
"""

from keras_gan.callbacks.checkpoint import Checkpoint as Checkpoint
from keras_gan.callbacks.evaluate import Evaluate as Evaluate
from keras_gan.callbacks.grid import SampleGrid as SampleGrid
from keras_gan.callbacks.history import HistoryCSV as HistoryCSV
from keras_gan.callbacks.history import read_history as read_history
from keras_gan.callbacks.learning_rate import LearningRateScheduler as LearningRateScheduler
from keras_gan.core.checkpoints import latest as latest
from keras_gan.core.checkpoints import load_latest as load_latest
