"""Objects around the pure functions, for `compile(metrics=[...])`, callbacks and the report.

Each measures generated images against real ones, through an extractor. All are given the same two
samples, so an extractor looks at each image once, whatever the number of figures.
"""

from collections.abc import Sequence

import keras
import numpy as np

from keras_gan.metrics.classifier import classification_accuracy_score
from keras_gan.metrics.coverage import prdc
from keras_gan.metrics.extractors import Extractor, Words
from keras_gan.metrics.frechet import frechet_distance
from keras_gan.metrics.inception import conditional_inception_score, inception_score
from keras_gan.metrics.kernel import kernel_distance
from keras_gan.metrics.modes import class_modes
from keras_gan.metrics.neighbours import memorisation, memorisation_informed_distance
from keras_gan.metrics.ngrams import LONGEST, ngram_divergence
from keras_gan.metrics.paired import feature_distance, psnr, ssim
from keras_gan.metrics.sample import Sample


class Metric:
    """Base of the metrics of held-out data.

    Args:
        extractor: What looks at the images.
        samples: How many images of either kind are looked at, the first ones; all if not given.

    Attributes:
        paired: Whether each generated image is compared with the one that it stands for.
        needs_extractor: Whether there is nothing to measure without one.
    """

    name = "metric"
    paired = False
    needs_extractor = True

    def __init__(self, extractor: Extractor | None, samples: int | None = None):
        if not isinstance(extractor, Extractor) and (self.needs_extractor or extractor):
            raise ValueError(
                f"{type(self).__name__} looks through a keras_gan.metrics.Extractor, such as "
                f"Pixels() or classifier(images, labels, 'mnist'). Received: {extractor!r}."
            )
        if samples is not None and samples < 2:
            raise ValueError(f"Expected samples of at least 2. Received: samples={samples}.")
        self.extractor = extractor
        self.samples = samples

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        """The figures by their short names.

        Args:
            real: Held-out images.
            fake: Generated ones of the same shape.
        """
        raise NotImplementedError

    def features(self, sample: Sample) -> np.ndarray:
        return sample.seen_by(self.extractor).features[: self.samples]

    def probabilities(self, sample: Sample) -> np.ndarray:
        found = sample.seen_by(self.extractor).probabilities
        if found is None:
            raise ValueError(
                f"{type(self).__name__} needs a classifier. Received: the extractor "
                f"{self.extractor.name!r}, which has features only."
            )
        return found[: self.samples]

    def labels(self, sample: Sample) -> np.ndarray:
        if sample.labels is None:
            raise ValueError(
                f"{type(self).__name__} needs labels. Received: {sample.kind} images without."
            )
        return sample.labels[: self.samples]

    def get_config(self) -> dict:
        extractor = keras.saving.serialize_keras_object(self.extractor)
        return {"extractor": extractor, "samples": self.samples}

    @classmethod
    def from_config(cls, config: dict) -> "Metric":
        extractor = keras.saving.deserialize_keras_object(config["extractor"])
        return cls(**config | {"extractor": extractor})


def protocol_name(
    key: str,
    extractor: Extractor | None,
    fake: int,
    real: int | None = None,
    seed: int | None = 0,
) -> str:
    """A figure's full name: what was measured, on how many images, seen how.

    The network of published figures is not named. The resize is said where there is one, the number
    of real images where it is another, the seed of the samples where it is not 0.

    Args:
        key: Short name, such as `fid`.
        extractor: What looked at the images, if anything did.
        fake, real: Numbers of generated and of real images.
        seed: Of the generated ones; None where they were not drawn here.

    Example:

    >>> protocol_name("fid", extractor, 5000, 5000)
    'fid5k_classifier-mnist'
    """
    name = key + _count(fake)
    if extractor is not None and not extractor.published:
        name += f"_{extractor.name}"
        if extractor.resizes:
            name += f"_{extractor.resize.replace(' ', '-')}"
    if real not in (None, fake):
        name += f"_real{_count(real)}"
    return name + (f"_seed{seed}" if seed else "")


