"""Plotting: what a grid holds pixel by pixel, an animation frame by frame, and every odd input."""

import numpy as np
import pytest
from PIL import Image

from keras_gan import plotting


def noise_images(n, height, width, channels):
    return np.random.default_rng(0).uniform(-1, 1, (n, height, width, channels)).astype("float32")


def test_to_uint8_rounds_clips_and_keeps_bytes():
    x = np.array([-1.0, 0.0, 1.0, -9.0, 9.0, np.nan, np.inf, -np.inf, -1 + 1 / 127.5])
    assert plotting.to_uint8(x).tolist() == [0, 128, 255, 0, 255, 128, 255, 0, 1]
    every_byte = np.arange(256, dtype=np.uint8)
    assert plotting.to_uint8(every_byte) is every_byte
    assert np.array_equal(plotting.to_uint8(every_byte / 127.5 - 1), every_byte)


def test_grid_puts_each_image_in_its_place_enlarged():
    images = noise_images(5, 8, 8, 1)
    pixels = plotting.grid(images, columns=3)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (2 * 50 + 2, 3 * 50 + 2, 1)
    for i in range(5):
        top, left = 2 + i // 3 * 50, 2 + i % 3 * 50
        tile = pixels[top : top + 48, left : left + 48]
        assert np.array_equal(tile[::6, ::6], plotting.to_uint8(images[i]))
        assert np.array_equal(tile[5::6, 5::6], tile[::6, ::6])
    assert (pixels[52:, 102:] == 255).all()  # no sixth image
    assert (pixels[:2] == 255).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 28, 28, 1), (60, 60, 1)),
        ((4, 28, 28, 3), (118, 118, 3)),
        ((2, 64, 64, 2), (68, 134, 1)),
        ((2, 64, 32, 4), (68, 70, 3)),
        ((1, 200, 100, 3), (204, 104, 3)),
    ],
)
def test_grid_of_any_channels_and_sizes(shape, expected):
    assert plotting.grid(noise_images(*shape)).shape == expected


def test_grid_keeps_the_first_channels():
    images = noise_images(1, 48, 48, 4)
    tile = plotting.grid(images)[2:-2, 2:-2]
    assert np.array_equal(tile, plotting.to_uint8(images[0, ..., :3]))


def test_a_file_holds_the_grid(tmp_path):
    for channels in (1, 3):
        images = noise_images(6, 8, 8, channels)
        plotting.save_grid(images, tmp_path / "grid.png", columns=3)
        with Image.open(tmp_path / "grid.png") as image:
            assert np.array_equal(
                np.asarray(image).reshape(102, 152, channels), plotting.grid(images, 3)
            )


def test_bad_arrays_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Received: an array of shape \(8, 8, 1\)"):
        plotting.grid(np.zeros((8, 8, 1)))
    with pytest.raises(ValueError, match="shape"):
        plotting.grid(np.zeros((0, 8, 8, 1)))
    with pytest.raises(ValueError, match="columns=0"):
        plotting.grid(np.zeros((1, 8, 8, 1)), columns=0)
    with pytest.raises(ValueError, match=r"Expected points \(n, d\)"):
        plotting.save_scatter(np.zeros((2, 2, 2)), tmp_path / "points.png")
    with pytest.raises(ValueError, match="at least one picture"):
        plotting.save_gif([], tmp_path / "none.gif")
    with pytest.raises(ValueError, match="Received: nothing"):
        plotting.training_curves({}, tmp_path / "none.png")


def frames_of(path):
    with Image.open(path) as image:
        frames = []
        for k in range(image.n_frames):
            image.seek(k)
            frames.append((np.asarray(image.convert("RGB")), image.info["duration"]))
    return frames


