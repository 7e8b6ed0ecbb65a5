"""Callbacks: what they write and when, that they change nothing, and that fit can go on exactly."""

import keras
import numpy as np
import pytest
from conftest import build, changed, state
from PIL import Image

import keras_gan
from keras_gan import callbacks
from keras_gan.callbacks import Checkpoint, HistoryCSV, LearningRateScheduler, SampleGrid
from keras_gan.callbacks.grid import _place as grid_place
from keras_gan.core import checkpoints


def fit(gan, digits, watchers, **arguments):
    images, labels = digits
    options = {"batch_size": 32, "epochs": 1, "verbose": 0} | arguments
    return gan.fit(images[:96], labels[:96], callbacks=watchers, **options)


def names(directory, pattern="*"):
    return sorted(path.name for path in directory.glob(pattern))


def all_of_them(folder):
    return [
        LearningRateScheduler(lambda epoch, rate: 1e-3 / (epoch + 1), "generator"),
        HistoryCSV(folder / "history.csv"),
        SampleGrid(folder / "samples", n=10),
        Checkpoint(folder / "checkpoints"),
    ]


# -- together --------------------------------------------------------------------------------------


def test_observers_change_nothing(digits, tmp_path):
    plain, watched = build(keras_gan.CGAN), build(keras_gan.CGAN)
    watched.set_weights(plain.get_weights())
    fit(plain, digits, [], epochs=2)
    fit(watched, digits, all_of_them(tmp_path)[1:], epochs=2)
    difference = changed(
        dict(enumerate(state(plain).values())), dict(enumerate(state(watched).values()))
    )
    assert not difference


def test_fit_goes_on_from_a_checkpoint_bit_for_bit(digits, tmp_path):
    gan = build(keras_gan.CGAN)
    gan.save(tmp_path / "start.keras")
    fit(gan, digits, all_of_them(tmp_path / "a"), epochs=4)

    fit(
        keras.saving.load_model(tmp_path / "start.keras"),
        digits,
        all_of_them(tmp_path / "b"),
        epochs=2,
    )
    again, epoch = callbacks.load_latest(tmp_path / "b" / "checkpoints")
    assert epoch == 2
    fit(again, digits, all_of_them(tmp_path / "b"), epochs=4, initial_epoch=2)

    assert not changed(state(gan), state(again))
    history = (tmp_path / "a" / "history.csv").read_bytes()
    assert history == (tmp_path / "b" / "history.csv").read_bytes()
    for picture in names(tmp_path / "a" / "samples", "*.png"):
        one, other = (tmp_path / run / "samples" / picture for run in "ab")
        assert one.read_bytes() == other.read_bytes()


# -- SampleGrid ------------------------------------------------------------------------------------


def test_sample_grid_begins_before_the_first_step_and_follows_the_images(tmp_path):
    """20 images an epoch in batches of 5, and a picture every 8: in each epoch after 10 images;
    that after 20 is the epoch's own.
    """
    gan = build(keras_gan.VanillaGAN)
    before = keras_gan.plotting.grid(gan.sample(4, seed=0))[..., 0]
    images = np.zeros((20, 8, 8, 1), "uint8")
    grid = SampleGrid(tmp_path, n=4, images=8)
    gan.fit(images, batch_size=5, epochs=2, verbose=0, callbacks=[grid])
    expected = ["epoch-0000-000000010.png", "epoch-0000.png", "epoch-0001-000000030.png"]
    expected += ["epoch-0001.png", "epoch-0002.png", "progress.gif"]
    assert names(tmp_path) == expected
    with Image.open(tmp_path / "epoch-0000.png") as image:
        assert np.array_equal(np.asarray(image), before)
    with Image.open(tmp_path / "progress.gif") as image:
        assert image.n_frames == 5
    places = [grid_place(p) for p in tmp_path.glob("*.png")]
    assert sorted(places) == [[0], [0, 10], [1], [1, 30], [2]]
    gan.fit(images, batch_size=5, epochs=3, initial_epoch=2, verbose=0, callbacks=[grid])
    more = {"epoch-0002-000000050.png", "epoch-0003.png"}
    assert set(names(tmp_path)) - set(expected) == more
    with pytest.raises(ValueError, match="images=0"):
        SampleGrid(tmp_path, images=0)


