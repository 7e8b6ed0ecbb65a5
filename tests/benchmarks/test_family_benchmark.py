import keras
import numpy as np
import pytest
from conftest import table_lines

import keras_gan
from keras_gan import metrics
from keras_gan.runs import reference


@pytest.fixture
def judge(monkeypatch):
    """A classifier of the small digits that has learnt nothing."""
    images = keras.Input((8, 8, 1))
    features = keras.layers.Flatten(name="features")(keras.layers.AveragePooling2D(2)(images))
    network = keras.Model(images, keras.layers.Dense(10, name="logits")(features))
    judge = metrics.ModelFeatures(network, "features", logits="logits", name="pixels")
    monkeypatch.setattr(reference, "extractors", lambda data: (judge, judge))
    return judge


def test_every_class_of_one_plain_critic_plays_on_the_same_pair():
    from benchmarks.quality import family

    others = {"AAE", "BiGAN", "CoGAN", "ContextEncoder", "CycleGAN", "GAIN", "GMAN", "GMMN"}
    others |= {"FastGAN", "Pix2Pix", "ProGAN", "ProjectedGAN", "SRGAN", "StyleGAN2", "VideoGAN"}
    others |= {"WaveGAN"}
    assert set(keras_gan.models.__all__) - {*family.MODELS} == others
    sizes = {}
    for name in family.MODELS:
        gan = getattr(keras_gan, name)(**family.networks(name, (8, 8, 1), 10))
        kernels = [
            tuple(weight.shape)
            for network in (gan.generator, gan.discriminator)
            for weight in network.trainable_variables
            if len(weight.shape) == 4 and weight.shape[0] > 1  # without VGAN's bottleneck
        ]
        sizes.setdefault(str(kernels), []).append(name)
    assert sorted(sizes.values(), key=len) == [
        ["VanillaGAN"],
        [name for name in family.MODELS if name != "VanillaGAN"],
    ]


def test_the_recipe_regularizes_only_those_that_are_not():
    from benchmarks.quality import family

    gans = {
        name: getattr(keras_gan, name)(**family.networks(name, (8, 8, 1), 10))
        for name in ("DCGAN", "LSGAN", "WGAN", "WGANGP", "SNGAN", "VGAN")
    }
    for name, gan in gans.items():
        gan.compile(**family.recipe(gan))
        assert gan.n_critic == 1
        assert gan.generator_optimizer.beta_2 == 0.99
        names = [penalty.name for penalty in gan.penalties]
        assert names == {"DCGAN": ["r1"], "WGANGP": ["gradient_penalty"]}.get(name, [])


@pytest.mark.usefixtures("judge", "steps_run_eagerly")
def test_family_runs_what_is_not_in_the_record(tmp_path, monkeypatch, capsys):
    from benchmarks.harness.record import Record
    from benchmarks.quality import family

    monkeypatch.setattr(family, "DATASETS", {"digits": "Digits"})
    monkeypatch.setattr(family, "MODELS", ("CGAN", "LSGAN"))
    monkeypatch.setattr(family, "EXECUTION", 1)
    monkeypatch.setattr(family, "SAMPLES", 100)
    arguments = ["--seeds", "0", "--images", "96", "--models", "CGAN", "--results", str(tmp_path)]
    arguments += ["--picture", str(tmp_path / "family.png")]
    family.main(arguments)
    real, cgan = Record("family", tmp_path).rows()
    assert real["model"] == family.REAL
    assert (cgan["images"], cgan["generator_steps"], cgan["samples"]) == (96, 3, 100)
    assert cgan["cpu_ms"] > 0
    assert real["fid"] < cgan["fid"]
    summary, figures = capsys.readouterr().out.split("\n\n### Digits\n\n")
    names = [line.split(" | ")[0] for line in table_lines(summary)]
    assert names == ["| class", "| ---", "| CGAN", "| LSGAN", f"| {family.REAL}"]
    lines = table_lines(figures)
    names = [line.split(" | ")[0] for line in lines]
    assert names == ["| class", "| ---", "| CGAN", f"| {family.REAL}"]
    assert len({line.count("|") for line in lines}) == 1
    assert (tmp_path / "family.png").stat().st_size > 1000

    monkeypatch.setattr(family, "run", lambda *_: pytest.fail("it is in the record"))
    family.main(arguments)


