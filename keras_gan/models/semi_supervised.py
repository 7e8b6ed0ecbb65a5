"""SemiSupervisedGAN. Salimans et al., 2016, https://arxiv.org/abs/1606.03498

Idea: the discriminator is a classifier: what is real has one of the classes, what is made has none,
so that unlabelled images, and images that a generator makes, teach it too. Odena had the same idea
in the same year, with the made ones as a class of their own.
Differs from the paper: convolutions with dropout in place of dense layers with noise and weight
normalisation; labelled images count as real ones as well, in the same batches.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan import features, losses
from keras_gan.builders import dcgan_generator, semi_supervised_discriminator
from keras_gan.engine import checks, conditions
from keras_gan.engine.gan import GAN
from keras_gan.engine.model import pictures
from keras_gan.engine.outputs import Outputs


@keras.saving.register_keras_serializable("keras_gan")
class SemiSupervisedGAN(GAN):
    r"""A classifier that also learns from unlabelled images and from those that a generator makes.

    The discriminator gives a logit l_k for each class, and log sum_k exp(l_k) as its score. It
    minimises the loss of `compile` + `supervised`, the weighted mean cross-entropy of the labelled
    images of a batch (of all replicas), 0 where it has none; the generator, which takes no labels,
    minimises `feature_matching`. `accuracy` is that of all labelled images of an epoch.

    In `fit(x, y)` a label of -1 means unlabelled. Where few are labelled, repeat those, so that
    each batch has some.

    Args:
        image_shape: `(height, width, channels)`.
        num_classes: Number of classes, at least 2.
        latent_dim: Length of the latent vectors. 100 if not given.
        width: Filters of the layers next to the image; deeper ones have more.
        feature_layers: Names of the discriminator's layers; what its last layer with a kernel reads
            if not given.
        supervised_weight: Factor of the cross-entropy; 2 as in the authors' code, which halves the
            other terms.

    The other arguments are those of `keras_gan.GAN`. A discriminator of the user's own takes images
    alone and gives class logits `(batch, num_classes)`.

    Example:

    >>> gan = keras_gan.SemiSupervisedGAN(image_shape=(28, 28, 1), num_classes=10)
    >>> gan.compile()
    >>> known = np.tile(np.flatnonzero(labels >= 0), 100)  # 100 of 60,000
    >>> rows = np.concatenate([np.arange(len(labels)), known])
    >>> gan.fit(images[rows], labels[rows], batch_size=100, epochs=10)
    >>> gan.classify(test_images).argmax(axis=1)

    References:
        Salimans et al., 2016, https://arxiv.org/abs/1606.03498, section 5.
        Odena, 2016, https://arxiv.org/abs/1606.01583.
    """

    conditional = True
    averaged = ("generator", "discriminator")
    packs = False

    def __init__(
        self,
        *networks: keras.Model,
        feature_layers: Sequence[str] | None = None,
        supervised_weight: float = 2.0,
        **options: Any,
    ):
        super().__init__(*networks, **options)
        self._seen_by = {
            id(network): features.with_features(network, feature_layers)
            for network in (self.discriminator, self._average_discriminator)
        }
        self.feature_layers = feature_layers
        self.supervised_weight = supervised_weight

    def build_generator(
        self, image_shape: tuple[int, ...], num_classes: int, **options: Any
    ) -> keras.Model:
        return dcgan_generator(image_shape, **options)

    build_discriminator = staticmethod(semi_supervised_discriminator)

    @property
    def targets(self) -> conditions.Nothing:
        return conditions.PartlyKnown(self.num_classes)

    def check_networks(self) -> None:
        checks.check_classifier(self.generator, self.discriminator, self.num_classes)

    def defaults(self) -> dict[str, Any]:
        adam = self.each_optimizer(lambda: keras.optimizers.Adam(3e-3, beta_1=0.5))
        return {"loss": losses.NonSaturating(), **adam}

    def criticize(self, critic: str, samples: Any, condition: Any, training: bool) -> dict:
        classes, seen = self._seen_by[id(self.network(critic, training))](samples, training)
        scores = ops.logsumexp(classes, axis=1, keepdims=True)
        return {"scores": scores, "classes": classes, "features": seen}

    def extra_terms(self) -> tuple[str, ...]:
        return ("supervised", "feature_matching")

    def step_metrics(self) -> list[keras.metrics.Metric]:
        return [LabelledAccuracy()]

    def discriminator_terms(self, out: Outputs) -> dict[str, Any]:
        labelled, labels = _labels(out)
        logits = out.on_real["classes"]
        missed = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        share = self.global_mean(labelled, out)  # of all replicas
        supervised = ops.divide_no_nan(ops.mean(labelled * missed), share)
        terms = {"supervised": self.supervised_weight * supervised}
        return super().discriminator_terms(out) | terms

    def generator_terms(self, out: Outputs) -> dict[str, Any]:
        seen = out.on_real["features"], out.on_fake["features"]
        return {"feature_matching": features.feature_matching(*seen)}

    def classify(self, images: np.ndarray) -> np.ndarray:
        """The probability of each class `(n, num_classes)` of images, uint8 or in [-1, 1]."""
        return self.run_signature("classify", images)

    def extra_signatures(self) -> dict[str, tuple]:
        """`classify`, pictures to probabilities."""

        def classify(images: Any) -> dict[str, Any]:
            said = self.criticize("discriminator", images, None, training=False)
            return {"probabilities": ops.softmax(said["classes"])}

        return {"classify": (classify, [pictures(self.image_shape)])}


class LabelledAccuracy(keras.metrics.SparseCategoricalAccuracy):
    """The share of labelled images whose class the discriminator finds."""

    def __init__(self):
        super().__init__(name="accuracy")

    def update_step(self, out: Outputs, weight: Any) -> None:
        labelled, labels = _labels(out)
        self.update_state(labels, out.on_real["classes"], sample_weight=weight * labelled)


def _labels(out: Outputs) -> tuple[Any, Any]:
    """1 for images that are labelled and 0 for the others, and the labels, 0 for want of one."""
    return ops.cast(out.condition >= 0, "float32"), ops.maximum(out.condition, 0)
