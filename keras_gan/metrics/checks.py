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
    real, fake = _checked(real, "real", at_least, why), _checked(fake, "fake", at_least, why)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            "Real and fake features must be equally wide. "
            f"Received: real {real.shape}, fake {fake.shape}."
        )
    return real, fake


def _checked(features: np.ndarray, name: str, at_least: int, why: str) -> np.ndarray:
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