def _count(n: int) -> str:
    return f"{n // 1000}k" if n % 1000 == 0 else str(n)


def needed(metrics: Sequence[Metric], n: int) -> int:
    """How many of `n` images the metrics look at."""
    return max((min(n, metric.samples or n) for metric in metrics), default=n)


def measure_all(
    metrics: Sequence[Metric], real: Sample, fake: Sample, remade: Sample | None = None
) -> dict[str, float]:
    """All figures of several metrics.

    Args:
        metrics: List of them.
        real, fake: Real and generated images.
        remade: One for each real image, for paired metrics; if not given, those of `fake` are.

    Raises:
        ValueError: if the images cannot be compared, or two metrics give the same figure.
    """
    if real.images.shape[1:] != fake.images.shape[1:]:
        raise ValueError(
            "Only images of one shape can be compared. Received: real ones of shape "
            f"{real.images.shape[1:]}, generated ones of shape {fake.images.shape[1:]}. "
            "Load the data with the model's image_size."
        )
    figures: dict[str, float] = {}
    for metric in metrics:
        found = metric.measure(real, remade if metric.paired and remade else fake)
        if twice := sorted(figures.keys() & found.keys()):
            raise ValueError(
                "Each figure is measured once. Received: several metrics that give "
                f"{', '.join(twice)}. Expected one, and a call of its own for the other."
            )
        figures |= found
    return {name: float(value) for name, value in figures.items()}


@keras.saving.register_keras_serializable("keras_gan")
class NGrams(Metric):
    """`ngrams_4` to `ngrams_1`: `ngram_divergence` of texts. Lower is better.

    Args:
        extractor: What says the words' numbers: `Words()` if not given.
        samples: As in `Metric`.
    """

    name = "ngrams"

    def __init__(self, extractor: Extractor | None = None, samples: int | None = None):
        super().__init__(Words() if extractor is None else extractor, samples)

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        texts = self.features(real), self.features(fake)
        most = min(LONGEST, texts[0].shape[1])
        return {f"ngrams_{n}": ngram_divergence(*texts, n) for n in range(most, 0, -1)}


@keras.saving.register_keras_serializable("keras_gan")
class FID(Metric):
    """`fid`: `frechet_distance` of the features. Lower is better."""

    name = "fid"

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        return {"fid": frechet_distance(self.features(real), self.features(fake))}


@keras.saving.register_keras_serializable("keras_gan")
class KID(Metric):
    """`kid` and its spread `kid_std` over subsets: `kernel_distance` of the features."""

    name = "kid"

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        distance = kernel_distance(self.features(real), self.features(fake))
        return {"kid": distance.mean, "kid_std": distance.std}


@keras.saving.register_keras_serializable("keras_gan")
class PRDC(Metric):
    """`precision`, `recall`, `density` and `coverage` of the features: `prdc`.

    Args:
        extractor, samples: As in `Metric`.
        k: Number of the neighbour that the balls reach to.
    """

    name = "prdc"

    def __init__(self, extractor: Extractor, samples: int | None = None, k: int = 5):
        super().__init__(extractor, samples)
        self.k = k

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        return prdc(self.features(real), self.features(fake), k=self.k)

    def get_config(self) -> dict:
        return super().get_config() | {"k": self.k}


@keras.saving.register_keras_serializable("keras_gan")
class InceptionScore(Metric):
    """`inception_score` of the classifier's probabilities; the real images have no part in it.

    Where the images have labels that were asked for, also its conditional form: between classes
    (`is_between`, higher is better) and within them (`is_within`, what is left of variety there).
    """

    name = "inception_score"

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        probabilities = self.probabilities(fake)
        figures = {"inception_score": inception_score(probabilities)}
        if fake.labels is not None:
            score = conditional_inception_score(probabilities, self.labels(fake))
            figures |= {"is_between": score.between, "is_within": score.within}
        return figures


@keras.saving.register_keras_serializable("keras_gan")
class Modes(Metric):
    """`modes`: classes that the classifier finds among the images; `reverse_kl` of their shares.

    The shares are compared with those that it finds among the real images: KL(fake || real).
    """

    name = "modes"

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        seen, expected = (np.argmax(self.probabilities(s), axis=1) for s in (fake, real))
        found = class_modes(seen, self.probabilities(fake).shape[1], expected)
        return {"modes": found.found, "reverse_kl": found.reverse_kl}