@pytest.mark.usefixtures("judge", "steps_run_eagerly")
def test_vgan_is_recorded_with_its_curves(tmp_path, monkeypatch, capsys):
    from benchmarks.harness.record import Record
    from benchmarks.quality import family, vgan

    monkeypatch.setattr(vgan, "DATASET", "digits")
    monkeypatch.setattr(vgan, "MODELS", {"VGAN": {"beta_rate": 1.0}})
    monkeypatch.setattr(vgan, "EPOCHS", 2)
    monkeypatch.setattr(family, "EXECUTION", 1)
    monkeypatch.setattr(family, "SAMPLES", 100)
    arguments = ["--seeds", "0", "--steps", "4", "--results", str(tmp_path)]
    arguments += ["--pictures", str(tmp_path)]
    vgan.main(arguments)
    (row,) = Record("vgan", tmp_path).rows()
    assert (row["model"], row["steps"], row["samples"]) == ("VGAN", 4, 100)
    assert len(row["beta_curve"]) == 2
    assert row["kl"] == row["kl_curve"][-1] > 0
    assert (tmp_path / "vgan.png").stat().st_size > 1000
    monkeypatch.setattr(vgan, "run", None)
    printed = capsys.readouterr().out
    vgan.main(arguments)
    assert capsys.readouterr().out == printed
    assert "| VGAN | " in printed


def test_a_line_has_a_spread_only_where_there_is_one():
    from benchmarks.quality import family

    rows = [{"fid": 1.0, "images": 96}, {"fid": 3.0, "images": 96}]
    figures = {"fid": ("FID", 1), "images": ("images", 0), "right_label": ("right label", 2)}
    assert family.table_line("A", rows, figures) == ["A", "2.0 (1.0 to 3.0)", "96", ""]


@pytest.mark.usefixtures("judge", "steps_run_eagerly")
def test_small_data_measures_with_and_without(tmp_path, monkeypatch, capsys):
    from benchmarks.harness.record import Record
    from benchmarks.quality import small_data

    small = {"DATASET": "digits", "KIND": "3", "SHOWN": 30, "HELD_OUT": 30, "WIDTH": 8}
    small |= {"EPOCH": 64, "BATCH": 32, "EXECUTION": 1, "CURVE_SAMPLES": 20}
    for name, value in small.items():
        monkeypatch.setattr(small_data, name, value)
    arguments = ["--augments", "DiffAugment", "--seeds", "0", "--epochs", "2"]
    arguments += ["--results", str(tmp_path), "--picture", str(tmp_path / "small.png")]
    small_data.main(arguments)
    real, copies, augmented = Record("small_data", tmp_path).rows()
    assert (real["augment"], copies["augment"]) == (small_data.REAL, small_data.COPIES)
    assert copies["memorisation_z"] < -5 < real["memorisation_z"]
    assert len(augmented["curve"]) == 2
    assert augmented["images"] == 128
    assert 0 <= augmented["d_held_out"] <= 1
    assert "| DiffAugment |" in capsys.readouterr().out
    assert (tmp_path / "small.png").stat().st_size > 1000


def test_the_discriminator_of_small_data_sees_pictures_as_they_are():
    from benchmarks.quality import small_data

    class Brightness:
        discriminator = keras.Sequential(
            [keras.Input((2, 2, 1)), keras.layers.GlobalAveragePooling2D()]
        )

    gray = np.array([0, 255, 128, 127], np.uint8).reshape(4, 1, 1, 1)
    pictures = metrics.Sample(np.tile(gray, (1, 2, 2, 1)))
    assert small_data.share_taken_for_real(Brightness, pictures) == 0.5
