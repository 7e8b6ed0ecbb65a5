"""Directions in the space of latents: learnt from attributes, or found in the generator itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge

from keras_gan.core import files, names, noise
from keras_gan.editing import checks
from keras_gan.editing.inversion import invert
from keras_gan.engine.model import GenerativeModel

METHODS = ("linear", "means")
DRAWS = 2000  # latents of which a direction's unit, and components, are worked out
NAME = "directions.json"  # beside the model


class Direction(NamedTuple):
    """A way to move latents.

    Args:
        name: What changes.
        vector: float32 `(latent_dim,)`, a standard deviation of the prior long.
        found: The share of the latents it was learnt from whose attribute it tells, or of the
            change that it explains; None where nothing was measured.
    """

    name: str
    vector: np.ndarray
    found: float | None = None

    def check(self, latent_dim: int) -> None:
        """Refuses latents of another length."""
        if self.vector.shape != (latent_dim,):
            raise ValueError(
                f"The direction {self.name!r} is of other latents. Received: a vector of shape "
                f"{self.vector.shape}. Expected ({latent_dim},)."
            )


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
        latents = gan.latents(noise.seed_rows(samples, seed, None)).numpy()
        labels = gan.condition.given(None, samples)
        images = gan.samples_of(tf.constant(latents), labels)
    else:
        inversion = invert(gan, photos, seed=seed, **options)
        latents, images = inversion.latents, checks.photos(gan, photos, None)[0]
    values = {name: _values(name, given, images) for name, given in attributes.items()}
    normals = {name: _normal(latents, value, method) for name, value in values.items()}
    found = {}
    for name, normal in normals.items():
        others = [normals[other] for other in normals if other != name]
        if orthogonal and others:
            span = np.stack(others, axis=1)
            normal = normal - span @ (np.linalg.pinv(span) @ normal)
        told = _told(latents @ normal, values[name])
        found[name] = Direction(name, _standard(gan, normal), told)
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


def _standard(gan: GenerativeModel, normal: np.ndarray) -> np.ndarray:
    """A direction as long as the prior's standard deviation along it."""
    normal = normal / max(np.linalg.norm(normal), 1e-12)
    drawn = gan.latents(noise.seed_rows(DRAWS, 0, None)).numpy()
    return (normal * (drawn @ normal).std()).astype(np.float32)


def factors(gan: GenerativeModel, n: int = 5) -> dict[str, Direction]:
    """Directions that change the generator's first layer most, without any picture or label.

    The eigenvectors of A^T A, where A is the kernel of the first layer that takes the latents.

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
    kernel = _first_kernel(gan)
    changes, vectors = np.linalg.eigh(kernel @ kernel.T)
    order = np.argsort(changes)[::-1][:n]
    shares = changes / changes.sum()
    return {
        f"factor-{k}": Direction(f"factor-{k}", _standard(gan, vectors[:, at]), float(shares[at]))
        for k, at in enumerate(order, start=1)
    }


def _first_kernel(gan: GenerativeModel) -> np.ndarray:
    """The rows of the first dense kernel that latents, which come first, are multiplied by."""
    for layer in gan.ema_generator._flatten_layers():
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
    latents = gan.latents(noise.seed_rows(samples, 0, None)).numpy()
    images = gan.samples_of(tf.constant(latents), gan.condition.given(None, samples))
    pca = PCA(n, random_state=0)
    places = pca.fit_transform(images.reshape(samples, -1))
    back = np.linalg.lstsq(places, latents - latents.mean(axis=0), rcond=None)[0]
    return {
        f"component-{k}": Direction(f"component-{k}", _standard(gan, row), float(share))
        for k, (row, share) in enumerate(
            zip(back, pca.explained_variance_ratio_, strict=True), start=1
        )
    }


def _check_number(n: int, most: int) -> None:
    if not isinstance(n, int) or not 1 <= n <= most:
        raise ValueError(f"Expected 1 to {most} directions. Received: n={n!r}.")


# -- kept ------------------------------------------------------------------------------------------


def save(directions: Mapping[str, Direction], path: str | Path) -> None:
    """Writes directions into one file; one that exists is replaced once the new one is whole.

    Args:
        directions: As `directions`, `factors` and `components` give them, joined as you like.
        path: The file; `directions.json` in a run is where `keras-gan edit` looks.

    Example:

    >>> keras_gan.editing.save(found | keras_gan.editing.factors(gan), "runs/a/directions.json")
    """
    rows = [one._replace(name=k, vector=one.vector.tolist()) for k, one in directions.items()]
    with files.replacing(path) as partial:
        text = json.dumps([row._asdict() for row in rows], indent=1)
        partial.write_text(text, encoding="utf-8")


def load(path: str | Path) -> dict[str, Direction]:
    """Reads what `save` wrote.

    Returns:
        Name -> `Direction`.

    Raises:
        ValueError: for a file that is no such file.

    Example:

    >>> directions = keras_gan.editing.load("runs/a/directions.json")
    """
    try:
        rows = [Direction(**row) for row in json.loads(Path(path).read_text(encoding="utf-8"))]
        return {row.name: row._replace(vector=np.asarray(row.vector, np.float32)) for row in rows}
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The file has no directions that keras_gan.editing.save wrote. Received: {path}."
        ) from error
