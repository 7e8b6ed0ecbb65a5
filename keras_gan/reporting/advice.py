"""What to do about each kind of finding, and where more is said of it."""

PAGE = "https://github.com/keras-gan/keras-gan/blob/main/docs/diagnose.md"

ADVICE = {
    "mode_collapse": "Train on with the penalty R1, learn the classes (a class-conditional model), "
    "or leave out classes that have too few images to be learnt.",
    "far_from_real": "Train longer while the distance still falls; where it no longer does, take "
    "another model or recipe, or a wider network.",
    "low_variety": "Train longer, add the penalty R1 or pack=2; with few images, augment what the "
    "discriminator sees, or collect more.",
    "low_quality": "Train longer, sample with a truncation below 1, or take another model or "
    "recipe, or a smaller image size.",
    "memorisation": "Look at the nearest training images below. Collect more images, augment what "
    "the discriminator sees, stop earlier, or take a smaller network.",
    "labels_ignored": "See whether the labels of the training data are in order; if they are, take "
    "another class-conditional model.",
    "wrong_labels": "Train longer, or join classes that look alike: fewer classes are easier.",
    "critic_won": "Add a gradient penalty such as R1, or lower the discriminator's learning rate.",
    "critic_overfits": "Collect more images, or augment what the discriminator sees.",
    "saturated": "Lower the learning rates, and see whether the training images are in range.",
    "flat": "Lower the learning rates, train longer, and look at the curves of the losses.",
    "repeats": "Begin a new training with the penalty R1, or a lower learning rate.",
    "diverged": "Go back to a checkpoint before it, and lower the learning rates or add a penalty.",
    "random_features": "Give the data labels, so that a classifier is fitted, or have the features "
    "of Inception downloaded once.",
    "fewer_samples_than_features": "Take more images, or go by the kernel distance, which has no "
    "such bias.",
    "few_samples": "Take more images, and compare with the column of real images, not with figures "
    "of other numbers.",
    "covers": "Nothing needs to be done.",
    "faithful": "Nothing needs to be done.",
    "no_copies": "Nothing needs to be done.",
}
"""Kind of a finding -> one sentence."""


def link(kind: str) -> str:
    """Address of the section about a kind of finding."""
    return f"{PAGE}#{kind.replace('_', '-')}"