@pytest.mark.parametrize("channels", [1, 3])
def test_gif_shows_the_pictures_in_order(tmp_path, channels):
    paths = [tmp_path / f"epoch-{k}.png" for k in range(3)]
    for k, path in enumerate(paths):
        plotting.save_grid(np.full((4, 8, 8, channels), k / 2 - 0.5), path)
    plotting.save_gif(paths, tmp_path / "progress.gif")
    frames = frames_of(tmp_path / "progress.gif")
    assert [frame[10, 10].tolist() for frame, _ in frames] == [[64] * 3, [128] * 3, [191] * 3]
    assert [duration for _, duration in frames] == [500, 500, 2000]


def test_gif_of_many_pictures_takes_some_and_the_last(tmp_path):
    paths = [tmp_path / f"{k:03}.png" for k in range(50)]
    for k, path in enumerate(paths):
        plotting.save_grid(np.full((1, 48, 48, 1), k / 25 - 1), path)
    Image.new("L", (5, 5)).save(paths[0])  # of another size: left out
    plotting.save_gif(paths, tmp_path / "progress.gif", max_frames=11)
    frames = frames_of(tmp_path / "progress.gif")
    assert len(frames) == 10
    assert frames[-1][0][10, 10, 0] == plotting.to_uint8(np.array(49 / 25 - 1))


def test_scores_of_several_critics_are_scores():
    for name in ("d_real", "val_d_fake", "d_real_1", "val_d_fake_a"):
        assert plotting.is_score(name)
    for name in ("d_loss", "d_loss_1", "g_loss", "r1", "val_d_accuracy"):
        assert not plotting.is_score(name)


def test_smoothing_is_an_average_without_a_bias_to_the_beginning():
    """By hand, with 0.7 of what was before: (0.7 * 0.3 * 4 + 0.3 * 1) / (0.7 * 0.3 + 0.3)."""
    found = plotting.smoothed(np.array([4.0, 1.0, np.nan, 1.0]))
    assert found[:2] == pytest.approx([4.0, 1.14 / 0.51])
    assert np.isnan(found[2])
    assert 1 < found[3] < found[1]


def test_curves_have_the_level_of_a_balanced_game(tmp_path, monkeypatch):
    drawn = []
    figure = plotting._figure
    monkeypatch.setattr(plotting, "_figure", lambda *size: drawn.append(figure(*size)) or drawn[-1])
    history = {
        "d_loss": [float(k % 3) for k in range(20)],
        "g_loss": [1.0] * 20,
        "loss": [9.0] * 20,
    }
    plotting.training_curves(history, tmp_path / "a.png", {"d_loss": 1.386})
    lines = {line.get_label(): line for line in drawn[0].axes[0].get_lines()}
    assert set(lines["d_loss, balanced"].get_ydata()) == {1.386}
    assert "loss" not in lines
    assert len(drawn[0].axes[0].get_lines()) == 5  # values and smoothed of both, and the level
    assert np.ptp(lines["d_loss"].get_ydata()) < 2.0


def test_scatter_and_curves_are_pictures(tmp_path):
    points = np.random.default_rng(0).normal(size=(100, 3))
    points[0, 0] = np.nan
    plotting.save_scatter(points, tmp_path / "points.png")
    plotting.save_scatter(points[:, :1], tmp_path / "line.png", limit=2.0)
    history = {
        "epoch": [1, 2],
        "loss": [3.0, 2.0],
        "g_loss": [1.0, 2.0],
        "val_g_loss": [None, 2.5],
        "r1": [float("nan"), 0.1],
        "d_real": [0.1, 0.2],
        "generator_learning_rate": [1e-3, 1e-4],
    }
    plotting.training_curves(history, tmp_path / "curves.png")
    plotting.training_curves({"d_fake": [1.0]}, tmp_path / "one.png")
    sizes = {}
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as image:
            sizes[path.name] = image.size
            assert len(np.unique(np.asarray(image.convert("L")))) > 10
    assert sizes == {
        "points.png": (480, 480),
        "line.png": (480, 480),
        "curves.png": (800, 640),
        "one.png": (800, 320),
    }
