"""The pictures of a report, drawn from a model."""

import numpy as np

from keras_gan import metrics
from keras_gan.core import noise
from keras_gan.core.kinds import Picture
from keras_gan.engine.model import GenerativeModel
from keras_gan.metrics import Extractor, Sample
from keras_gan.reporting.pictures import Pictures

SAMPLES = 64
PER_CLASS = 10
MAX_CLASSES = 20
NEIGHBOURS = 5
WALKS, STEPS = 6, 10
TRUNCATIONS = (0.25, 0.5, 0.75, 1.0, 1.25)


def draw(
    gan: GenerativeModel,
    fake: Sample,
    real: Sample,
    train: Sample,
    extractor: Extractor,
    seed: int,
) -> Pictures:
    """Draws everything that can be drawn of a model.

    Args:
        gan: The model.
        fake, real: Generated and real images.
        train: The training images, for the nearest neighbours.
        extractor: Whose features say what is near.
        seed: Of what is drawn anew.
    """
    if not isinstance(fake.of, Picture):
        n = shown(fake)
        return Pictures(samples=fake.images[:n], real=real.images[:n], kind=fake.of)
    reasons = {}
    if not gan.condition.num_classes:
        reasons["by_class"] = "The model takes no class labels."
    from_latents = gan.condition.num_classes or not gan.takes_condition
    if not from_latents:
        for name in ("interpolations", "truncations"):
            reasons[name] = "The model makes its images from pictures, not from latents alone."
    return Pictures(
        samples=fake.images[:SAMPLES],
        real=real.images[:SAMPLES],
        by_class=_by_class(gan, seed) if gan.condition.num_classes else None,
        neighbours=neighbours(fake, train, extractor),
        interpolations=_walks(gan, seed) if from_latents else None,
        truncations=_truncations(gan, seed) if from_latents else None,
        reasons=reasons,
    )


def shown(sample: Sample) -> int:
    """So many of its samples one picture shows well."""
    return sample.of.shown or len(sample)


def _by_class(gan: GenerativeModel, seed: int) -> np.ndarray:
    classes = min(gan.condition.num_classes, MAX_CLASSES)
    labels = np.repeat(np.arange(classes), PER_CLASS)
    images = gan.sample(len(labels), labels=labels, seed=seed)
    return images.reshape(classes, PER_CLASS, *images.shape[1:])


def neighbours(
    fake: Sample, train: Sample, extractor: Extractor
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The generated images that lie nearest to a training image, and some others, with theirs."""
    queries = fake.seen_by(extractor).features
    distances, indices = metrics.nearest_neighbours(
        queries, train.seen_by(extractor).features, k=min(NEIGHBOURS, len(train))
    )
    order = np.argsort(distances[:, 0], kind="stable")
    shown = np.concatenate([order[:4], np.setdiff1d(np.arange(len(fake)), order[:4])[:4]])
    return fake.images[shown], train.images[indices[shown]], distances[shown]


def _walks(gan: GenerativeModel, seed: int) -> np.ndarray:
    """Rows of images on the way from one latent vector to another, of one class each."""
    ends = gan.latents(noise.seed_rows(2 * WALKS, seed, None))
    steps = np.linspace(0.0, 1.0, STEPS)
    walks = gan.prior.between(ends[:WALKS, None], ends[WALKS:, None], steps[None, :, None])
    latents = walks.numpy().reshape(-1, gan.latent_dim)
    labels = None
    if classes := gan.condition.num_classes:
        labels = np.repeat(np.arange(WALKS, dtype=np.int32) % classes, STEPS)
    images = gan.generate(latents, labels, training=False).numpy()
    return images.reshape(WALKS, STEPS, *images.shape[1:])


def _truncations(gan: GenerativeModel, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rows = [gan.sample(STEPS, seed=seed, truncation=t) for t in TRUNCATIONS]
    return np.array(TRUNCATIONS), np.stack(rows)
