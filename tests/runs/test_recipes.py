"""Recipes: the table says what was measured, and the choice takes data, machine and options."""

import json
import statistics
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_gan
from keras_gan.command import table
from keras_gan.core import kinds
from keras_gan.runs import choice, recipes, run
from keras_gan.runs.settings import MODELS, Settings, compile_model

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

ROOT = Path(__file__).resolve().parents[2]
FAMILY = ROOT / "benchmarks" / "results" / "family.jsonl"


def facts(shape, size=10_000, num_classes=None, kind=None):
    return recipes.Facts(kind or kinds.Picture(), shape, size, num_classes)


def pictures(folder, n=16, size=(8, 8), mode="RGB", classes=("",)):
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for k in range(n):
            pixels = rng.integers(0, 256, (*size, 3), np.uint8)
            Image.fromarray(pixels).convert(mode).save(folder / name / f"{k}.png")
    return str(folder)


def median(model, dataset, figure):
    rows = [json.loads(line) for line in FAMILY.read_text().splitlines()]
    found = [r[figure] for r in rows if (r["model"], r["dataset"]) == (model, dataset)]
    return statistics.median(found)


def test_the_table_rests_on_what_was_measured():
    """Each figure of the family benchmark that it names is the median of its record."""
    said = {name: recipe["measured"] for name, recipe in recipes.RECIPES.items()}
    named = [
        ("grey-classes", "CGAN", "mnist", "fid", "MNIST {:.1f}"),
        ("grey-classes", "CGAN", "fashion_mnist", "fid", "Fashion-MNIST {:.1f}"),
        ("grey", "DCGAN", "mnist", "fid", "on MNIST, {:.1f}"),
        ("grey", "DCGAN", "fashion_mnist", "fid", "Fashion-MNIST {:.1f}"),
        ("grey", "VAEGAN", "fashion_mnist", "fid", "VAEGAN has {:.1f}"),
        ("colour", "VAEGAN", "cifar10_10k", "fid", "FID {:.1f}"),
        ("colour", "VAEGAN", "cifar10_10k", "recall", "recall, {:.2f}"),
        ("colour", "VAEGAN", "cifar10_10k", "cpu_ms", "{:.2f} ms"),
        ("colour-fast", "HingeGAN", "cifar10_10k", "fid", "FID {:.1f}"),
        ("colour-fast", "HingeGAN", "cifar10_10k", "recall", "recall {:.2f}"),
        ("colour-fast", "HingeGAN", "cifar10_10k", "cpu_ms", "{:.2f} ms"),
        ("colour-classes", "ACGAN", "cifar10_10k", "fid", "FID {:.1f}"),
        ("colour-classes", "ACGAN", "cifar10_10k", "recall", "recall of {:.2f}"),
        ("colour-classes", "CGAN", "cifar10_10k", "fid", "CGAN {:.1f}"),
    ]
    for name, model, dataset, figure, text in named:
        assert text.format(median(model, dataset, figure)) in said[name], (name, text)
    lowest = {d: min(_medians(d), key=_medians(d).get) for d in ("mnist", "fashion_mnist")}
    assert set(lowest.values()) == {"CGAN"}
    assert min(_medians("cifar10_10k"), key=_medians("cifar10_10k").get) == "VAEGAN"


def _medians(dataset):
    rows = [json.loads(line) for line in FAMILY.read_text().splitlines()]
    models = {r["model"] for r in rows if r["dataset"] == dataset and "seed" in r}
    return {model: median(model, dataset, "fid") for model in models}


def test_recipes_are_settings_of_models():
    """And the parser reads the same table without running it."""
    assert table.recipes() == recipes.RECIPES
    for name, recipe in recipes.RECIPES.items():
        assert set(recipe) == {"for", "settings", "few", "images", "measured"}
        settings = recipe["settings"] | recipe["few"]
        own = MODELS[settings["model"]].condition_from
        needed = {"pictures": {"condition": "edges"}, "unpaired": {"unpaired": "digits"}}
        assert Settings("digits", **settings, **needed.get(own, {})).model == settings["model"], (
            name
        )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (facts((8, 8, 1), 1078, 10), ("digits", "CGAN")),
        (facts((28, 28, 1), 60_000, 10), ("grey-classes", "CGAN")),
        (facts((28, 28, 1), 60_000), ("grey", "DCGAN")),
        (facts((28, 28, 1), 16, 10), ("grey", "DCGAN")),  # too few of each class to learn it
        (facts((32, 32, 3), 10_000, 10), ("colour", "VAEGAN")),
        (facts((64, 64, 3), 1_200, 12), ("colour-few", "FastGAN")),
        (facts((64, 64, 3), 20_000), ("colour", "VAEGAN")),
        (facts((64, 16, 3), 1_200), ("colour-fast", "HingeGAN")),
        (facts((8, 8, 3), 16), ("colour-fast", "HingeGAN")),
        (facts((2,), 5_000, kind=kinds.Points()), ("points", "VanillaGAN")),
        (facts((4096, 1), 500, kind=kinds.Wave()), ("waves", "WaveGAN")),
    ],
)
def test_the_data_choose(found, expected):
    name = recipes.preferred(found)[0]
    model = MODELS[recipes.RECIPES[name]["settings"]["model"]]
    assert (name, model.__name__) == expected
    augment = recipes.settings_of(name, found).get("augment")
    assert augment == ("diff_augment" if found.few and recipes.RECIPES[name]["few"] else None)


