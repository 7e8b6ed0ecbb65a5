"""Files that are whole or not there: written beside their place, then renamed into it."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path


def cache_dir() -> Path:
    """Where features, classifiers, networks and decoded pictures are kept; all may be deleted.

    Returns:
        `$KERAS_GAN_CACHE`, or `$XDG_CACHE_HOME/keras_gan`, or `~/.cache/keras_gan`.

    Example:

    >>> os.environ["KERAS_GAN_CACHE"] = "/data/cache"
    """
    if os.environ.get("KERAS_GAN_CACHE"):
        return Path(os.environ["KERAS_GAN_CACHE"]).expanduser()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "keras_gan"


@contextlib.contextmanager
def replacing(path: str | Path, overwrite: bool = True, keep: bool = True) -> Iterator[Path]:
    """Yields a path to write to, and renames what stands there to `path` if nothing was raised.

    The temporary name keeps the suffix of `path`, stands in the same directory (so that the rename
    is atomic) and is removed on failure. A directory replaces nothing: `path` must not exist then.

    Args:
        path: Where the file or directory shall stand.
        overwrite: Whether a file that stands there may be replaced.
        keep: False writes and throws away, for a worker that must take part but not write.

    Raises:
        FileExistsError: if something stands there that must not be replaced.

    Example:

    >>> with replacing("runs/a/config.json") as part:
    ...     part.write_text("{}")
    """
    path = Path(path)
    if keep and (path.is_dir() or (path.exists() and not overwrite)):
        raise FileExistsError(f"{path} exists and is left as it is.")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex[:8]}-{path.name}")
    try:
        yield part
        if keep:
            if part.is_file():
                with part.open("rb+") as file:
                    os.fsync(file.fileno())
            part.replace(path)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def check_writable(directory: str | Path) -> None:
    """Makes a directory, before long work whose results shall go there.

    Raises:
        OSError: if it cannot be made, or written to.

    Example:

    >>> check_writable("runs/a/report")
    """
    Path(directory).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory):
        pass
