"""Which picture files a folder holds, and what else lies in it."""

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from keras_gan.data.pictures import shown, suffixes

# What systems, archives and network storage leave in folders, beside names that begin with ".".
LITTER = {"@eadir", "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "lost+found", "icon\r"}
LITTER |= {"$recycle.bin", "recycler", "recycled", "#recycle", "@recycle", "#snapshot", "@tmp"}
LITTER |= {"system volume information", "__pycache__", "_gsdata_", "@sharebin"}

HIDDEN = "hidden or of the system"
BROKEN = "links to nothing"
REPEATED = "links to what is there already"
SPECIAL = "neither files nor folders"


class FileType(NamedTuple):
    """What files of a folder are taken.

    Attributes:
        suffixes: function to the suffixes that they have.
        what: what they are called, and as samples `plural`.
        others: what the other files are called.
        expected: what to say where there are none.
    """

    suffixes: Callable[[], set[str]]
    what: str
    plural: str
    others: str
    expected: str


PICTURES = FileType(
    suffixes,
    "pictures",
    "images",
    "files in no picture format that Pillow decodes by itself",
    ".png, .jpg, .webp, .tif or other raster files",
)
WAVES = FileType(
    lambda: {".wav"}, "WAV files", "waves", "files that do not end in .wav", ".wav files"
)
CLIPS = FileType(
    lambda: {".gif", ".webp", ".png", ".apng", ".tif", ".tiff"},
    "clips",
    "clips",
    "files of no format that moves",
    ".gif, .webp, .png or .tif files of several frames",
)


class Listing(NamedTuple):
    """What is in a folder.

    Attributes:
        files: relative paths of the files that are taken, as tuples of names, in a fixed order.
        folders: names of the sub-folders at the top.
        left_out: from a reason to the relative paths of what is not taken.
        unreadable: relative paths of folders that cannot be read, and why.
    """

    files: list[tuple[str, ...]]
    folders: list[str]
    left_out: dict[str, list[str]]
    unreadable: dict[str, OSError]


def is_litter(name: str) -> bool:
    """Whether a file or folder is hidden, or of the system, and never of the pictures."""
    return name.startswith(".") or name.lower() in LITTER


def listing(root: str | Path, file_type: FileType = PICTURES) -> Listing:
    """List the pictures, or other files, of a folder and of all folders in it.

    Links to files and folders are followed; what is reached twice is taken once, by its own name
    rather than by a link.

    Args:
        root: an existing folder.
        file_type: what is taken.

    Returns:
        A `Listing`; files come before the sub-folders beside them, both sorted.

    Example:
        >>> listing("photos").files[0]
        ('cats', '1.png')
    """
    taken, tops, left_out, unreadable = [], [], defaultdict(list), {}
    known_suffixes = file_type.suffixes()
    folders, folder_links, file_links = deque([()]), deque(), []
    # A link to a folder around this one leads back here and to all that lies beside it.
    seen_folders = {_identity(parent) for parent in Path(root).resolve().parents}
    seen_files = set()
    while folders or folder_links:
        parts = folders.popleft() if folders else folder_links.popleft()
        path = os.path.join(root, *parts)
        try:
            identity = _identity(path)
            with os.scandir(path) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            unreadable[os.path.join("", *parts)] = error
            continue
        if identity in seen_folders:
            left_out[REPEATED].append(os.path.join("", *parts))
            continue
        seen_folders.add(identity)
        for entry in entries:
            inner = (*parts, entry.name)
            link = entry.is_symlink()
            is_taken = os.path.splitext(entry.name)[1].lower() in known_suffixes
            broken = link and not os.path.exists(entry.path)
            if is_litter(entry.name):
                left_out[HIDDEN].append(os.path.join("", *inner))
            elif os.path.isdir(entry.path) if link else entry.is_dir():
                (folder_links if link else folders).append(inner)
                if not parts:
                    tops.append(entry.name)
            elif broken and not is_taken:
                left_out[BROKEN].append(os.path.join("", *inner))
            elif not is_taken:
                left_out[file_type.others].append(os.path.join("", *inner))
            elif not broken and not entry.is_file():
                left_out[SPECIAL].append(os.path.join("", *inner))
            elif link and not broken:
                file_links.append(inner)
            else:  # a broken link too: a file that cannot be read
                taken.append(inner)
                seen_files.add((identity[0], entry.inode()))
    for parts in sorted(file_links):
        identity = _identity(os.path.join(root, *parts))
        if identity in seen_files:
            left_out[REPEATED].append(os.path.join("", *parts))
        else:
            seen_files.add(identity)
            taken.append(parts)
    taken.sort(key=lambda parts: [*((1, folder) for folder in parts[:-1]), (0, parts[-1])])
    return Listing(taken, tops, left_out, unreadable)


def sub_folders(root: str | Path) -> list[str]:
    """Names of the folders in a folder, sorted, without those of the system."""
    with os.scandir(root) as entries:
        return sorted(e.name for e in entries if not is_litter(e.name) and os.path.isdir(e.path))


def summary(left_out: dict[str, list[str]]) -> str:
    """What is left out, by reason, with counts and a few names."""
    groups = (f"{reason} ({len(names)}: {few(names)})" for reason, names in left_out.items())
    return "; ".join(groups)


def few(names: Iterable[str], most: int = 3) -> str:
    """The first of some names, as they can be printed."""
    names = list(names)
    return ", ".join(map(shown, names[:most])) + (", ..." if names[most:] else "")


def _identity(path: str | Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