def test_sample_grid_writes_fixed_latents_now_and_then_and_at_the_end(digits, tmp_path):
    gan = build(keras_gan.DCGAN)
    fit(gan, digits, [SampleGrid(tmp_path, n=9, every=2, seed=5)], epochs=3)
    assert names(tmp_path) == ["epoch-0002.png", "epoch-0003.png", "progress.gif"]
    expected = keras_gan.plotting.grid(gan.sample(9, seed=5))[..., 0]
    with Image.open(tmp_path / "epoch-0003.png") as image:
        assert np.array_equal(np.asarray(image), expected)
    with Image.open(tmp_path / "progress.gif") as image:
        assert image.n_frames == 2
    fit(gan, digits, [SampleGrid(tmp_path, n=9)], epochs=4, initial_epoch=3)
    with Image.open(tmp_path / "progress.gif") as image:
        assert image.n_frames == 3


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({}, (502, 302)),  # 10 classes, 6 full rows of them
        ({"n": 3}, (502, 52)),
        ({"n": 12, "columns": 4}, (202, 152)),
        ({"labels": [3, 3, 3, 1]}, (102, 102)),
    ],
)
def test_columns_of_a_conditional_grid_are_classes(tmp_path, options, size):
    gan = build(keras_gan.CGAN)
    callback = SampleGrid(tmp_path, **options)
    callback.set_model(gan)
    callback.on_train_begin()
    callback.on_epoch_end(0)
    with Image.open(tmp_path / "epoch-0001.png") as image:
        assert image.size == size
        if not options:
            labels = np.tile(np.arange(10), 6)
            expected = keras_gan.plotting.grid(gan.sample(60, labels=labels, seed=0), 10)
            assert np.array_equal(np.asarray(image), expected[..., 0])


def test_many_classes_show_the_first_sixteen(tmp_path):
    callback = SampleGrid(tmp_path, n=64)
    callback.set_model(
        keras_gan.CGAN(image_shape=(8, 8, 1), num_classes=100, latent_dim=4, width=2)
    )
    n, labels, columns = callback._layout()
    assert (n, columns) == (64, 16)
    assert labels[:17].tolist() == [*range(16), 0]


def points_gan(features):
    latents, points = keras.Input((2,)), keras.Input((features,))
    gan = keras_gan.GAN(
        keras.Model(latents, keras.layers.Dense(features)(latents)),
        keras.Model(points, keras.layers.Dense(1)(points)),
    )
    gan.compile()
    return gan


def test_points_are_drawn_as_points(tmp_path):
    gan = points_gan(2)
    points = np.random.default_rng(0).normal(size=(32, 2)).astype("float32")
    gan.fit(points, verbose=0, callbacks=[SampleGrid(tmp_path)])
    with Image.open(tmp_path / "epoch-0001.png") as image:
        assert image.size == (480, 480)


def test_sample_grid_refuses_what_it_cannot_draw(tmp_path):
    with pytest.raises(ValueError, match="every=0"):
        SampleGrid(tmp_path, every=0)
    callback = SampleGrid(tmp_path)
    callback.set_model(points_gan(2))
    callback.model.image_shape = (2, 2, 2, 2, 2)
    callback.model.kind = keras_gan.kinds.of((2, 2, 2, 2, 2))
    with pytest.raises(ValueError, match=r"no kind that can be drawn. .*\(2, 2, 2, 2, 2\)"):
        callback.on_train_begin()


# -- Checkpoint ------------------------------------------------------------------------------------


def test_checkpoints_are_numbered_and_the_last_ones_kept(digits, tmp_path):
    gan = build(keras_gan.DCGAN)
    assert callbacks.latest(tmp_path / "nowhere") is None
    fit(gan, digits, [Checkpoint(tmp_path)])
    assert names(tmp_path) == ["epoch-0000.keras", "epoch-0001.keras"]
    fit(gan, digits, [Checkpoint(tmp_path)], epochs=3, initial_epoch=1)
    assert names(tmp_path) == ["epoch-0002.keras", "epoch-0003.keras"]
    assert callbacks.latest(tmp_path) == (tmp_path / "epoch-0003.keras", 3)
    fit(gan, digits, [Checkpoint(tmp_path, keep=1)], epochs=4, initial_epoch=3)
    assert names(tmp_path) == ["epoch-0004.keras"]


def test_an_interrupted_first_epoch_leaves_its_beginning(digits, tmp_path):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    gan = build(keras_gan.DCGAN)
    before = state(gan)
    with pytest.raises(KeyboardInterrupt):
        fit(gan, digits, [Checkpoint(tmp_path), Interrupt()])
    again, epoch = callbacks.load_latest(tmp_path)
    assert epoch == 0
    assert not changed(before, state(again))


def test_damaged_checkpoints_are_named_and_passed_over(digits, tmp_path):
    gan = build(keras_gan.DCGAN)
    fit(gan, digits, [Checkpoint(tmp_path, keep=3)], epochs=2)
    newest = tmp_path / "epoch-0002.keras"
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1  # a weight, which Keras would load as it is
    newest.write_bytes(data)
    with pytest.warns(UserWarning, match=r"epoch-0002\.keras is damaged"):
        _, epoch = callbacks.load_latest(tmp_path)
    assert epoch == 1
    fit(gan, digits, [Checkpoint(tmp_path)], epochs=2, initial_epoch=1)  # may be replaced
    assert checkpoints.is_whole(newest)

    for path in tmp_path.glob("*.keras"):
        path.write_bytes(path.read_bytes()[:1000])
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(ValueError, match=r"No checkpoint in .* can be read"),
    ):
        callbacks.load_latest(tmp_path)
    with pytest.raises(ValueError, match="There is no checkpoint in"):
        callbacks.load_latest(tmp_path / "nowhere")


