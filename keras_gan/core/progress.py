"""How progress is shown: bars on a terminal or in a notebook, plain lines in a log."""

import sys
from typing import TextIO


def can_redraw(stream: TextIO | None = None) -> bool:
    """Whether what was written to a stream (stdout if not given) can be written over."""
    return "ipykernel" in sys.modules or (stream or sys.stdout).isatty()


def verbosity(shown: bool = True) -> int:
    """Keras' `verbose`: 1, a bar; 2, one line at the end, where no bar can be drawn; 0, nothing."""
    return 0 if not shown else 1 if can_redraw() else 2
