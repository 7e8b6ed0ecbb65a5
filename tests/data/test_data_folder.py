"""`load` on folders: layouts, modes, cropping, damaged files, streaming."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_gan.data import load

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
AERIAL = Path(os.environ.get("KERAS_GAN_TEST_DATA", SHARED)) / "folder" / "ucmerced64"
needs_aerial = pytest.mark.skipif(not AERIAL.is_dir(), reason=f"no image folder {AERIAL}")


def save(path, array, mode=None, **kwargs):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = array if isinstance(array, Image.Image) else Image.fromarray(np.asarray(array))
    (image.convert(mode) if mode else image).save(path, **kwargs)
    return path


def gray(value, shape=(4, 4)):
    return np.full(shape, value, np.uint8)


def pixels(dataset):
    """Pictures of the epoch as 0..255."""
    parts = [p[0] if isinstance(p, tuple) else p for p in dataset.as_numpy_iterator()]
    return (np.concatenate(parts) + 1) * 127.5


def one(folder, **kwargs):
    (picture,) = pixels(load(folder, shuffle=False, **kwargs))
    return picture


@needs_aerial
@pytest.mark.parametrize("cache", [None, False])
def test_aerial_photographs_equal_what_keras_reads(cache):
    import keras

    dataset = load(AERIAL, shuffle=False, batch_size=100, cache=cache)
    theirs = keras.utils.image_dataset_from_directory(
        AERIAL, image_size=(64, 64), shuffle=False, batch_size=100, verbose=False
    )
    assert (dataset.size, dataset.num_classes, len(dataset)) == (1200, 12, 12)
    assert dataset.class_names == theirs.class_names
    for (x, y), (their_x, their_y) in zip(dataset.take(3), theirs, strict=False):
        np.testing.assert_allclose((x + 1) * 127.5, their_x, atol=1e-4)
        np.testing.assert_array_equal(y, their_y)


@needs_aerial
@pytest.mark.parametrize("cache", [True, False])
def test_resumed_order_and_fixed_limit(cache):
    def make():
        return load(AERIAL, image_size=8, limit=50, batch_size=16, cache=cache, seed=2)

    straight = make()
    epochs = [pixels(straight) for _ in range(3)]
    assert (epochs[0] != epochs[1]).any()
    resumed = make()
    resumed.order.epoch = 1
    np.testing.assert_array_equal(pixels(resumed), epochs[1])
    labels = np.concatenate([y for _, y in make().as_numpy_iterator()])
    assert len(set(labels)) == 12  # the limit spreads over the classes


def test_layouts(tmp_path):
    save(tmp_path / "flat" / "a.png", gray(1))
    save(tmp_path / "flat" / "b.PNG", gray(2))
    (tmp_path / "flat" / "notes.txt").write_text("no picture")
    (tmp_path / "flat" / ".hidden.png").write_text("no picture")
    with pytest.warns(UserWarning, match=r"2 pictures are taken.*hidden.png.*notes.txt"):
        flat = load(tmp_path / "flat", shuffle=False)
    assert flat.num_classes is flat.class_names is None
    assert isinstance(flat.element_spec, tf.TensorSpec)
    np.testing.assert_allclose(pixels(flat)[:, 0, 0, 0], [1, 2], atol=1e-4)

    for name, value in (("dog", 2), ("cat", 1), ("cat/deep", 3)):
        save(tmp_path / "classes" / name / "x.png", gray(value))
    (tmp_path / "classes" / "empty").mkdir()
    with pytest.warns(UserWarning, match=r"folders without pictures \(1: empty\)"):
        classes = load(str(tmp_path / "classes"), shuffle=False)
    (tmp_path / "classes" / "empty").rmdir()
    assert classes.class_names == ["cat", "dog"]
    ((x, y),) = classes.as_numpy_iterator()
    np.testing.assert_allclose((x[:, 0, 0, 0] + 1) * 127.5, [1, 3, 2], atol=1e-4)
    assert (y.tolist(), y.dtype) == ([0, 0, 1], np.int32)
    assert load(tmp_path / "classes", labels=False).num_classes is None

    save(tmp_path / "classes" / "loose.png", gray(9))
    with pytest.raises(ValueError, match=r"beside and inside.*loose\.png and cat/"):
        load(tmp_path / "classes")
    assert load(tmp_path / "classes", labels=False).size == 4


def test_splits(tmp_path):
    save(tmp_path / "a" / "train" / "x.png", gray(1))
    save(tmp_path / "a" / "test" / "x.png", gray(2))
    np.testing.assert_allclose(one(tmp_path / "a"), 1, atol=1e-4)
    np.testing.assert_allclose(one(tmp_path / "a", split="test"), 2, atol=1e-4)
    with pytest.raises(ValueError, match=r"no such split. Received: split='val'.*'test', 'train'"):
        load(tmp_path / "a", split="val")
    for name in ("boat", "train"):  # a train beside a boat is a vehicle
        save(tmp_path / "b" / name / "x.png", gray(1))
    assert load(tmp_path / "b").class_names == ["boat", "train"]
    save(tmp_path / "c" / "test" / "x.png", gray(1))
    with pytest.raises(ValueError, match="no such split"):
        load(tmp_path / "c")


def test_gray_files_of_every_mode(tmp_path):
    save(tmp_path / "1_bilevel.png", gray(255), "1")
    save(tmp_path / "2_gray.png", gray(100))
    save(tmp_path / "3_alpha.png", np.dstack([gray(100), gray(0)]))  # transparent: white
    save(tmp_path / "4_deep.png", np.full((4, 4), 257 * 30, np.uint16))
    save(tmp_path / "5_photo.jpg", gray(200), quality=95)
    x = pixels(load(tmp_path, shuffle=False))
    assert x.shape == (5, 4, 4, 1)
    np.testing.assert_allclose(x[:, 0, 0, 0], [255, 100, 255, 30, 200], atol=0.01)


def test_colour_files_of_every_mode(tmp_path):
    red = np.zeros((4, 4, 3), np.uint8) + np.array([250, 0, 0], np.uint8)
    save(tmp_path / "a_rgb.png", red)
    save(tmp_path / "b_gray.png", gray(100))
    half = np.dstack([red, gray(51)])  # 20% red on white: 255 - 0.2 * (255 - red)
    save(tmp_path / "c_rgba.png", half)
    save(tmp_path / "d_palette.gif", red, "P")
    see_through = Image.fromarray(red).convert("P")
    save(tmp_path / "e_palette.png", see_through, transparency=see_through.getpixel((0, 0)))
    save(tmp_path / "f_cmyk.jpg", Image.new("CMYK", (4, 4), (0, 255, 255, 0)), quality=95)
    save(tmp_path / "g.bmp", red)
    save(tmp_path / "h.webp", red, lossless=True)
    x = pixels(load(tmp_path, shuffle=False))
    expected = [
        [250, 0, 0],
        [100, 100, 100],
        [254, 204, 204],
        [250, 0, 0],
        [255, 255, 255],
        [255, 0, 0],
        [250, 0, 0],
        [250, 0, 0],
    ]
    assert x.shape == (8, 4, 4, 3)
    np.testing.assert_allclose(x[:, 0, 0, :], expected, atol=6)  # GIF palette, JPEG rounding
    np.testing.assert_allclose(x[2, 0, 0], expected[2], atol=0.01)


def test_exif_rotation(tmp_path):
    picture = np.zeros((2, 4), np.uint8)
    picture[:, 2:] = 255  # right half white
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned clockwise by a quarter: the right half comes to lie below
    save(tmp_path / "a.png", picture, exif=exif)
    turned = one(tmp_path)
    assert turned.shape == (4, 2, 1)
    np.testing.assert_allclose(turned[:, :, 0], [[0, 0], [0, 0], [255, 255], [255, 255]])


def test_centre_crop_and_antialiasing(tmp_path):
    stripes = np.zeros((32, 96), np.uint8)
    stripes[:, 32:64:2] = 255  # only the centre square is striped, in single pixels
    stripes[:, :32] = 77
    save(tmp_path / "a.png", stripes)
    save(tmp_path / "b.png", gray(10, (50, 40)))
    x = pixels(load(tmp_path, image_size=8, shuffle=False))
    assert x.shape == (2, 8, 8, 1)
    # Every second column is white: antialiased the mean, nearest pixels would be 0 or 255.
    np.testing.assert_allclose(x[0, :, 1:-1], 127.5, atol=6)
    np.testing.assert_allclose(x[1], 10, atol=1e-4)
    with pytest.raises(ValueError, match=r"differ in size. Received: 32x96 .*50x40 .*image_size="):
        load(tmp_path)


def test_large_jpeg_keeps_its_crop_when_decoded_small(tmp_path):
    picture = np.zeros((200, 600), np.uint8)
    picture[:, 200:400] = 250
    save(tmp_path / "a.jpg", picture, quality=95)
    np.testing.assert_allclose(one(tmp_path, image_size=10)[:, 2:-2], 250, atol=2)


def damaged(folder, name="b.jpg"):
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    for other in ("a.png", "b.jpg", "c.png"):
        save(folder / other, noise)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])  # its header is in order
    return folder


@pytest.mark.parametrize("name", ["b.jpg", "c.png"])
def test_truncated_file_is_named(tmp_path, name):
    with pytest.raises(ValueError, match=rf"cannot be read .*truncated.* Received: .*{name}"):
        load(damaged(tmp_path, name))


def test_truncated_file_is_named_while_streaming(tmp_path):
    dataset = load(damaged(tmp_path), cache=False)
    with pytest.raises(tf.errors.OpError, match=r"b\.jpg"):
        list(dataset)
    assert isinstance(dataset.failure.error, ValueError)
    assert "b.jpg" in str(dataset.failure.error)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n"])
def test_file_that_is_no_picture_is_named(tmp_path, content):
    (tmp_path / "bad.png").write_bytes(content)
    save(tmp_path / "good.png", gray(1))
    with pytest.raises(ValueError, match=r"cannot be read .*Received: .*bad\.png"):
        load(tmp_path, cache=False)


@pytest.mark.parametrize("cache", [True, False])
def test_skip_counts_and_leaves_out(tmp_path, cache, capsys):
    damaged(tmp_path)
    (tmp_path / "d.png").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"2 of 4 image files .* left out: b\.jpg, d\.png"):
        dataset = load(tmp_path, errors="skip", cache=cache)
    assert dataset.size == 2
    assert pixels(dataset).shape == (2, 40, 40, 3)
    assert "4/4" in capsys.readouterr().out  # the progress bar


def test_nothing_to_load(tmp_path):
    with pytest.raises(ValueError, match=r"no images. Received: .* Expected .*\.png"):
        load(tmp_path)
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(ValueError, match="No image file of the folder can be read"):
        load(tmp_path, errors="skip")
    with pytest.raises(ValueError, match=r"labels are its sub-folders. Received: labels='gender'"):
        load(tmp_path, labels="gender")


def test_in_memory_pictures_are_uint8_and_read_once(tmp_path):
    from keras_gan.data.folder import folder_source

    path = save(tmp_path / "a.png", gray(3))
    source = folder_source(tmp_path)
    path.unlink()
    got = source.fetch(np.array([0]))
    assert got.dtype == source.dtype == np.uint8
    assert got.shape == (1, 4, 4, 1)


def test_recorded_class_names_keep_their_numbers(tmp_path):
    for name in ("cat", "dog", "ant"):
        save(tmp_path / name / "x.png", gray(1))
    names = ["dog", "ant", "cat"]
    dataset = load(tmp_path, class_names=names, shuffle=False)
    assert dataset.class_names == names
    assert np.concatenate([y for _, y in dataset.as_numpy_iterator()]).tolist() == [0, 1, 2]
    for wrong in (["dog", "ant"], ["ant", "cat", "dog", "owl"]):
        with pytest.raises(ValueError, match=r"other classes than were recorded.*Expected"):
            load(tmp_path, class_names=wrong)


def test_the_same_pictures_elsewhere_have_the_same_fingerprint(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(4):
        save(tmp_path / "a" / "cat" / f"{i}.bmp", rng.integers(0, 255, (4, 4), np.uint8))
    mark = load(tmp_path / "a").fingerprint
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert load(tmp_path / "b", seed=3, labels=False).fingerprint == mark
    assert load(tmp_path / "b", limit=3).fingerprint != mark
    save(tmp_path / "b" / "cat" / "2.bmp", gray(0))  # other content of the same size
    other = load(tmp_path / "b").fingerprint
    (tmp_path / "b" / "cat" / "3.bmp").rename(tmp_path / "b" / "cat" / "4.bmp")
    assert len({mark, other, load(tmp_path / "b").fingerprint}) == 3
    assert load("digits").fingerprint is None


def test_of_many_large_files_a_bounded_part_is_read(tmp_path, monkeypatch):
    import keras_gan.data.fingerprint as module

    monkeypatch.setattr(module, "FILES", 3)
    monkeypatch.setattr(module, "PART", 4)
    files = [tmp_path / f"{i}.raw" for i in range(9)]

    def mark(**changed):
        for i, file in enumerate(files):
            file.write_bytes(changed.get(f"f{i}", b"begin.....end."))
        with ThreadPoolExecutor() as pool:
            return module.fingerprint(tmp_path, [str(f) for f in files], pool)

    same = mark()
    assert mark(f1=b"BEGIN.....END.") == mark(f4=b"begin!!!!!end.") == same
    assert same != mark(f1=b"begin....end.")  # a size counts everywhere
    assert len({same, mark(f4=b"BEGIN.....end."), mark(f8=b"begin.....END.")}) == 3
