"""Which sub-folders of a folder are its splits, and how the classes in them are numbered."""

import os
import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from keras_gan.data.listing import Listing, few, is_litter, sub_folders
from keras_gan.data.pictures import shown, suffixes
from keras_gan.data.source import NoSuchSplit

KINDS = {
    "train": ("train", "training", "trn"),
    "test": ("test", "testing", "tst", "heldout", "holdout"),
    "validation": ("validation", "valid", "val", "dev", "eval", "evaluation"),
}


def kind_of(name: str) -> str | None:
    """Which split a name means: "Train", "training_set" and "train2017" all mean "train"."""
    word = re.sub(r"[\W_]+", "", name.lower())
    word = re.sub(r"(set|data|split|images)?\d*$", "", word)
    return next((kind for kind, words in KINDS.items() if word in words), None)


def choose(root: Path, split: str) -> tuple[Path, list[Path], list[str]]:
    """Find a split of a folder; "train" is the whole folder where it has no splits.

    A folder `train` beside other folders is a split only if one of them is named like a split too:
    otherwise it is a class of trains.

    Args:
        root: an existing folder.
        split: a kind of split in any spelling, or the name of a sub-folder.

    Returns:
        The folder of the split, the folders of all splits, and the names of what lies beside them.

    Raises:
        NoSuchSplit: there is none.
        ValueError: several sub-folders mean it.

    Example:
        >>> choose(Path("photos"), "validation")[0]
        PosixPath('photos/val')
    """
    top, kinds = _splits(root)
    if not kinds and split == "train":
        return root, [root], []
    names = sub_folders(top)
    if split in names and (kinds or kind_of(split) is None):
        meant = [split]
    else:
        meant = [name for name, kind in kinds.items() if kind == kind_of(split)]
    if not meant:
        raise NoSuchSplit(
            f"The folder {shown(root)} has no such split. Received: split={split!r}. Expected one "
            f"of its sub-folders {list(map(shown, names))}, or 'train' for a folder without splits."
        )
    if len(meant) > 1:
        raise ValueError(
            f"Several sub-folders mean this split. Received: split={split!r} of {shown(top)} with "
            f"{meant}. Expected split={meant[0]!r}, for example."
        )
    splits = sorted({*kinds, *meant})
    beside = [name for name in sorted(os.listdir(top)) if name not in splits]
    beside = [name for name in beside if not is_litter(name)]
    return _unwrapped(top / meant[0]), [_unwrapped(top / name) for name in splits], beside


def number_classes(
    here: Listing, others: Sequence[Listing], recorded: Sequence[str] | None
) -> list[str]:
    """Name the classes of a folder in the order of their numbers: the same in all its splits.

    Args:
        here: what is in the split that is read.
        others: what is in the other splits.
        recorded: the names that an earlier reading gave, or None.

    Returns:
        Every class that has a picture in some split. Names that are numbers are in their order.

    Raises:
        ValueError: the classes are not those that were recorded, or are spelt differently in
            different splits.

    Example:
        >>> number_classes(listing("photos/train"), [listing("photos/test")], None)
        ['ants', 'bees']
    """
    found = [classes_in(one) for one in (here, *others)]
    every = set().union(*found)
    _check_spelling(found)
    if recorded is None:
        numbers = all(re.fullmatch("[0-9]+", name) for name in every)
        return sorted(every, key=lambda name: (int(name) if numbers else 0, name))
    recorded = [shown(name) for name in recorded]
    new, missing = sorted(found[0] - set(recorded)), sorted(set(recorded) - every)
    if new or missing:
        wrong = [f"{few(new)} new"] * bool(new) + [f"{few(missing)} missing"] * bool(missing)
        raise ValueError(
            f"The folder has other classes than were recorded. Received: {' and '.join(wrong)}. "
            f"Expected {recorded}."
        )
    return recorded


def classes_in(found: Listing) -> set[str]:
    """Names of the classes that have a picture, as they can be printed."""
    return {shown(name) for name in {parts[0] for parts in found.files if len(parts) > 1}}


def _splits(top: Path) -> tuple[Path, dict[str, str]]:
    """The folder that is divided, this one or the only one in it, and what its splits mean."""
    names = sub_folders(top)
    kinds = {name: kind for name in names if (kind := kind_of(name))}
    present = set(kinds.values())
    trains = "train" in present and (len(names) == 1 or len(present) > 1)
    if trains or (kinds and len(kinds) == len(names)):
        return top, kinds
    if (only := _only_folder(top)) is not None and (inner := _splits(only))[1]:
        return inner
    return top, {}


def _unwrapped(split: Path) -> Path:
    """The folder in `training_set/training_set`, as archives have it."""
    only = _only_folder(split)
    if only is not None and kind_of(only.name) == kind_of(split.name) is not None:
        return _unwrapped(only)
    return split


def _only_folder(folder: Path) -> Path | None:
    """The sub-folder of a folder that has one, no link, and no pictures beside it."""
    names, known = sub_folders(folder), suffixes()
    if len(names) != 1 or (folder / names[0]).is_symlink():
        return None
    loose = any(os.path.splitext(name)[1].lower() in known for name in os.listdir(folder))
    return None if loose else folder / names[0]


def _check_spelling(found: Sequence[set[str]]) -> None:
    """Names that differ in case or in the form of an accent alone: one class, or two?"""
    spellings = defaultdict(set)
    for name in set().union(*found):
        spellings[unicodedata.normalize("NFC", name).casefold()].add(name)
    for names in (sorted(names) for names in spellings.values() if len(names) > 1):
        if not any(set(names) <= one for one in found):
            raise ValueError(
                f"A class is spelt differently in different splits. Received: {names}. "
                f"Expected one spelling: rename the folders."
            )
        warnings.warn(
            f"{' and '.join(map(repr, names))} are two classes, though the names of their folders "
            f"differ in case alone.",
            stacklevel=6,
        )
