"""`Client`: pictures from a model that TensorFlow Serving serves."""

from typing import Any

import numpy as np

from keras_gan.serving.transports import Grpc, Rest, ServingError


class Client:
    """Asks a server for the pictures of a model that `keras_gan.export.publish` put there.

    The same seed gives the picture that `gan.sample(seeds=[seed])` gives, in [0, 1]. A call that
    finds no server, or one that is too busy, is tried again; that is safe, since an answer depends
    on what is asked alone.

    Args:
        url: `"http://host:8501"` (or https) for REST, `"grpc://host:8500"` for gRPC, which needs
            the extra `serving`.
        model: Name under which the server serves it.
        version: Version to ask; the server's newest if not given.
        timeout: Seconds to wait for one answer; with gRPC, new tries included.
        retries: How often to try again.
        backoff: Seconds before the first new try, doubled for each further one.
        batch_size: Rows of one request; more are asked for in several.

    Raises:
        ValueError: for another kind of URL.

    Example:

    >>> client = keras_gan.serving.Client("http://localhost:8501", model="digits")
    >>> client.sample(seeds=[1, 2, 3], labels=7).shape
    (3, 28, 28, 1)
    >>> Path("seven.png").write_bytes(client.png(seeds=[1], labels=7)[0])
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        version: int | None = None,
        timeout: float = 10.0,
        retries: int = 3,
        backoff: float = 0.2,
        batch_size: int = 64,
    ):
        kinds = {"http": Rest, "https": Rest, "grpc": Grpc}
        scheme = url.partition("://")[0]
        if scheme not in kinds:
            raise ValueError(f"Expected http://, https:// or grpc://host:port. Received: {url!r}.")
        self._transport = kinds[scheme](url, model, version, timeout, retries, backoff)
        self._batch_size = batch_size

    def sample(self, seeds: Any, labels: Any = None, truncation: Any = 1.0) -> np.ndarray:
        """Pictures, one for each seed: float32 `(n, height, width, channels)` in [0, 1].

        Args:
            seeds: Integers `(n,)`, or one.
            labels: Classes `(n,)`, or one for all; class-conditional models only.
            truncation: Factors of the latents `(n,)`, or one for all, at least 0.

        Raises:
            ServingError: with the server's words, if it refuses or cannot be reached.
        """
        return self.predict("from_seed", seed=seeds, labels=labels, truncation=truncation)["images"]

    def png(self, seeds: Any, labels: Any = None, truncation: Any = 1.0) -> list[bytes]:
        """PNG files, one for each seed; arguments and errors as those of `sample`."""
        answer = self.predict("png", seed=seeds, labels=labels, truncation=truncation)
        return answer["image_bytes"].tolist()

    def interpolate(self, start: Any, end: Any, positions: Any, labels: Any = None) -> np.ndarray:
        """Pictures on the arc between two seeds' latents, as those of `sample`.

        Args:
            start, end: Integers `(n,)`, or one.
            positions: Numbers `(n,)`: 0 is the start, 1 the end.
            labels: As in `sample`.
        """
        answer = self.predict(
            "interpolate", seed_from=start, seed_to=end, position=positions, labels=labels
        )
        return answer["images"]

    def predict(self, signature: str, **inputs: Any) -> dict[str, np.ndarray]:
        """Calls any signature: arrays by the names of its outputs.

        Args:
            signature: Its name.
            inputs: By name, rows `(n, ...)`, or one number for all rows; None is left out.
        """
        arrays = {name: _array(name, x) for name, x in inputs.items() if x is not None}
        n = max((len(array) for array in arrays.values() if array.ndim), default=1)
        rows = {name: np.full(n, x) if x.ndim == 0 else x for name, x in arrays.items()}
        lengths = {name: len(array) for name, array in rows.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Expected as many of each, or one. Received: {lengths}.")
        answers = []
        for k in range(0, max(n, 1), self._batch_size):
            part = {name: array[k : k + self._batch_size] for name, array in rows.items()}
            answers.append(self._transport.predict(signature, part))
        return {name: np.concatenate([a[name] for a in answers]) for name in answers[0]}

    def ready(self) -> bool:
        """Whether the server has the model (and version) in service."""
        try:
            return self._transport.ready()
        except ServingError:
            return False


_DTYPES = {
    "seed": np.int64,
    "seed_from": np.int64,
    "seed_to": np.int64,
    "labels": np.int32,
    "image_bytes": object,
}


def _array(name: str, value: Any) -> np.ndarray:
    """The value as the signatures want it: whole numbers, strings, or finite float32."""
    dtype = np.dtype(_DTYPES.get(name, np.float32))
    array = np.asarray(value, object if dtype.kind == "O" else None)
    if dtype.kind == "i" and array.size and array.dtype.kind not in "iu":
        raise ValueError(f"Expected whole numbers for {name}. Received: {value!r}.")
    array = array.astype(dtype)
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"Expected finite {name}. Received: {value!r}.")
    return array
