"""What samples are: each kind checks, rescales and draws its own; nobody else asks for a rank."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import keras_gan
from keras_gan import data, plotting
from keras_gan.callbacks import SampleGrid
from keras_gan.command import cli, demo
from keras_gan.core import kinds, ranges, saved_model
from keras_gan.core.kinds import Clip, Kind, Picture, Points, Table, Tokens, Wave
from keras_gan.export import export
from keras_gan.metrics import FID, KID, Pixels, Sample
from keras_gan.runs import reference

UNIFORM = np.random.default_rng(0).uniform(-1, 1, (6, 4, 8, 8, 3)).astype(np.float32)
WAVES = np.random.default_rng(1).normal(size=(40, 16, 1)).astype(np.float32)
EVERY_BYTE = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


# -- the ranges --------------------------------------------------------------------------------


def test_every_byte_comes_back_of_arrays_and_tensors_alike():
    expected = (np.arange(256) / 127.5 - 1).astype(np.float32).reshape(EVERY_BYTE.shape)
    for given in (EVERY_BYTE, tf.constant(EVERY_BYTE)):
        scaled = ranges.scaled(given)
        np.testing.assert_allclose(scaled, expected, atol=1e-7)
        unit = ranges.to_unit(scaled)
        np.testing.assert_allclose(unit, np.arange(256).reshape(EVERY_BYTE.shape) / 255, atol=1e-7)
        np.testing.assert_array_equal(ranges.unit_to_uint8(unit), EVERY_BYTE)
        np.testing.assert_allclose(ranges.uint8_to_unit(given), unit, atol=1e-7)
        np.testing.assert_allclose(ranges.from_unit(unit), expected, atol=1e-6)
        assert type(scaled) is type(unit) is type(ranges.from_unit(unit))
    np.testing.assert_array_equal(ranges.to_uint8(expected), EVERY_BYTE)


@pytest.mark.parametrize("make", [np.array, tf.constant])
def test_what_lies_outside_is_clipped_where_it_is_served(make):
    assert np.array(ranges.to_unit(make([-3.0, 0.0, 3.0]))).tolist() == [0, 0.5, 1]
    assert np.array(ranges.from_unit(make([-3.0, 0.5, 3.0]))).tolist() == [-1, 0, 1]
    assert np.array(ranges.scaled(make([300, -1]))).tolist() == [300, -1]


# -- which kind --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((2,), Points()),
        ((16, 1), Wave()),
        ((8, 8, 3), Picture()),
        ((None, None, 1), Picture()),
        ((4, 8, 8, 3), Clip()),
        ((), Kind()),
        ((1, 2, 3, 4, 5), Kind()),
    ],
)
def test_what_a_shape_means(shape, kind):
    assert kinds.of(shape) == kind


def serialized(kind):
    return json.loads(json.dumps(keras.saving.serialize_keras_object(kind)))


def test_a_kind_goes_through_json():
    known = (Picture(), Table(("age", "income")), Tokens(("the", "cat"), " "), Tokens("ab"))
    for kind in (*known, Wave(8000), Tokens(("a", "_"), padding="_")):
        assert keras.saving.deserialize_keras_object(serialized(kind)) == kind
        assert kinds.read(json.loads(json.dumps(kinds.described(kind))), (9,)) == kind
    assert kinds.read(None, (9,)) == kinds.read({"name": "smell"}, (9,)) == Points()


# -- checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "samples"),
    [
        (Picture(), EVERY_BYTE),
        (Points(), np.array([[300, -1]])),
        (Wave(), WAVES * 50),
        (Clip(), UNIFORM),
        (Clip(), np.zeros((1, 2, 3, 3, 1), np.uint8)),
        (Table(("a", "b")), np.array([[300.0, 0.0]])),
        (Tokens("abc"), np.eye(3, dtype=int)[None]),
        (Kind(), np.zeros(3)),
    ],
)
def test_good_samples_pass(kind, samples):
    kind.check(samples)
    kind.check(samples, samples.shape[1:])
    data.check_images(samples, kind=kind)


@pytest.mark.parametrize(
    ("kind", "samples", "message"),
    [
        (Picture(), WAVES, r"no images. .*\(40, 16, 1\). Expected \(n, height, width, channels\)"),
        (Clip(), UNIFORM * 2, r"Float clips are out of range. .*Expected floats in \[-1, 1\]"),
        (Clip(), UNIFORM.astype(int), "Clips of this dtype have no agreed range"),
        (Wave(), np.zeros((2, 8, 8), np.uint8), r"Expected floats. .*channel axis: images\[..., N"),
        (Wave(), WAVES + np.nan, "The waves have NaN"),
        (Points(), np.full((2, 2), np.inf), "The samples have NaN"),
        (Table(), WAVES, r"no rows. .*Expected \(n, features\)"),
        (Table(("a", "b")), np.zeros((4, 3)), r"names. .*\(4, 3\). Expected 2 features"),
        (Tokens("abc"), np.zeros((4, 5, 2)), "Expected 3 words"),
        (Points(), np.zeros((0, 2)), "Expected at least one"),
    ],
)
def test_bad_samples_are_named(kind, samples, message):
    with pytest.raises(ValueError, match=message) as caught:
        kind.check(samples)
    assert "Received" in str(caught.value)


def test_only_pictures_and_clips_have_a_range():
    inside = np.abs(UNIFORM)
    assert Clip().looks_unscaled(inside)
    assert not Clip().looks_unscaled(UNIFORM)
    assert not Wave().looks_unscaled(np.abs(WAVES) / 9)
    for kind, samples in ((Wave(), WAVES), (Table(), WAVES[..., 0]), (Points(), WAVES[..., 0])):
        for same in (kind.scale, kind.to_unit, kind.from_unit, kind.to_uint8):
            assert same(samples) is samples
    assert Points().scale(np.array([[7]], np.uint8)).tolist() == [[7.0]]
    assert Clip().scale(tf.constant(255, tf.uint8)).numpy() == 1.0


# -- drawing -----------------------------------------------------------------------------------


def test_pictures_and_points_are_drawn_as_ever(tmp_path):
    images, points = UNIFORM[:, 0], WAVES[:, :2, 0]
    Picture().draw(images, tmp_path / "a.png", columns=3)
    plotting.save_grid(images, tmp_path / "b.png", 3)
    Points().draw(points, tmp_path / "c.png")
    plotting.save_scatter(points, tmp_path / "d.png")
    for one, other in ("ab", "cd"):
        assert (tmp_path / f"{one}.png").read_bytes() == (tmp_path / f"{other}.png").read_bytes()
    np.testing.assert_array_equal(Picture().picture(images, 3), plotting.grid(images, 3))
    with Image.open(tmp_path / "c.png") as image:
        pixels = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(Points().picture(points), pixels)


def test_clips_are_strips_and_move_in_a_gif(tmp_path):
    Clip().draw(UNIFORM, tmp_path / "a.png")
    Clip().draw(UNIFORM, tmp_path / "a.gif", columns=2)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (4 * 50 + 2, 6 * 50 + 2)  # a row a clip, a column a frame
        expected = ranges.to_uint8(UNIFORM[1, 2]).repeat(6, 0).repeat(6, 1)
        np.testing.assert_array_equal(np.asarray(image)[52:100, 102:150], expected)
    with Image.open(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.size) == (4, (2 * 50 + 2, 3 * 50 + 2))


def test_waves_are_lines_of_their_channels():
    up = np.ones((3, 16, 2), np.float32) * [0.5, -1.0]
    drawn = Wave().picture(up, columns=1)
    blue = (drawn == [31, 119, 180]).all(-1)  # matplotlib's first and second colour
    orange = (drawn == [255, 127, 14]).all(-1)
    for part in np.array_split(np.arange(20, len(drawn)), 3):  # below the title, a row a wave
        above, below = (np.flatnonzero(channel[part].any(1)) for channel in (blue, orange))
        assert above.size
        assert below.size
        assert above.max() < below.min()


def test_a_table_shows_real_columns_beside_generated_ones():
    rows = np.random.default_rng(0).normal(size=(50, 2))
    alone = Table(("age", "income")).picture(rows)
    beside = Table(("age", "income")).picture(rows, real=rows + 1)
    blue = [31, 119, 180]
    assert (alone == blue).all(-1).sum() > 1000
    assert (beside == 0).all(-1).sum() > (alone == 0).all(-1).sum() + 200  # black outlines


def test_tokens_are_the_most_probable_words(tmp_path):
    weights = np.eye(3)[[[0, 2, 1], [1, 1, 0]]] * 0.2
    assert Tokens().numbers(weights).tolist() == [[0, 2, 1], [1, 1, 0]]
    assert Tokens().lines(weights) == ["0 2 1", "1 1 0"]
    assert Tokens(("a", "cat", "sat"), " ").lines(weights) == ["a sat cat", "cat cat a"]
    Tokens("xyz").draw(weights, tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "xzy\nyyx\n"
    cells = Tokens().picture(weights)
    assert {(68, 1, 84), (253, 231, 36)} <= {*map(tuple, cells.reshape(-1, 3))}  # viridis' ends
    text = Tokens("xyz").picture(weights)
    assert (text == 255).mean() > 0.8
    assert (text < 100).any()


@pytest.mark.parametrize(
    ("kind", "samples", "message"),
    [
        (Kind(), np.zeros((2, 1, 1, 1, 1, 1)), r"no kind that can be drawn. .*\(1, 1, 1, 1, 1\)"),
        (Wave(), np.zeros((2, 3)), "no waves"),
        (Clip(), np.zeros((0, 2, 3, 3, 1)), "nothing to draw"),
        (Points(), np.zeros((2, 2, 2)), r"Expected points \(n, d\)"),
        (Tokens("ab"), np.zeros((1, 2, 3)), "Expected 2 words"),
    ],
)
def test_what_cannot_be_drawn(tmp_path, kind, samples, message):
    with pytest.raises(ValueError, match=message):
        kind.draw(samples, tmp_path / "a.png")
    assert not [*tmp_path.iterdir()]


# -- who asks ----------------------------------------------------------------------------------


def test_arrays_are_loaded_as_what_they_are():
    dataset = data.load((WAVES, np.arange(40) % 2), batch_size=40, shuffle=False, kind=Wave())
    assert (dataset.image_shape, dataset.num_classes) == ((16, 1), 2)
    np.testing.assert_array_equal(next(iter(dataset))[0], WAVES)
    clips = ranges.to_uint8(UNIFORM)
    loaded = next(iter(data.load(clips, shuffle=False, kind=Clip())))
    np.testing.assert_allclose(loaded, clips / 127.5 - 1, atol=1e-6)
    for given, message in (
        ({"source": WAVES}, "four axes"),
        ({"source": WAVES[..., 0], "kind": Wave()}, "no waves"),
        ({"source": "digits", "kind": Wave()}, "This source holds pictures"),
        ({"source": WAVES, "kind": Wave(), "image_size": 8}, "a size of pictures"),
    ):
        with pytest.raises(ValueError, match=message):
            data.load(**given)


def test_metrics_of_flat_features_take_any_kind():
    features = Pixels().extract(UNIFORM).features
    np.testing.assert_array_equal(features, UNIFORM.reshape(6, -1))
    real, fake = Sample(WAVES), Sample(WAVES[::-1])
    assert real.of == Wave()
    flat = Sample(WAVES[..., 0]), Sample(WAVES[::-1, :, 0])
    for metric in (FID(Pixels(), 20), KID(Pixels())):
        assert metric.measure(real, fake) == metric.measure(*flat)
    clips = Sample(ranges.to_uint8(UNIFORM))
    assert clips.images.dtype == np.uint8
    np.testing.assert_allclose(clips.seen_by(Pixels()).features, features, atol=0.5 / 127)
    assert Sample(np.eye(3, dtype=int)[None], of=Tokens()).images.dtype == np.float32
    extractor, judge = reference.extractors(reference.load(WAVES, kind=Wave()))
    assert isinstance(extractor, Pixels)
    assert judge is None


def of_waves(kind=None):
    latents, waves = keras.Input((3,)), keras.Input((16, 1))
    made = keras.layers.Reshape((16, 1))(keras.layers.Dense(16)(latents))
    judged = keras.layers.Dense(1)(keras.layers.Flatten()(waves))
    bases = {"kind": kind} if kind else {}
    cls = type("WaveGAN", (keras_gan.GAN,), bases)
    return cls(keras.Model(latents, made), keras.Model(waves, judged))


def test_a_class_may_name_the_kind():
    assert of_waves().kind == Wave()
    assert of_waves(Tokens()).kind == Tokens()
    callback = SampleGrid("never")
    callback.set_model(of_waves(Table()))
    with pytest.raises(ValueError, match=r"no rows. .*\(None, 16, 1\). Expected \(n, features\)"):
        callback.on_train_begin()


def test_a_model_of_waves_trains_draws_and_is_exported(tmp_path, capsys):
    gan = of_waves()
    gan.compile(run_eagerly=True)
    gan.fit(WAVES, batch_size=20, verbose=0, callbacks=[SampleGrid(tmp_path / "samples", n=6)])
    assert [p.name for p in sorted((tmp_path / "samples").iterdir())] == [
        "epoch-0001.png",
        "progress.gif",
    ]
    gan.kind.draw(gan.sample(6, seed=0), tmp_path / "again.png")
    first = (tmp_path / "samples" / "epoch-0001.png").read_bytes()
    assert (tmp_path / "again.png").read_bytes() == first

    path = tmp_path / "exported"
    export(gan, path, verbose=False)
    about = saved_model.metadata(path)
    assert about["kind"] == {"name": "wave"}
    assert "png" not in about["signatures"]
    np.testing.assert_allclose(
        saved_model.sample(path, 6, seed=0), gan.sample(6, seed=0), atol=1e-6
    )
    assert cli.main(["sample", str(path), "--n", "6", "--out", str(tmp_path / "served.png")]) == 0
    with Image.open(tmp_path / "served.png") as one, Image.open(tmp_path / "again.png") as other:
        assert one.size == other.size
    page = demo.Served(path)
    assert page.sample(5, 1).shape == page.between(5, 6, 0.5).shape == (160, 480, 3)
    assert page.grid(5, 1).shape[2] == 3
    assert not page.edits


def test_a_report_of_waves(tmp_path):
    gan = of_waves()
    gan.compile()
    result = keras_gan.report(gan, WAVES, out=tmp_path, samples=20, progress=False)
    assert result["protocol"]["extractor"] == "pixels"
    assert result["protocol"]["rounding"] == "none"
    assert {"fid", "kid", "precision"} <= {row["key"] for row in result["metrics"]}
    assert "Real beside generated" in (tmp_path / "report.html").read_text()
    with Image.open(tmp_path / "samples.png") as image:
        assert image.size[0] >= 480


def test_so_many_are_drawn_where_nobody_says_how_many():
    found = [kind.usual for kind in (kinds.Picture(), kinds.Clip(), kinds.Points())]
    assert found == [64, kinds.Clip.shown, 64]
    assert kinds.Points.shown is None
