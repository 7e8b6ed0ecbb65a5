"""Trying again: how often, how long, and after which errors."""

import itertools
import random
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

_LONGEST = 10.0  # seconds between two tries
_SHORTEST = 0.001  # of a try
_jitter = random.Random()  # callers that were refused together do not come back together
_Answer = TypeVar("_Answer")


class ServingError(RuntimeError):
    """What a server answered instead of pictures.

    `code` is its HTTP status or gRPC code, `transient` whether another try may succeed.
    """

    def __init__(self, message: str, code: int | str | None = None, transient: bool = False):
        super().__init__(message)
        self.code, self.transient = code, transient


class Retries(NamedTuple):
    """New tries after errors that may pass, within a time limit for all of them.

    Args:
        timeout: Seconds for all tries and the pauses between them.
        retries: Number of new tries.
        backoff: Seconds before the first new try at most, doubled for each further one.
    """

    timeout: float
    retries: int
    backoff: float

    def call(self, once: Callable[[float], _Answer]) -> _Answer:
        """The answer of `once`, a function of the seconds that are left.

        Raises:
            ServingError: the last one, or the first that is not transient.
        """
        end = time.monotonic() + self.timeout
        for k in itertools.count():
            try:
                return once(max(end - time.monotonic(), _SHORTEST))
            except ServingError as error:
                pause = min(self.backoff * 2**k, _LONGEST) * _jitter.uniform(0.5, 1.0)
                if not error.transient or k == self.retries or time.monotonic() + pause >= end:
                    raise
            time.sleep(pause)