def test_checkpoints_of_another_run_are_left_alone(digits, tmp_path):
    gan = build(keras_gan.DCGAN)
    fit(gan, digits, [Checkpoint(tmp_path)], epochs=2)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=r"epoch-0002\.keras is of a later epoch than 0"):
        fit(gan, digits, [Checkpoint(tmp_path)])
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_load_model_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="There is no such file"):
        checkpoints.load_model(tmp_path / "none.keras")
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "no model")
    with pytest.raises(ValueError, match=r"other\.keras cannot be loaded \(KeyError"):
        checkpoints.load_model(tmp_path / "other.keras")


# -- HistoryCSV ------------------------------------------------------------------------------------


def test_history_has_a_row_for_each_epoch(digits, tmp_path):
    gan = build(keras_gan.DCGAN, penalties=["r1"])
    path = tmp_path / "history.csv"
    images = digits[0][:64]
    history = gan.fit(
        images,
        verbose=0,
        epochs=2,
        validation_data=images,
        validation_freq=2,
        callbacks=[HistoryCSV(path)],
    ).history
    lines = path.read_text().splitlines()
    assert lines[0].split(",") == ["epoch", *sorted(history)]
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2"]
    read = callbacks.read_history(path)
    assert {name: [v for v in values if v is not None] for name, values in read.items()} == history
    assert read["val_loss"][0] is None


def test_history_drops_rows_that_are_done_again(digits, tmp_path):
    gan = build(keras_gan.DCGAN)
    path = tmp_path / "history.csv"
    fit(gan, digits, [HistoryCSV(path)], epochs=3)
    before = path.read_text().splitlines()
    fit(gan, digits, [HistoryCSV(path)], epochs=2, initial_epoch=1)
    after = path.read_text().splitlines()
    assert len(after) == 3
    assert after[:2] == before[:2]
    assert after[2] != before[2]


# -- LearningRateScheduler -------------------------------------------------------------------------


def rates(gan):
    optimizers = gan.generator_optimizer, gan.discriminator_optimizer
    return [pytest.approx(float(o.learning_rate.numpy())) for o in optimizers]


def test_learning_rates_follow_the_schedule(digits):
    gan = build(keras_gan.DCGAN)
    halve = LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    history = fit(gan, digits, [halve], epochs=3).history
    assert rates(gan) == [5e-5, 5e-5]
    assert history["generator_learning_rate"] == pytest.approx([2e-4, 1e-4, 5e-5])
    assert history["discriminator_learning_rate"] == history["generator_learning_rate"]


def test_a_further_network_follows_too(digits):
    gan = build(keras_gan.VAEGAN)
    history = fit(gan, digits, [LearningRateScheduler(lambda epoch, rate: rate / 2)]).history
    assert (
        history["encoder_learning_rate"]
        == history["generator_learning_rate"]
        == pytest.approx([2.5e-4])
    )
    fit(gan, digits, [LearningRateScheduler(lambda epoch, rate: rate / 2, "encoder")])
    assert float(gan.encoder_optimizer.learning_rate) == pytest.approx(1.25e-4)
    assert float(gan.generator_optimizer.learning_rate) == pytest.approx(2.5e-4)


def test_one_learning_rate_alone_also_with_loss_scaling(digits):
    keras.config.set_dtype_policy("mixed_float16")
    gan = build(keras_gan.DCGAN)
    history = fit(gan, digits, [LearningRateScheduler(lambda e, r: 0.5 * r, "discriminator")])
    assert rates(gan) == [2e-4, 1e-4]
    assert "generator_learning_rate" not in history.history


def test_bad_schedules_are_refused(digits):
    gan = build(keras_gan.DCGAN)
    with pytest.raises(ValueError, match=r"network='critic'. Expected one of generator, discrim"):
        fit(gan, digits, [LearningRateScheduler(lambda epoch, rate: rate, "critic")])
    with pytest.raises(ValueError, match="The schedule gave: None"):
        fit(gan, digits, [LearningRateScheduler(lambda epoch, rate: None)])
    decay = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9)
    gan = build(keras_gan.DCGAN, generator_optimizer=keras.optimizers.Adam(decay))
    with pytest.raises(ValueError, match="generator's optimizer has a learning rate schedule"):
        fit(gan, digits, [LearningRateScheduler(lambda epoch, rate: rate)])
