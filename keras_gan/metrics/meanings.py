"""What each figure is called, what it says, and which way is better: for logs, reports, people."""

from typing import NamedTuple

from keras_gan.metrics.ngrams import LONGEST


class Meaning(NamedTuple):
    """One figure in words.

    Attributes:
        title: What it is called.
        group: Where it stands in a report.
        better: "lower", "higher", "real" (as near as possible to what real images get), or None
            where neither is.
        about: One sentence for somebody who has not met it.
    """

    title: str
    group: str
    better: str | None
    about: str


MEANINGS = {
    "fid": Meaning(
        "Fréchet distance (FID)",
        "distance",
        "lower",
        "How far the features of generated images, taken as one cloud, are from those of real "
        "ones; it falls with the number of images and depends on the features.",
    ),
    "kid": Meaning(
        "Kernel distance (KID)",
        "distance",
        "lower",
        "As the Fréchet distance, without bias at small numbers of images; 0 is perfect, and a "
        "little below 0 is chance.",
    ),
    **{
        f"ngrams_{n}": Meaning(
            f"Runs of {n}",
            "distance",
            "lower",
            f"How unlike the frequencies of runs of {n} words or characters are, from 0 to 1 "
            "(Jensen-Shannon divergence); it falls with the number of texts.",
        )
        for n in range(1, LONGEST + 1)
    },
    "precision": Meaning(
        "Precision",
        "variety",
        "higher",
        "The share of generated images that look like some real image. With a low coverage it "
        "says little: a few odd real images with wide neighbourhoods can take in even noise.",
    ),
    "recall": Meaning(
        "Recall",
        "variety",
        "higher",
        "The share of real images that look like something the generator makes.",
    ),
    "density": Meaning(
        "Density",
        "variety",
        "higher",
        "How deep generated images lie among the real ones; 1 is as deep as real ones.",
    ),
    "coverage": Meaning(
        "Coverage",
        "variety",
        "higher",
        "The share of real images that have a generated one nearby: low when kinds are missing.",
    ),
    "modes": Meaning(
        "Classes found",
        "variety",
        "higher",
        "How many classes a classifier sees among the generated images.",
    ),
    "reverse_kl": Meaning(
        "Reverse KL of the classes",
        "variety",
        "lower",
        "How far the shares of the classes are from those among real images; 0 is equal.",
    ),
    "inception_score": Meaning(
        "Inception score",
        "labels",
        "real",
        "Whether images are clearly of one class each and all classes come: at most the number "
        "of classes. It knows no real images and can be fooled.",
    ),
    "is_between": Meaning(
        "Inception score between classes",
        "labels",
        "real",
        "How well the classes asked for can be told apart; the number of classes at most.",
    ),
    "is_within": Meaning(
        "Inception score within classes",
        "labels",
        "real",
        "How much the class seen varies within a class asked for; 1 if it never does.",
    ),
    "right_label": Meaning(
        "Right label",
        "labels",
        "higher",
        "The share of generated images in which a classifier sees the class that was asked for.",
    ),
    "cas": Meaning(
        "Classification accuracy score (CAS)",
        "labels",
        "higher",
        "How well a classifier that has seen generated images only does on real ones.",
    ),
    "psnr": Meaning(
        "Peak signal-to-noise ratio (PSNR)",
        "pairs",
        "higher",
        "How near pictures come to those that they stand for, pixel by pixel, in decibels; blurred "
        "ones get more than sharp ones that are wrong in places.",
    ),
    "ssim": Meaning(
        "Structural similarity (SSIM)",
        "pairs",
        "higher",
        "How alike brightness, contrast and structure are, window by window; 1 is equal.",
    ),
    "feature_distance": Meaning(
        "Perceptual distance",
        "pairs",
        "lower",
        "How far pictures are from those that they stand for in the directions of their features: "
        "as LPIPS without its weights; 0 is equal, so compare equal features only.",
    ),
    "memorisation_z": Meaning(
        "Data-copying test, z",
        "memory",
        "real",
        "Whether generated images lie nearer to training images than held-out ones do: below -3 "
        "they do, above 3 they lie farther away. Images that are but more usual than real ones lie "
        "nearer too.",
    ),
    "copied": Meaning(
        "Nearer than 99% of held-out images",
        "memory",
        "lower",
        "The share of generated images that lie nearer to a training image than all but 1% of "
        "the held-out ones; 0.01 is chance.",
    ),
    "copied_p": Meaning(
        "Chance of so many without copying",
        "memory",
        None,
        "How probable that share, or a larger one, is if nothing is copied: Fisher's exact test.",
    ),
    "in_training": Meaning(
        "Nearest to a training image",
        "memory",
        "real",
        "The share of generated images whose nearest real image was trained on, among equally "
        "many that were and were not; 0.5 is chance, copies have 1.",
    ),
    "mifid": Meaning(
        "Memorisation-informed distance (MiFID)",
        "memory",
        "lower",
        "The Fréchet distance from the training images, divided by how far generated images lie "
        "from the nearest of them where that is less than 0.1 (cosines of features): copies of a "
        "few images get a very large one.",
    ),
    "accuracy_real": Meaning(
        "Discriminator on training images",
        "discriminator",
        None,
        "The share of training images that the discriminator takes for real.",
    ),
    "accuracy_held_out": Meaning(
        "Discriminator on held-out images",
        "discriminator",
        None,
        "The same on images that it has never seen; much less means that it learnt them by heart.",
    ),
    "accuracy_fake": Meaning(
        "Discriminator on generated images",
        "discriminator",
        None,
        "The share of generated images that the discriminator sees through.",
    ),
    "path_length": Meaning(
        "Perceptual path length",
        "latent",
        "lower",
        "How abruptly images change on the way from one latent vector to another; in units of the "
        "features, so compare equal features only.",
    ),
}
