"""Where pictures are edited: what samples are drawn from."""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gan.core import noise
from keras_gan.engine.model import GenerativeModel

DRAWS = 2000  # of which directions' units, components and means of classes are worked out


class Space:
    """The points that a model's pictures are drawn from.

    They are its latents, or what a network makes of these first: the styles of `StyleGAN2`, which
    know the class already.

    Args:
        gan: A model that draws from latents.
    """

    def __init__(self, gan: GenerativeModel):
        self.gan, self.prior = gan, gan.near_prior()
        self.is_mapped = self.prior is not gan.prior
        self.size = self.prior.size or gan.latent_dim

    def draw(self, n: int, labels: Any = None, seed: int = 0) -> np.ndarray:
        """float32 `(n, size)`, of these classes where the model has some."""
        rows = noise.seed_rows(n, seed, None)
        labels = self.gan.condition.given(labels, n)
        return self.gan.nearer(self.gan.latents(rows), labels).numpy()

    def images(self, points: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        """What is drawn from points, float32 in [-1, 1]."""
        return self.gan.all_drawn(tf.constant(points), labels)

    def to_class(self, points: np.ndarray, labels: np.ndarray, label: int) -> np.ndarray:
        """Points of classes `(n,)` as they would be in another one: styles move with its mean."""
        if not self.is_mapped:
            return points
        means = {k: self.draw(DRAWS, k).mean(axis=0) for k in {label, *labels.tolist()}}
        return points + means[label] - np.stack([means[k] for k in labels.tolist()])
