"""Edit pictures with a trained model: find their latents, move these, and look.

inversion = editing.invert(gan, photos)
directions = editing.directions(gan, photos, {"older": is_older})
edited = editing.edit(gan, inversion, directions["older"], strength=1.5)
"""

from keras_gan.core.directions import Direction, load, save
from keras_gan.editing.direction import components, directions, factors
from keras_gan.editing.edits import between, edit, in_class, transfer
from keras_gan.editing.inversion import Inversion, invert

__all__ = [
    "Direction",
    "Inversion",
    "between",
    "components",
    "directions",
    "edit",
    "factors",
    "in_class",
    "invert",
    "load",
    "save",
    "transfer",
]
