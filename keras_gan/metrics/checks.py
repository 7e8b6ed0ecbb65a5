"""What every metric asks of the features that it is given."""

import numpy as np


def check_features(
    real: np.ndarray, fake: np.ndarray, at_least: int, why: str
) -> tuple[np.ndarray, np.ndarray]:
    """Checks two sets of features.

    Args:
        real, fake: Arrays `(samples, features)`, of the same width.
        at_least: So many samples are needed of either.
        why: What they are needed for.

    Returns:
        Both as float32, if they were that, or else as float64.

    Raises:
        ValueError: says which set is wrong, and how.
    """
    return check_sets(at_least, why, real=real, fake=fake)


def check_sets(at_least: int, why: str, **sets: np.ndarray) -> tuple[np.ndarray, ...]:
    """The same for any sets of features, by the names that errors shall give them."""
    sets = {name.replace("_", "-"): features for name, features in sets.items()}
    checked = {name: check_set(features, name, at_least, why) for name, features in sets.items()}
    if len({features.shape[1] for features in checked.values()}) > 1:
        *names, last = checked
        shapes = ", ".join(f"{name} {features.shape}" for name, features in checked.items())
        raise ValueError(
            f"{', '.join(names).capitalize()} and {last} features must be equally wide. "
            f"Received: {shapes}."
        )
    return tuple(checked.values())


def check_set(features: np.ndarray, name: str, at_least: int, why: str) -> np.ndarray:
    """The same for one set."""
    features = np.asarray(features)
    if features.ndim != 2:
        raise ValueError(
            f"Expected {name} features (samples, features). Received: shape {features.shape}."
        )
    if features.dtype != np.float32:
        features = features.astype(np.float64)
    if len(features) < at_least:
        raise ValueError(
            f"{why} takes at least {at_least} samples. Received: {len(features)} {name} ones."
        )
    wrong = np.count_nonzero(~np.isfinite(features).all(axis=1))
    if wrong:
        raise ValueError(
            f"The {name} features are not finite. Received: NaN or infinity in {wrong} of "
            f"{len(features)} samples."
        )
    return features
