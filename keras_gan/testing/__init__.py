"""`check_model`: what every model promises, as checks that a new class can be put to."""

import functools
import unittest
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from keras_gan.engine.game import Game
from keras_gan.testing.contract import CHECKS, Case

__all__ = ["Result", "check_model", "checks"]


class Result(NamedTuple):
    """What came out of a check.

    `status` is "passed", "failed", "skipped", "known failure" or "unexpected pass"; `message` says
    why.
    """

    status: str
    message: str = ""


def check_model(
    model: Game,
    data: Any,
    *,
    known_failures: Mapping[str, str] | None = None,
    raises: bool = True,
) -> dict[str, Result]:
    """Puts a model to the checks that all of this package's pass, which takes about 15 seconds.

    The model is left as it is: fresh ones come from its configuration, with its weights. Its class
    must survive that (see `get_config`); for the check of two replicas, which has a process of its
    own, it must stand in a module that can be imported.

    Args:
        model: An instance, compiled or not; the smaller its networks, the quicker.
        data: What `fit` takes: an array of samples, `(samples, condition)`, or a `tf.data.Dataset`.
            A few dozen are enough.
        known_failures: Names of checks that the model is known to fail, and why.
        raises: Whether to raise an error for what fails.

    Returns:
        The result of each check, by its name.

    Raises:
        AssertionError: that names all checks that failed and were not known to.
        ValueError: for known failures of no such check.

    Example:

    >>> gan = keras_gan.DCGAN(image_shape=(8, 8, 1), latent_dim=4, width=4)
    >>> results = keras_gan.testing.check_model(gan, images)
    >>> results["saves_and_goes_on"].status
    'passed'
    """
    known = dict(known_failures or {})
    every = dict(checks(model, data))
    if known.keys() - every.keys():
        raise ValueError(
            f"There are no such checks. Received: known_failures of {sorted(known - every.keys())}."
            f" Expected some of {', '.join(every)}."
        )
    results = {name: _result(check, known.get(name)) for name, check in every.items()}
    for name, result in results.items():
        if result.status == "unexpected pass":
            warnings.warn(f"{name}: {result.message}", stacklevel=2)
    failed = [f"{name}: {r.message}" for name, r in results.items() if r.status == "failed"]
    if failed and raises:
        raise AssertionError(
            f"{type(model).__name__} fails {len(failed)} of {len(results)} checks.\n"
            + "\n".join(failed)
        )
    return results


def checks(model: Game, data: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """The checks of `check_model` one by one, so that each can be a test of its own.

    Args:
        model, data: As in `check_model`.

    Yields:
        Names, and functions that raise an error for what fails, and `unittest.SkipTest` where there
        is nothing to check.

    Example:

    >>> @pytest.mark.parametrize(("name", "check"), keras_gan.testing.checks(gan, images))
    ... def test_keeps_the_promises(name, check):
    ...     check()
    """
    case = Case(model, data)
    for name, check in CHECKS.items():
        yield name, functools.partial(check, case)


def _result(check: Callable[[], None], reason: str | None) -> Result:
    try:
        check()
    except unittest.SkipTest as skipped:
        return Result("skipped", str(skipped))
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return Result("failed", message) if reason is None else Result("known failure", reason)
    if reason is not None:
        return Result("unexpected pass", f"passes now, and was known to fail: {reason}")
    return Result("passed")
