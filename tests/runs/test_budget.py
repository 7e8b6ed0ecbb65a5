"""How long a run is: images and minutes become epochs once, and a resumed run keeps them."""

import json

import numpy as np
import pytest

import keras_gan
from keras_gan.runs import budget, run
from keras_gan.runs.settings import Settings

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

SMALL = {"source": "digits", "limit": 70, "batch_size": 32, "latent_dim": 4, "width": 4}
FAST = budget.Speed(images_per_second=100.0, start=2.0)


def small(**changes):
    return Settings(**SMALL | {"model": "vanilla"} | changes)


class Data:
    size = 1000


def divided(images, n_critic=1, **changes):
    gan = keras_gan.VanillaGAN(image_shape=(8, 8, 1), latent_dim=4, width=4)
    settings = small(images=images, batch_size=100, n_critic=n_critic, **changes)
    found = budget.divided(gan, settings, Data)
    return found.epochs, found.steps_per_epoch, budget.total_images(gan, found, Data)


def test_images_become_epochs_of_equal_length():
    """1,000 images in batches of 100: 20,000 images are 200 steps, of two updates each 100."""
    epochs, length, images = divided(20_000)
    assert epochs * length == 200
    assert 10 <= epochs <= 30
    assert images == 20_000
    epochs, length, images = divided(20_000, n_critic=2)
    assert (epochs * length, images) == (100, 20_000)
    assert divided(100) == (1, 1, 100)
    assert divided(101) == (1, 2, 200)
    for given in (1_999, 10_007, 123_456):
        epochs, length, images = divided(given)
        assert given <= images < given + 30 * 100
    assert divided(20_000, steps_per_epoch=7) == (29, 7, 20_300)


def test_minutes_become_images_once():
    """A minute less two seconds of tracing at 100 images a second is 5,800 images."""
    found = budget.timed(small(minutes=1.0), FAST)
    assert (found.images, found.images_per_second) == (5800, 100.0)
    again = budget.timed(found, budget.Speed(1.0, 0.0))
    assert again.images == 5800
    assert budget.timed(small(minutes=0.01), FAST).images == 1


def test_the_speed_is_that_of_a_copy(monkeypatch):
    """Nothing of the run moves: neither chance nor data."""
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    settings = small()
    dataset = run.load_data(settings)
    speed = budget.measured(settings, dataset)
    assert speed.images_per_second > 0
    assert speed.start >= 0


def test_a_run_of_minutes_is_the_run_of_its_images(tmp_path, monkeypatch):
    settings = small(minutes=0.05)  # one second at 100 images a second: 5 steps of 70 / 3 images
    monkeypatch.setattr(budget, "SECONDS", 0.0)
    measure, calls = budget.measured, []
    monkeypatch.setattr(budget, "measured", lambda *args: calls.append(measure(*args)) or FAST)
    run.train(settings, tmp_path / "a", verbose=0)
    found = json.loads((tmp_path / "a" / "config.json").read_text())["settings"]
    assert (found["minutes"], found["images"], found["images_per_second"]) == (0.05, 100, 100.0)
    assert found["epochs"] * found["steps_per_epoch"] == 5
    gan = run.load(tmp_path / "a")
    assert int(gan.step.numpy()) == 5
    run.train(small(images=100), tmp_path / "b", verbose=0)
    other = run.load(tmp_path / "b")
    assert np.array_equal(gan.sample(4, seed=0), other.sample(4, seed=0))
    run.resume(tmp_path / "a", images=190, verbose=0)  # 9 steps, in whole epochs of five
    assert int(run.load(tmp_path / "a").step.numpy()) == 10
    assert len(calls) == 1  # never again
    assert run.Run(tmp_path / "a").settings().images == 190


@pytest.mark.parametrize(("shape", "middle"), [("linear", 5e-4), ("cosine", 5e-4)])
def test_learning_rates_fall_over_the_whole_run(shape, middle, tmp_path):
    """Of 6 steps with two critic updates each, the critic's optimizer makes 12."""
    settings = small(
        epochs=2, steps_per_epoch=3, n_critic=2, learning_rates={"all": 1e-3}, batch_size=16
    )
    settings.learning_rate_decay = shape
    dataset = run.load_data(settings)
    gan = run.build(settings, dataset)
    run.compile_model(gan, settings, budget.total_steps(gan, settings, dataset))
    critic = gan.get_compile_config()["discriminator_optimizer"]["config"]["learning_rate"]
    assert critic["config"]["decay_steps"] == 12
    for optimizer, updates in ((gan.generator_optimizer, 6), (gan.discriminator_optimizer, 12)):
        rates = []
        for made in (0, updates // 2, updates):
            optimizer.iterations.assign(made)
            rates.append(float(optimizer.learning_rate))
        assert rates == pytest.approx([1e-3, middle, 0.0], abs=1e-9)


def test_a_run_whose_rates_fall_keeps_its_length(tmp_path):
    settings = small(images=64, learning_rate_decay="linear")
    run.train(settings, tmp_path / "a", verbose=0)
    run.resume(tmp_path / "a", verbose=0)
    with pytest.raises(ValueError, match="fix its length"):
        run.resume(tmp_path / "a", images=640, verbose=0)


@pytest.mark.parametrize(
    "wrong", [{"images": 0}, {"minutes": 0.0}, {"minutes": float("nan")}, {"images": -5}]
)
def test_a_budget_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"Expected (images|minutes)"):
        small(**wrong)


def test_several_workers_take_no_minutes(monkeypatch):
    monkeypatch.setattr(budget.replicas, "is_multi_worker", lambda strategy: True)
    with pytest.raises(ValueError, match="Expected images="):
        budget.measured(small(minutes=1.0), None)
