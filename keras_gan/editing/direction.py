"""Directions in the space of latents: learnt from attributes, or found in the generator itself."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge

from keras_gan.core import names
from keras_gan.core.directions import Direction
from keras_gan.editing import checks
from keras_gan.editing.inversion import invert
from keras_gan.editing.space import DRAWS, Space
from keras_gan.engine.model import GenerativeModel
from keras_gan.layers import ModulatedConv2D

METHODS = ("linear", "means")


def directions(
    gan: GenerativeModel,
    photos: np.ndarray | None,
    attributes: Mapping[str, Any],
    *,
    method: str = "linear",
    orthogonal: bool = True,
    samples: int = DRAWS,
    seed: int = 0,
    **options: Any,
) -> dict[str, Direction]:
    r"""Learns in which direction pictures get an attribute.

    `"means"` is the difference of the latents' class means, E[z | 1] - E[z | 0]; `"linear"` the
    normal of a linear classifier of them, or a linear regression of an attribute that is a number.
    A normal n is made orthogonal to the others' span N: n - N N^+ n.

    Args:
        gan: A model that draws from latents.
        photos: Pictures whose latents are found by `invert`; None where every attribute is a
            function, which is then asked about the model's own samples.
        attributes: Name -> values `(n,)` of the pictures, two of them or numbers; or a function
            from float32 pictures `(n, ...)` in [-1, 1] to such values, a classifier for instance.
        method: `"linear"` or `"means"`.
        orthogonal: Whether each direction leaves the other attributes as they are.
        samples: Number of samples, where there are no photos.
        seed: Of the samples.
        options: Those of `invert`.

    Returns:
        Name -> `Direction`.

    Raises:
        ValueError: for attributes that are the same in all pictures, or fewer or more than these.

    Example:

    >>> directions = keras_gan.editing.directions(gan, photos, {"older": age > 40})

    References:
        Shen et al., 2020, https://arxiv.org/abs/1907.10786 (InterFaceGAN).
    """
    checks.check_draws(gan)
    names.pick("method", method, METHODS)
    if photos is None:
        space, labels = Space(gan), gan.condition.given(None, samples)
        latents = space.draw(samples, labels, seed)
        images = space.images(latents, labels)
    else:
        inversion = invert(gan, photos, seed=seed, **options)
        latents, images = inversion.latents, checks.photos(gan, photos, None)[0]
    values = {name: _values(name, given, images) for name, given in attributes.items()}
    normals = {name: _normal(latents, value, method) for name, value in values.items()}
    drawn, found = Space(gan).draw(DRAWS), {}
    for name, normal in normals.items():
        others = [normals[other] for other in normals if other != name]
        if orthogonal and others:
            span = np.stack(others, axis=1)
            normal = normal - span @ (np.linalg.pinv(span) @ normal)
        told = _told(latents @ normal, values[name])
        found[name] = Direction(name, _standard(drawn, normal), told)
    return found


def _values(name: str, given: Any, images: np.ndarray) -> np.ndarray:
    """An attribute's values as float `(n,)`."""
    values = np.asarray(given(images) if callable(given) else given, np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (len(images),) or not np.isfinite(values).all():
        raise ValueError(
            f"The attribute {name!r} needs a finite value for each of {len(images)} pictures. "
            f"Received: an array of shape {values.shape}."
        )
    if np.ptp(values) == 0:
        raise ValueError(
            f"The attribute {name!r} is the same in all pictures. Received: {values[0]:g}. "
            "Expected pictures with it and without it."
        )
    return values


def _is_class(values: np.ndarray) -> bool:
    return len(np.unique(values)) == 2


def _normal(latents: np.ndarray, values: np.ndarray, method: str) -> np.ndarray:
    """Towards more of an attribute, of length 1."""
    high = values > (values.mean() if _is_class(values) else np.median(values))
    if method == "means":
        normal = latents[high].mean(axis=0) - latents[~high].mean(axis=0)
    elif _is_class(values):
        normal = LogisticRegression(max_iter=1000).fit(latents, high).coef_[0]
    else:
        normal = Ridge().fit(latents, values).coef_
    return normal / max(np.linalg.norm(normal), 1e-12)


def _told(along: np.ndarray, values: np.ndarray) -> float:
    """The share of classes that a place along a direction tells, or its R^2 for numbers."""
    if not _is_class(values):
        return float(np.corrcoef(along, values)[0, 1] ** 2)
    high = values > values.mean()
    limit = (along[high].mean() + along[~high].mean()) / 2
    return float(np.mean((along > limit) == high))


def _standard(drawn: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """A direction as long as the standard deviation of draws along it."""
    normal = normal / max(np.linalg.norm(normal), 1e-12)
    return (normal * (drawn @ normal).std()).astype(np.float32)


def factors(gan: GenerativeModel, n: int = 5) -> dict[str, Direction]:
    """Directions that change the generator's first layer most, without any picture or label.

    The eigenvectors of A A^T, where A is the kernel of the first layer that takes the latents; of
    `StyleGAN2` the kernels, side by side, of all layers that take the style.

    Args:
        gan: A model whose generator begins with a dense layer.
        n: How many, at most the length of the latents.

    Returns:
        `"factor-1"`, which changes most, and so on -> `Direction`.

    Raises:
        ValueError: for a generator that begins otherwise.

    Example:

    >>> keras_gan.editing.factors(gan, n=3)["factor-1"]

    References:
        Shen and Zhou, 2021, https://arxiv.org/abs/2007.06600 (SeFa).
    """
    checks.check_draws(gan)
    _check_number(n, gan.latent_dim)
    space = Space(gan)
    kernel, drawn = _kernel(space), space.draw(DRAWS)
    changes, vectors = np.linalg.eigh(kernel @ kernel.T)
    order = np.argsort(changes)[::-1][:n]
    shares = changes / changes.sum()
    return {
        f"factor-{k}": Direction(f"factor-{k}", _standard(drawn, vectors[:, at]), float(shares[at]))
        for k, at in enumerate(order, start=1)
    }


def _kernel(space: Space) -> np.ndarray:
    """The rows that points are multiplied by: of the first dense kernel, or of those of styles."""
    gan = space.gan
    parts = gan.ema_generator._flatten_layers(include_self=False)
    if space.is_mapped:
        kernels = [x.affine.kernel for x in parts if isinstance(x, ModulatedConv2D)]
        return np.concatenate(kernels, axis=1).astype(np.float64)
    for layer in parts:
        if isinstance(layer, keras.layers.Dense) and layer.kernel.shape[0] >= gan.latent_dim:
            return np.asarray(layer.kernel)[: gan.latent_dim].astype(np.float64)
    raise ValueError(
        f"The generator {gan.ema_generator.name!r} begins with no dense layer of its latents. "
        "Expected one; keras_gan.editing.components needs none."
    )


def components(gan: GenerativeModel, n: int = 5, samples: int = DRAWS) -> dict[str, Direction]:
    """Directions in which samples differ most: principal components, carried back to latents.

    Args:
        gan: A model that draws from latents.
        n: How many, at most the length of the latents.
        samples: How many samples they are of, more than n.

    Returns:
        `"component-1"`, which explains most, and so on -> `Direction`.

    Raises:
        ValueError: for more directions than latents or samples have.

    Example:

    >>> keras_gan.editing.components(gan, n=3)["component-1"]

    References:
        Härkönen et al., 2020, https://arxiv.org/abs/2004.02546 (GANSpace), on pictures.
    """
    checks.check_draws(gan)
    _check_number(n, min(gan.latent_dim, samples - 1))
    space, labels = Space(gan), gan.condition.given(None, samples)
    latents = space.draw(samples, labels)
    images, drawn = space.images(latents, labels), space.draw(DRAWS)
    pca = PCA(n, random_state=0)
    places = pca.fit_transform(images.reshape(samples, -1))
    back = np.linalg.lstsq(places, latents - latents.mean(axis=0), rcond=None)[0]
    return {
        f"component-{k}": Direction(f"component-{k}", _standard(drawn, row), float(share))
        for k, (row, share) in enumerate(
            zip(back, pca.explained_variance_ratio_, strict=True), start=1
        )
    }


def _check_number(n: int, most: int) -> None:
    if not isinstance(n, int) or not 1 <= n <= most:
        raise ValueError(f"Expected 1 to {most} directions. Received: n={n!r}.")
