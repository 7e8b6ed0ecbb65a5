"""Callbacks from tf.data into Python, and an interpreter that exits while some are still running.

A prefetching thread of TensorFlow that enters Python while the interpreter is being torn down hangs
the process: after Ctrl-C in a training loop, say, or in a script that leaves an iterator half used.
So the callbacks pass through a gate, and at exit the gate waits until no more come.
"""

import atexit
import threading
import time


class Gate:
    """Counts who is inside. `with gate as closing:` says whether Python is about to exit."""

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._calls = 0
        self._closing = False

    def __enter__(self) -> bool:
        with self._lock:
            self._inside += 1
            self._calls += 1
            return self._closing

    def __exit__(self, *_: object):
        with self._lock:
            self._inside -= 1

    def close(self, quiet: float = 0.1, patience: float = 10.0) -> None:
        """Wait until nobody has come for `quiet` seconds and nobody is inside.

        That is soon: nobody takes batches any more, and what reads ahead holds only a few. From
        here on callers should hand out stand-ins and not work for batches that nobody will see.
        """
        self._closing = True
        end = time.monotonic() + patience
        calls = 0
        while time.monotonic() < end:
            with self._lock:
                if self._calls == calls and not self._inside:
                    return
                calls = self._calls
            time.sleep(quiet)


GATE = Gate()
atexit.register(GATE.close)
