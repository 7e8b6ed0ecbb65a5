"""TensorFlow's start-up lines, kept off the terminal. Standard library only."""

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import NoReturn

_START_UP = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|I\d{4} [\d:.]+ +\d+ \S+:\d+\] "
    rb"|[EW]\d{4} .*(Unable to register cu|computation placer already registered)"  # TF 2.19
)


@contextlib.contextmanager
def without_start_up_lines() -> Iterator[None]:
    """Imports TensorFlow without its start-up lines, unless the user set TF_CPP_MIN_LOG_LEVEL.

    Some lines of level INFO come whatever the level. A process beside this one passes on all others
    that are written to stderr meanwhile, even if this one dies; where the system cannot start one
    (Windows), these lines stay.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        yield
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if not hasattr(os, "fork"):
        yield
        return
    own = os.dup(2)
    lines, write = os.pipe()
    beside = os.fork()
    if not beside:
        os.close(write)
        _pass_on(lines)
    os.dup2(write, 2)
    os.close(lines)
    os.close(write)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(own, 2)
        os.close(own)
        os.waitpid(beside, 0)
    sys.modules["tensorflow"].get_logger().setLevel("ERROR")


def _pass_on(descriptor: int) -> NoReturn:
    """Copies all lines but TensorFlow's start-up lines to stderr, and ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the lines
    try:
        with open(descriptor, "rb") as lines:
            for line in lines:
                if not _START_UP.match(line):
                    os.write(2, line)
    finally:
        os._exit(0)
