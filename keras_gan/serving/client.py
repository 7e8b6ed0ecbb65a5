"""`Client`: pictures from a model that TensorFlow Serving serves."""

import numbers
import reprlib
from typing import Any
from urllib.parse import SplitResult, urlsplit

import numpy as np

from keras_gan.serving.retries import Retries, ServingError
from keras_gan.serving.transports import Grpc, Rest

_KINDS = {"http": Rest, "https": Rest, "grpc": Grpc}


class Client:
    """Asks a server for the pictures of a model that `keras_gan.export.publish` put there.

    The same seed gives the picture that `gan.sample(seeds=[seed])` gives, in [0, 1]. A call that
    finds no server, or one that is too busy (UNAVAILABLE, RESOURCE_EXHAUSTED; HTTP 429, 502, 503,
    504; a connection that breaks), is tried again; that is safe, since an answer depends on what is
    asked alone. No rows are answered without a request for them: under `--enable_batching` an empty
    one hangs in the server. Several threads may share a client; `with` closes its connections.

    Args:
        url: `"http://host:8501"` (or https, or with a path before `/v1`) for REST,
            `"grpc://host:8500"` for gRPC, which needs the extra `serving`. Both go through the
            proxy that `http_proxy` and `no_proxy` name.
        model: Name under which the server serves it.
        version: Version to ask; the server's newest if not given.
        timeout: Seconds to wait for the answer to one request, new tries included.
        retries: How often to try again.
        backoff: Seconds before the first new try, doubled for each further one; up to half of it
            is left out at random.
        batch_size: Rows of one request; more are asked for in several, so that any number gets
            through to a server whose `max_batch_size` is not smaller (deploy/batching.conf: 64).

    Raises:
        ValueError: for another kind of URL, or a number out of its range.

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
        if not isinstance(model, str) or not model:
            raise ValueError(f"Expected the name of a model. Received: {model!r}.")
        if version is not None:
            _check_whole("version", version, least=0)
        _check_whole("retries", retries, least=0)
        _check_whole("batch_size", batch_size, least=1)
        if not timeout > 0 or not backoff >= 0:
            raise ValueError(
                f"Expected timeout > 0 and backoff >= 0. Received: {timeout}, {backoff}."
            )
        address = _address(url)
        tries = Retries(timeout, retries, backoff)
        self._transport = _KINDS[address.scheme](address, model, version, tries)
        self._batch_size = batch_size

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def sample(self, seeds: Any, labels: Any = None, truncation: Any = 1.0) -> np.ndarray:
        """Pictures, one for each seed: float32 `(n, height, width, channels)` in [0, 1].

        Args:
            seeds: Integers `(n,)`, or one, from 0 to 2**63 - 1.
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

    def wav(self, seeds: Any, labels: Any = None, truncation: Any = 1.0) -> list[bytes]:
        """WAV files of a model of waves; arguments and errors as those of `sample`."""
        answer = self.predict("wav", seed=seeds, labels=labels, truncation=truncation)
        return answer["audio_bytes"].tolist()

    def text(self, seeds: Any, labels: Any = None, truncation: Any = 1.0) -> list[str]:
        """Lines of a model of text; arguments and errors as those of `sample`."""
        answer = self.predict("text", seed=seeds, labels=labels, truncation=truncation)
        lines = answer["text"].tolist()
        return [line.decode() if isinstance(line, bytes) else line for line in lines]

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

    def edit(self, seeds: Any, direction: Any, strength: Any, labels: Any = None) -> np.ndarray:
        """Pictures of seeds, moved along a direction that was exported; as those of `sample`.

        Args:
            seeds, labels: As in `sample`.
            direction: Names `(n,)`, or one for all.
            strength: Standard deviations `(n,)`, or one for all; below 0 the other way.
        """
        names = np.asarray(direction, object)
        names = np.array([str(name).encode() for name in names.flat], object).reshape(names.shape)
        given = {"seed": seeds, "direction": names, "strength": strength, "labels": labels}
        return self.predict("edit", **given)["images"]

    def predict(self, signature: str, **inputs: Any) -> dict[str, np.ndarray]:
        """Calls any signature: arrays by the names of its outputs.

        Args:
            signature: Its name.
            inputs: By name, rows `(n, ...)`, or one number for all rows; None is left out.

        Raises:
            ValueError: for inputs of different lengths, or that are no such numbers.
            ServingError: with the server's words, if it refuses or cannot be reached.

        Example:

        >>> client.predict("reconstruct", images=pictures)["images"].shape
        (2, 28, 28, 1)
        """
        arrays = {name: _array(name, x) for name, x in inputs.items() if x is not None}
        n = max((len(array) for array in arrays.values() if array.ndim), default=1)
        rows = {name: np.full(n, x) if x.ndim == 0 else x for name, x in arrays.items()}
        lengths = {name: len(array) for name, array in rows.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"Expected as many of each, or one. Received: {lengths}.")
        if n == 0:
            return self._of_no_rows(signature, rows)
        answers = []
        for k in range(0, n, self._batch_size):
            part = {name: array[k : k + self._batch_size] for name, array in rows.items()}
            answers.append(self._transport.predict(signature, part))
        return {name: np.concatenate([a[name] for a in answers]) for name in answers[0]}

    def _of_no_rows(self, name: str, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        signature = self._transport.signature(name)
        if signature.inputs != rows.keys():
            raise ValueError(
                f"Expected the inputs {sorted(signature.inputs)} for {name}. "
                f"Received: {sorted(rows)}."
            )
        return signature.empty

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
    "direction": object,
}


def _array(name: str, value: Any) -> np.ndarray:
    """The value as the signatures want it: whole numbers, strings, or finite float32."""

    def refusal(expected: str) -> ValueError:
        return ValueError(f"Expected {expected}. Received: {reprlib.repr(value)}.")

    dtype = np.dtype(_DTYPES.get(name, np.float32))
    try:
        array = np.asarray(value, None if dtype.kind == "f" else object)
    except ValueError as error:
        raise refusal(f"rows of one shape for {name}") from error
    if dtype.kind == "O":
        if not all(isinstance(file, bytes) for file in array.flat):
            raise refusal(f"bytes for {name}")
    elif dtype.kind == "i":
        if not all(isinstance(x, numbers.Integral) and not isinstance(x, bool) for x in array.flat):
            raise refusal(f"whole numbers for {name}")
        least, most = 0 if name.startswith("seed") else np.iinfo(dtype).min, np.iinfo(dtype).max
        if not all(least <= x <= most for x in array.flat):  # the cast would make others of them
            raise refusal(f"{name} from {least} to {most}")
    elif array.dtype.kind not in "fiub":
        raise refusal(f"numbers for {name}")
    with np.errstate(over="ignore"):
        array = array.astype(dtype)
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise refusal(f"finite {name}")
    return array


def _address(url: str) -> SplitResult:
    """The parts of a server's address."""
    try:
        found = urlsplit(url)
        port = found.port  # raises if it is no number
        fits = found.scheme in _KINDS and found.hostname and not (found.query or found.fragment)
        if found.scheme == "grpc":
            fits = fits and port and found.path in ("", "/")
        fits = fits and "/v1/" not in found.path
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "Expected http://host:port, https://host:port or grpc://host:port, without "
            f"/v1/models. Received: {url!r}."
        )
    return found


def _check_whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"Expected a whole {name} of at least {least}. Received: {value!r}.")
