"""What a folder holds: which files are taken, which sub-folders are splits and classes."""

import os
import re

import numpy as np
import pytest
from PIL import Image

from keras_gan.data import NoSuchSplit, load
from keras_gan.data.listing import listing
from keras_gan.data.splits import kind_of


def fill(root, *files):
    """Gray pictures; each is as gray as the number in its name, if there is one."""
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        number = re.search(r"\d+", path.stem)
        jpeg = path.suffix.lower() in (".jfif", ".jpe")
        gray = Image.new("L", (4, 4), int(number[0]) if number else 0)
        gray = gray.convert("RGB") if path.suffix == ".qoi" else gray
        gray.save(path, format="JPEG" if jpeg else None)
    return root


def read(root, **options):
    """Gray levels, labels, and the dataset."""
    dataset = load(root, shuffle=False, **options)
    parts = [p if isinstance(p, tuple) else (p, None) for p in dataset.as_numpy_iterator()]
    grays = [round(float(g + 1) * 127.5) for x, _ in parts for g in x[:, 0, 0, 0]]
    labels = [int(c) for _, y in parts if y is not None for c in y]
    return grays, labels, dataset


def said(root, **options):
    """The one warning of a reading."""
    with pytest.warns(UserWarning, match=r"\.$") as caught:
        dataset = load(root, **options)
    assert len(caught) == 1
    return str(caught[0].message), dataset


# -- files -------------------------------------------------------------------------------------


def test_every_raster_format_is_taken_without_a_word(tmp_path):
    suffixes = ("tif", "TIFF", "jfif", "jpe", "avif", "tga", "ppm", "qoi", "jp2", "bmp", "png")
    fill(tmp_path, *(f"{i}.{suffix}" for i, suffix in enumerate(suffixes)))
    assert load(tmp_path, image_size=4).size == len(suffixes)


def test_what_is_left_out_is_said_in_one_line(tmp_path):
    fill(tmp_path, "cats/0.png", "dogs/0.png", ".trash/0.png", "cats/@eaDir/0.jpg/THUMB_M.jpg")
    fill(tmp_path, "__MACOSX/cats/0.png", "#recycle/0.png", "$RECYCLE.BIN/0.png", "dogs/._0.png")
    (tmp_path / "owls").mkdir()
    for name in (
        "labels.csv",
        "Thumbs.db",
        "cats/a.heic",
        "cats/b.heic",
        "cats/c.heic",
        "cats/d.pdf",
    ):
        (tmp_path / name).write_bytes(b"1")
    text, dataset = said(tmp_path)
    assert (dataset.size, dataset.class_names) == (2, ["cats", "dogs"])
    assert text == (
        f"Of {tmp_path}, 2 pictures are taken. Left out: hidden or of the system (7: "
        "#recycle, $RECYCLE.BIN, .trash, ...); files in no picture format that Pillow decodes by "
        "itself (5: labels.csv, cats/a.heic, cats/b.heic, ...); folders without pictures (1: owls)."
    )


def test_links_are_followed_once(tmp_path):
    pool = fill(tmp_path / "pool", "1.png", "2.png", "deep/3.png")
    root = fill(tmp_path / "photos", "cats/7.png", "dogs/8.png")
    (root / "cats" / "pool").symlink_to(pool)
    (root / "dogs" / "9.png").symlink_to(fill(tmp_path / "other", "9.png") / "9.png")
    (root / "owls").symlink_to(fill(tmp_path / "birds", "5.png"))
    grays, labels, dataset = read(root)
    assert (grays, labels) == ([7, 1, 2, 3, 8, 9, 5], [0, 0, 0, 0, 1, 1, 2])
    assert dataset.class_names == ["cats", "dogs", "owls"]

    (root / "dogs" / "again").symlink_to(pool)  # the same real folder
    (root / "dogs" / "up").symlink_to(root)  # a circle
    (root / "dogs" / "out").symlink_to(tmp_path)  # a circle with neighbours
    (root / "ants").symlink_to(root / "cats")  # a class twice: the real one counts
    (root / "cats" / "0.png").symlink_to(root / "cats" / "7.png")
    (root / "cats" / "gone").symlink_to(tmp_path / "nowhere")
    (root / "cats" / "self").symlink_to(root / "cats" / "self")
    text, dataset = said(root)
    assert (dataset.size, dataset.class_names) == (7, ["cats", "dogs", "owls"])
    assert "links to nothing (2: cats/gone, cats/self)" in text
    assert "links to what is there already (5: " in text
    assert "without pictures" not in text


