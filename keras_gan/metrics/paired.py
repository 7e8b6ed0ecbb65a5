"""How near pictures come to those that they are to be, one by one."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from keras_gan.core.ranges import scaled, to_unit
from keras_gan.metrics.checks import check_sets
from keras_gan.metrics.distances import directions
from keras_gan.metrics.images import check_images

_BATCH = 256
_WINDOW = 11  # pixels on each side of what SSIM looks at


def psnr(real: np.ndarray, fake: np.ndarray) -> float:
    r"""Peak signal-to-noise ratio in decibels, the mean over pairs of pictures.

    10 log10(1 / MSE) of each pair, with values in [0, 1]: infinite for equal pictures, 0 where one
    is black and the other white. It rewards means of all that could be: blurred pictures.

    Args:
        real: Pictures `(n, height, width, channels)`, uint8 or float in [-1, 1].
        fake: One for each of them, likewise.

    Returns:
        The mean, infinite if any pair is equal.

    Raises:
        ValueError: for what are no pictures of one shape, as many of either.

    Example:

    >>> psnr(np.zeros((1, 8, 8, 1), "uint8"), np.full((1, 8, 8, 1), 255, "uint8"))
    0.0

    References:
        Wang et al., 2004, https://doi.org/10.1109/TIP.2003.819861, section II.
    """
    return _mean(tf.image.psnr, real, fake)


def ssim(real: np.ndarray, fake: np.ndarray) -> float:
    r"""Structural similarity, the mean over pairs of pictures.

    Means, spreads and correlation of Gaussian windows of 11 pixels (of the shorter side, if that is
    less) and a standard deviation of 1.5, with the constants of the paper; channels are averaged.

    Args:
        real, fake: As in `psnr`.

    Returns:
        The mean, 1 for equal pictures.

    Raises:
        ValueError: as `psnr`.

    Example:

    >>> ssim(photos, gan.translate(edges))

    References:
        Wang et al., 2004, https://doi.org/10.1109/TIP.2003.819861.
    """
    window = min(_WINDOW, *np.shape(real)[1:3])
    return _mean(functools.partial(tf.image.ssim, filter_size=window), real, fake)


def feature_distance(real: np.ndarray, fake: np.ndarray) -> float:
    r"""Perceptual distance: mean over pairs of |f(x)/|f(x)| - f(y)/|f(y)||^2.

    As LPIPS with one layer, without its learnt weights: 0 for equal directions of features, 2 for
    orthogonal ones, 4 for opposite ones.

    Args:
        real: Features `(n, d)` of pictures.
        fake: Features `(n, d)`, one row for each of them.

    Returns:
        The distance, from 0 to 4.

    Raises:
        ValueError: for features that are not finite, or of other shapes.

    Example:

    >>> feature_distance(np.array([[1.0, 0.0]]), np.array([[0.0, 3.0]]))
    2.0

    References:
        Zhang et al., 2018, https://arxiv.org/abs/1801.03924.
    """
    real, fake = check_sets(1, "A distance of pairs", real=real, fake=fake)
    _check_as_many(real, fake)
    apart = directions(real) - directions(fake)
    return float(np.mean(np.sum(apart**2, axis=1)))


def _mean(figure: Callable[..., tf.Tensor], real: np.ndarray, fake: np.ndarray) -> float:
    """Mean of a figure of pairs of pictures in [0, 1]."""
    real, fake = np.asarray(real), np.asarray(fake)
    for images in (real, fake):
        check_images(images)
    _check_as_many(real, fake)
    found = [
        figure(*(to_unit(scaled(x[k : k + _BATCH])) for x in (real, fake)), max_val=1.0).numpy()
        for k in range(0, len(real), _BATCH)
    ]
    return float(np.mean(np.concatenate(found), dtype=np.float64))


def _check_as_many(real: np.ndarray, fake: np.ndarray) -> None:
    if real.shape != fake.shape:
        raise ValueError(
            "Pictures are compared one by one with those that they are to be. Received: shapes "
            f"{real.shape} and {fake.shape}. Expected the same."
        )
