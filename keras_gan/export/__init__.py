"""The averaged generator for others to call: a SavedModel, a served version, other runtimes."""

from keras_gan.export.metadata import facts_of_run
from keras_gan.export.versions import publish
from keras_gan.export.write import export

__all__ = ["export", "facts_of_run", "publish"]