def test_a_link_to_a_missing_picture_is_an_unreadable_picture(tmp_path):
    fill(tmp_path, "1.png")
    (tmp_path / "2.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match=r"cannot be read .*2\.png"):
        load(tmp_path)
    text, dataset = said(tmp_path, errors="skip")
    assert (dataset.size, "1 of 2 image files cannot be read" in text) == (1, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(fill(tmp_path, "1.png") / "2.png")  # to read it would wait for ever
    text, dataset = said(tmp_path)
    assert (dataset.size, "neither files nor folders (1: 2.png)" in text) == (1, True)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    fill(tmp_path, "cats/1.png", "dogs/2.png")
    scan = os.scandir

    def locked(path):
        if str(path).endswith("dogs"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(
        ValueError, match=r"cannot be read \(Permission denied\).*dogs.*errors='skip'"
    ):
        load(tmp_path)
    text, dataset = said(tmp_path, errors="skip")
    assert (dataset.size, "folders that cannot be read (1: dogs)" in text) == (1, True)


def test_files_come_before_the_folders_beside_them(tmp_path):
    """The order that older runs were shuffled from."""
    fill(tmp_path, "c/b.png", "c/a/z.png", "c/a/b/1.png", "c/z/1.png", "c/d.png", "a.png", "b.png")
    expected = ["a.png", "b.png", "c/b.png", "c/d.png", "c/a/z.png", "c/a/b/1.png", "c/z/1.png"]
    assert ["/".join(parts) for parts in listing(tmp_path).files] == expected


# -- splits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Train", "Test"),
        ("training_set", "test_set"),
        ("training", "testing"),
        ("train", "val"),
        ("TRAIN", "Valid"),
        ("train2017", "dev-set"),
    ],
)
def test_splits_are_known_by_their_meaning(tmp_path, train, test):
    fill(
        tmp_path, *(f"{split}/{name}/0.png" for split in (train, test) for name in ("bees", "cats"))
    )
    for split in ("train", train, kind_of(test), test):
        dataset = load(tmp_path, split=split)
        assert (dataset.size, dataset.class_names) == (2, ["bees", "cats"])


def test_folders_that_only_look_like_splits(tmp_path):
    fill(tmp_path, "a/boat/0.png", "a/train/0.png", "b/test/0.png", "b/boat/0.png")
    for root, names in (("a", ["boat", "train"]), ("b", ["boat", "test"])):
        assert load(tmp_path / root).class_names == names
        with pytest.raises(NoSuchSplit):  # a class is nothing that is held out
            load(tmp_path / root, split="test")
    assert [kind_of(name) for name in ("trains", "contest", "validity", "steam_train")] == [
        None
    ] * 4
    fill(tmp_path, "c/train1/0.png", "c/train2/0.png", "c/test/0.png")
    with pytest.raises(ValueError, match=r"Several sub-folders mean.*'train1', 'train2'.*Expected"):
        load(tmp_path / "c")
    assert load(tmp_path / "c", split="train2").size == 1


def test_what_archives_wrap_around_splits(tmp_path):
    fill(tmp_path, "zip/training_set/training_set/cats/1.png", "zip/test_set/test_set/cats/2.png")
    assert read(tmp_path)[0] == [1]
    assert read(tmp_path, split="test")[0] == [2]


def test_what_lies_beside_or_inside_is_said(tmp_path):
    fill(tmp_path, "a/train/1.png", "a/test/1.png", "a/masks/1.png", "a/cover.png")
    text, dataset = said(tmp_path / "a")
    assert (dataset.size, dataset.num_classes) == (1, None)
    assert "beside the folders of the splits (2: cover.png, masks)" in text
    fill(tmp_path, "b/cats/train/1.png", "b/cats/test/1.png", "b/dogs/train/1.png")
    text, dataset = said(tmp_path / "b")
    assert (dataset.size, "Splits that lie inside" in text) == (3, True)


# -- classes -----------------------------------------------------------------------------------


def test_classes_have_the_same_numbers_in_every_split(tmp_path):
    fill(tmp_path, "train/ants/0.png", "train/bees/10.png", "train/cats/20.png")
    fill(tmp_path, "test/bees/11.png", "test/cats/21.png", "val/cats/22.png")
    (tmp_path / "test" / "ants").mkdir()
    for split, grays, labels in (
        ("train", [0, 10, 20], [0, 1, 2]),
        ("test", [11, 21], [1, 2]),
        ("validation", [22], [2]),
    ):
        found = read(tmp_path, split=split)
        assert (found[0], found[1], found[2].num_classes) == (grays, labels, 3)
        assert found[2].class_names == ["ants", "bees", "cats"]

    (tmp_path / "train" / "aphids").mkdir()  # empty everywhere: no class
    fill(tmp_path, "val/wasps/30.png")  # nothing to learn from
    text, dataset = said(tmp_path)
    assert dataset.class_names == ["ants", "bees", "cats", "wasps"]
    assert "folders without pictures (1: aphids)" in text
    assert "Classes without a picture to learn from: 1 (wasps)" in text


def test_numbers_are_in_the_order_of_numbers(tmp_path):
    fill(tmp_path, *(f"{i}/{i}.png" for i in range(12)))
    grays, labels, dataset = read(tmp_path)
    assert grays == labels == list(range(12))
    assert dataset.class_names == [str(i) for i in range(12)]
    older = sorted(dataset.class_names)  # '0', '1', '10', '11', '2': as a run was begun
    grays, labels, dataset = read(tmp_path, class_names=older)
    assert dataset.class_names == older
    assert labels == list(range(12))
    assert grays == [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]


def test_recorded_classes_with_splits(tmp_path):
    fill(tmp_path, "train/bees/1.png", "train/cats/2.png", "test/ants/3.png", "test/cats/4.png")
    # A run that was begun when the classes of `train` alone had numbers.
    assert read(tmp_path, class_names=["bees", "cats"])[1] == [0, 1]
    with pytest.raises(ValueError, match=r"Received: ants new. Expected \['bees', 'cats'\]"):
        load(tmp_path, split="test", class_names=["bees", "cats"])
    with pytest.raises(ValueError, match=r"Received: cats new and dogs missing"):
        load(tmp_path, class_names=["bees", "dogs"])
    flat = fill(tmp_path / "flat", "1.png")
    with pytest.raises(ValueError, match=r"Received: bees missing"):
        load(flat, class_names=["bees"])
    assert load(flat, labels=False, class_names=["bees"]).num_classes is None


def test_names_that_differ_in_case(tmp_path):
    fill(
        tmp_path,
        "a/train/Cats/1.png",
        "a/train/bees/1.png",
        "a/test/cats/2.png",
        "a/test/bees/1.png",
    )
    with pytest.raises(ValueError, match=r"spelt differently.*\['Cats', 'cats'\].*rename"):
        load(tmp_path / "a")
    text, dataset = said(fill(tmp_path / "b", "A/1.png", "a/1.png"))  # letters, perhaps
    assert (dataset.class_names, "two classes" in text) == (["A", "a"], True)


def test_names_that_are_no_utf8_are_escaped(tmp_path):
    name = os.fsdecode(b"caf\xe9")
    fill(tmp_path, f"{name}/1.png", "bar\n/2.png")
    dataset = load(tmp_path)
    assert dataset.class_names == ["bar\\x0a", "caf\\xe9"]
    "".join(dataset.class_names).encode()  # can be written anywhere
    assert load(tmp_path, class_names=["caf\\xe9", "bar\\x0a"]).num_classes == 2
    assert load(tmp_path, class_names=[name, "bar\n"]).num_classes == 2  # of an older run
    (tmp_path / name / os.fsdecode(b"\xff.png")).write_bytes(b"")
    with pytest.raises(ValueError, match="cannot be read") as caught:
        load(tmp_path / name)
    str(caught.value).encode()


def test_arrays_are_given_recorded_names():
    images = np.zeros((3, 2, 2, 1), np.uint8)
    dataset = load(images, labels=[0, 1, 0], class_names=["a", "b", "c"])
    assert (dataset.num_classes, dataset.class_names) == (3, ["a", "b", "c"])
    with pytest.raises(ValueError, match=r"2 classes. Expected \['a'\]"):
        load(images, labels=[0, 1, 0], class_names=["a"])