def test_tables_have_no_recipe():
    columns = kinds.Table()
    with pytest.raises(ValueError, match="There is no recipe"):
        recipes.preferred(facts((3,), kind=columns))


def test_a_graphics_card_takes_the_papers_widths(monkeypatch):
    found = facts((28, 28, 1), 60_000)
    assert recipes.settings_of("grey", found)["width"] == 32
    monkeypatch.setattr(recipes, "machine", lambda: "GPU")
    assert "width" not in recipes.settings_of("grey", found)


def test_a_suggestion_is_plain_values_that_can_be_changed(digits):
    found = keras_gan.recipes.suggest(keras_gan.data.load("digits"))
    assert (found.recipe, found.model) == ("digits", keras_gan.CGAN)
    assert found.options == {"image_shape": (8, 8, 1), "num_classes": 10, "width": 32}
    assert found.compile["penalties"] == ["r1:0.25:4"]
    assert "quickstart" in found.measured
    found.options |= {"width": 4, "latent_dim": 4}
    found.compile["generator_optimizer"]["config"]["learning_rate"] = 0.25
    gan = found.model(**found.options)
    gan.compile(**found.compile, run_eagerly=True)
    assert gan.penalties[0].get_config() == {"weight": 0.25, "interval": 4, "name": "r1"}
    rates = [float(o.learning_rate) for o in (gan.generator_optimizer, gan.discriminator_optimizer)]
    assert rates == pytest.approx([0.25, 2e-3])
    assert (gan.generator_optimizer.beta_1, gan.generator_optimizer.beta_2) == (0.0, 0.99)
    found.compile["penalties"].clear()
    again = keras_gan.recipes.suggest(keras_gan.data.load("digits"))
    assert again.compile["penalties"] == ["r1:0.25:4"]


def test_text_and_sound_are_suggested_too(tmp_path):
    (tmp_path / "lines.txt").write_text("abcd\nbcda\ncdab\n" * 30, encoding="utf-8")
    found = keras_gan.recipes.suggest(keras_gan.data.load(tmp_path / "lines.txt", length=4))
    gan = found.model(**found.options)
    assert (found.recipe, gan.kind, gan.image_shape) == ("text", found.options["kind"], (4, 5))
    waves = np.zeros((4, 1024, 1), np.float32)
    found = keras_gan.recipes.suggest(keras_gan.data.load(waves, kind=kinds.Wave(8000)))
    assert (found.recipe, found.model) == ("waves", keras_gan.WaveGAN)


def test_a_foreign_dataset_has_no_classes():
    foreign = keras_gan.data.load(np.zeros((40, 8, 8, 3), np.uint8)).take(1).unbatch().batch(4)
    found = keras_gan.recipes.suggest(foreign)
    assert (found.recipe, found.options["image_shape"]) == ("colour-fast", (8, 8, 3))


def test_what_is_given_stands():
    """Rates of one player leave the recipe's for the others; a rate for all replaces them."""
    settings, said = choice.chosen({"source": "digits", "width": 4, "latent_dim": 4, "limit": 400})
    assert (settings.model, settings.recipe, settings.width) == ("cgan", "digits", 4)
    assert (settings.images, settings.epochs) == (None, 20)  # a limit is for a quick look
    assert choice.chosen({"source": "digits", "width": 4})[0].images == 174_000
    assert len(said) == 2
    assert "400 images of 8x8x1 in 10 classes on a " in said[0]
    small = {"source": "digits", "width": 4, "latent_dim": 4, "epochs": 3}
    settings, _ = choice.chosen(small | {"learning_rates": {"discriminator": 1.0}})
    assert settings.learning_rates == {"generator": 1e-3, "discriminator": 1.0}
    assert (settings.images, settings.epochs) == (None, 3)
    settings, _ = choice.chosen(small | {"learning_rates": {"all": 1.0}, "penalties": []})
    assert (settings.learning_rates, settings.penalties) == ({"all": 1.0}, [])