@keras.saving.register_keras_serializable("keras_gan")
class RightLabel(Metric):
    """`right_label`: share of generated images in which the classifier sees the class asked for."""

    name = "right_label"

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        seen = np.argmax(self.probabilities(fake), axis=1)
        return {"right_label": float(np.mean(seen == self.labels(fake)))}


@keras.saving.register_keras_serializable("keras_gan")
class ClassificationAccuracy(Metric):
    """`cas`: accuracy, on real images, of a classifier fitted on generated ones and their labels.

    Fits a network, which takes tens of seconds.

    Args:
        samples: As in `Metric`, of the generated images; all real ones are classified.

    References:
        Ravuri and Vinyals, 2019, https://arxiv.org/abs/1905.10887.
    """

    name = "cas"
    needs_extractor = False

    def __init__(self, samples: int | None = None):
        super().__init__(None, samples)

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        fitted_on = (fake.images[: self.samples], self.labels(fake))
        score = classification_accuracy_score(*fitted_on, real.images, real.labels)
        return {"cas": score.accuracy}

    def get_config(self) -> dict:
        return {"samples": self.samples}

    @classmethod
    def from_config(cls, config: dict) -> "ClassificationAccuracy":
        return cls(**config)


@keras.saving.register_keras_serializable("keras_gan")
class Paired(Metric):
    """`psnr`, `ssim` and, with an extractor, `feature_distance` of pictures made from pictures.

    For models that make one picture in place of each: `Pix2Pix`, `SRGAN` and others of pictures
    from given ones, and those with `reconstruct`.

    Args:
        extractor: Whose features the distance is of, if any.
        samples: As in `Metric`.

    Example:

    >>> gan.compile(metrics=[Paired()])
    """

    name = "paired"
    paired = True
    needs_extractor = False

    def __init__(self, extractor: Extractor | None = None, samples: int | None = None):
        super().__init__(extractor, samples)

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        pair = [sample.images[: self.samples] for sample in (real, fake)]
        figures = {"psnr": psnr(*pair), "ssim": ssim(*pair)}
        if self.extractor is not None:
            seen = (self.features(sample) for sample in (real, fake))
            figures["feature_distance"] = feature_distance(*seen)
        return figures


class Memorisation(Metric):
    """Whether generated images lie nearer to the training images than held-out ones do.

    `memorisation_z` is the z-score of the data-copying test: far below 0 for copies. `copied` is
    the share of generated images that are nearer to a training image than all but 1% of the
    held-out ones; an honest model has 0.01, and `copied_p` is the probability that it has so many.
    `in_training` is the share of those whose nearest real image is one that was trained on, among
    equally many that were and were not; an honest model has 0.5. `mifid` is the
    `memorisation_informed_distance`.

    Args:
        train: The training images.
        extractor, samples: As in `Metric`; the training images are always all looked at.

    References:
        Meehan et al., 2020, https://arxiv.org/abs/2004.05675.
        Bai et al., 2021, https://arxiv.org/abs/2106.03062.
    """

    name = "memorisation"

    def __init__(self, train: Sample, extractor: Extractor, samples: int | None = None):
        super().__init__(extractor, samples)
        self.train = train

    def measure(self, real: Sample, fake: Sample) -> dict[str, float]:
        train = self.train.seen_by(self.extractor).features
        seen = self.features(fake)
        found = memorisation(train, self.features(real), seen)
        return {
            "memorisation_z": found.z,
            "copied": found.share,
            "copied_p": found.p_value,
            "in_training": found.in_training,
            "mifid": memorisation_informed_distance(train, seen),
        }

    def get_config(self) -> dict:
        raise ValueError(
            "Memorisation holds the training images, so it cannot be saved with a model. Use it in "
            "keras_gan.callbacks.Evaluate or keras_gan.report instead of compile(metrics=[...])."
        )
