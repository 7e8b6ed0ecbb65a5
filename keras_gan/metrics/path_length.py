"""Perceptual path length. Karras et al., 2019, https://arxiv.org/abs/1812.04948"""

from collections.abc import Callable

import numpy as np

from keras_gan.core.noise import slerp
from keras_gan.metrics.extractors import Extractor

_PAIRS = 250  # generated at a time


def perceptual_path_length(
    generate: Callable[[np.ndarray, np.ndarray | None], np.ndarray],
    extractor: Extractor | Callable[[np.ndarray, np.ndarray], np.ndarray],
    latent_dim: int,
    *,
    samples: int = 1000,
    epsilon: float = 1e-3,
    labels: np.ndarray | None = None,
    seed: int = 0,
    ends: np.ndarray | None = None,
    between: Callable = slerp,
) -> float:
    r"""How fast pictures change on the way from one latent to another: low is smooth.

    E |f(g(z(t))) - f(g(z(t + epsilon)))|^2 / epsilon^2, with features f, generator g, t uniform in
    [0, 1] and z(t) = sin((1-t) w) / sin(w) a + sin(t w) / sin(w) b on the arc between two normal
    latents a and b with the angle w. As in the paper, the lowest and highest 1% are left out.

    Differs from the paper: the distance is the squared Euclidean one between the features of the
    extractor, not LPIPS (which needs VGG weights of its own), so figures compare only between
    generators judged by one extractor; latents keep their length, since normal latents, unlike
    StyleGAN's, are not normalised; and epsilon is 1e-3, not 1e-4: squared rounding errors of
    float32 count a hundred times less.

    Args:
        generate: Latents `(n, latent_dim)` and labels `(n,)` or None -> images `(n, h, w, c)`. It
            must not round images to 8 bits: steps are too small for that.
        extractor: Gives the features; or two sets of images -> squared distances `(n,)`.
        latent_dim: Width of the latents.
        samples: Number of steps to average over; two images are made for each.
        epsilon: Length of a step; the whole way is 1.
        labels: Integers `(samples,)`, the classes to make; both ends of a step share one.
        seed: Of latents and places.
        ends: Latents `(2, samples, latent_dim)`, the a and b of a model with another prior.
        between: The way from a to b, as a function of both and of places `(samples, 1)`.

    Returns:
        The mean, at least 0, in float64.

    Raises:
        ValueError: for labels of another number, a step that is not in (0, 1), or rounded images.

    Example:

    >>> perceptual_path_length(lambda z, _: gan.ema_generator(z), Pixels(), gan.latent_dim)
    """
    if samples < 1 or not 0 < epsilon < 1:
        raise ValueError(
            "Expected at least one sample and a step in (0, 1). "
            f"Received: samples={samples}, epsilon={epsilon}."
        )
    if labels is not None and np.shape(labels) != (samples,):
        raise ValueError(
            f"Every step needs one label. Received: labels of shape {np.shape(labels)}. "
            f"Expected ({samples},)."
        )
    distance = _between_features(extractor) if isinstance(extractor, Extractor) else extractor
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, samples, latent_dim))
    if ends is not None:
        a, b = ends
    t = rng.uniform(0.0, 1.0, (samples, 1))
    places = (between(a, b, place) for place in (t, t + epsilon))
    start, end = (np.asarray(latents, np.float32) for latents in places)
    squares = []
    for i in range(0, samples, _PAIRS):
        rows = slice(i, i + _PAIRS)
        label = None if labels is None else np.asarray(labels)[rows]
        images = [np.asarray(generate(z[rows], label)) for z in (start, end)]
        if images[0].dtype.kind != "f":
            raise ValueError(
                "The steps are too small for images that are rounded to 8 bits. Received: "
                f"{images[0].dtype} images. Expected floats in [-1, 1]."
            )
        squares.append(distance(*images))
    lengths = np.concatenate(squares) / epsilon**2
    low = np.quantile(lengths, 0.01, method="lower")
    high = np.quantile(lengths, 0.99, method="higher")
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def _between_features(extractor: Extractor) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        step = extractor.extract(a).features.astype(np.float64) - extractor.extract(b).features
        return np.einsum("ij,ij->i", step, step)

    return distance