def test_the_choice_keeps_to_models_that_take_the_options(tmp_path):
    small = {"source": pictures(tmp_path / "a"), "width": 4, "latent_dim": 4}
    assert choice.chosen(small)[0].model == "hinge"
    # an encoder's rate is VAEGAN's; a penalty by each image's gradient is for critics without
    # BatchNorm, of which the first is DCGAN
    assert choice.chosen(small | {"learning_rates": {"encoder": 1e-3}})[0].model == "vaegan"
    assert choice.chosen(small | {"penalties": ["r1"]})[0].model == "dcgan"
    assert choice.chosen(small | {"condition": "edges"})[0].model == "pix2pix"
    assert choice.chosen(small | {"unpaired": "digits"})[0].model == "cyclegan"
    with pytest.raises(ValueError, match="no such player"):
        choice.chosen(small | {"learning_rates": {"critic": 1e-3}})
    with pytest.raises(ValueError, match="learns classes, and the data have none"):
        choice.chosen(small | {"conditional": True})


def test_classes_of_coloured_pictures_are_learnt_where_they_are_asked_for(tmp_path):
    folder = pictures(tmp_path / "a", n=20, classes=("x", "y"))
    small = {"source": folder, "width": 4, "latent_dim": 4}
    settings, said = choice.chosen(small)
    assert (settings.model, settings.learns_classes) == ("hinge", False)
    assert "--recipe colour-classes" in said[1]
    assert choice.chosen(small | {"conditional": True})[0].model == "acgan"
    assert choice.chosen(small, recipe="colour-classes")[0].model == "acgan"
    assert choice.chosen(small | {"labels": False}, recipe=None)[0].model == "hinge"


def test_pictures_of_several_sizes_get_one_that_enlarges_few(tmp_path):
    folder = Path(pictures(tmp_path / "a", n=3, size=(40, 50)))
    Image.new("RGB", (90, 70)).save(folder / "other.png")
    small = {"source": str(folder), "width": 4, "latent_dim": 4}
    settings, said = choice.chosen(small)
    assert settings.image_size == 32
    assert "4 images of 32x32x3" in said[0]
    assert choice.chosen(small | {"image_size": [8, 16]})[0].image_size == [8, 16]
    large = pictures(tmp_path / "b", n=2, size=(100, 200))
    assert choice.chosen(small | {"source": large})[0].image_size == 64


def test_paper_is_what_there_was_before():
    assert choice.chosen({"source": "digits"}, "paper") == (Settings("digits"), [])
    workers = {"source": "digits", "strategy": "multiworker"}
    assert choice.chosen(workers) == (Settings(**workers), [])
    with pytest.raises(ValueError, match="Expected model="):
        choice.chosen(workers, "grey")
    given = {"source": "digits", "epochs": 3}
    assert choice.chosen(given, model="lsgan") == (Settings(**given, model="lsgan"), [])
    settings, _ = choice.chosen(given | {"width": 4, "latent_dim": 4}, "grey", "lsgan")
    assert (settings.model, settings.recipe, settings.penalties) == ("lsgan", "grey", ["r1:2:4"])


def test_a_choice_is_recorded_and_never_made_again(tmp_path, monkeypatch):
    settings, _ = choice.chosen(
        {"source": pictures(tmp_path / "a"), "width": 4, "latent_dim": 4, "images": 32}
    )
    told = []
    run.train(settings, tmp_path / "run", verbose=0, announce=lambda *said: told.append(said))
    config = json.loads((tmp_path / "run" / "config.json").read_text())["settings"]
    assert (config["model"], config["recipe"], config["images"]) == ("hinge", "colour-fast", 32)
    assert config["images_per_second"] is None  # so few steps are not worth measuring
    assert told[0][1] == 32
    assert (tmp_path / "run" / "samples" / "epoch-0000.png").is_file()
    monkeypatch.setattr(choice, "chosen", None)
    run.resume(tmp_path / "run", images=48, verbose=0)
    assert run.Run(tmp_path / "run").settings().recipe == "colour-fast"


def test_a_penalty_is_named_with_its_weight():
    assert keras_gan.penalties.get("r1:2:4").get_config() == {
        "weight": 2.0,
        "interval": 4,
        "name": "r1",
    }
    gan = keras_gan.VanillaGAN(image_shape=(8, 8, 1), latent_dim=4, width=4)
    compile_model(gan, Settings("digits", model="vanilla", penalties=["r2:3"]))
    assert gan.penalties[0].weight == 3.0
    with pytest.raises(ValueError, match="Expected NAME, NAME:WEIGHT"):
        keras_gan.penalties.get("r1:much")
