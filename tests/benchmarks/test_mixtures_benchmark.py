import json

import numpy as np
import pytest

import keras_gan


def test_mixtures_are_those_of_the_paper():
    from benchmarks.quality import mixtures

    for title, modes, nearest in (("ring", 8, 200 * np.sin(np.pi / 8)), ("grid", 25, 40)):
        mixture = mixtures.MIXTURES[title]
        apart = np.linalg.norm(mixture.centres[:, None] - mixture.centres, axis=-1)
        assert len(apart) == modes
        assert apart[apart > 1e-9].min() / mixture.std == pytest.approx(nearest)
        points, groups = mixture.draw(20_000, seed=0)
        found = mixtures.mixture_modes(points, mixture.centres, mixture.std)
        assert found.found == modes
        assert found.high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.005)
        assert set(groups) == set(range(mixture.groups))


def test_every_class_is_there_and_takes_the_networks():
    from benchmarks.quality import mixtures

    others = {"GAN", "DCGAN", "Pix2Pix", "BiGAN", "CoGAN", "CycleGAN", "AAE", "InfoGAN"}
    others |= {"BigGAN", "FastGAN", "ProGAN", "ProjectedGAN", "StyleGAN2", "VideoGAN"}
    others |= {"AdaGAN", "ContextEncoder", "GAIN", "SemiSupervisedGAN", "SRGAN", "WaveGAN"}
    public = {name for name in keras_gan.__all__ if is_gan(getattr(keras_gan, name))}
    assert {name.split()[0] for name in mixtures.MODELS} == public - others
    for name in mixtures.MODELS:
        cls, packs = mixtures.class_of(name)
        options = packs | mixtures.EXCEPTIONS.get(name, {}).get("model", {})
        gan = cls(**mixtures.networks(cls, groups=4, **packs), **options)
        assert gan.image_shape == (2,)
        assert gan.pack == int(name.partition("pack=")[2] or 1)


def is_gan(thing):
    return isinstance(thing, type) and issubclass(thing, keras_gan.GAN)


def test_a_run_is_recorded_once_and_shown(tmp_path, capsys, monkeypatch):
    from benchmarks.quality import mixtures

    monkeypatch.delitem(mixtures.MIXTURES, "grid")
    options = ["--only", "MGAN", "--seeds", "0", "--steps", "2"]
    options += ["--results", str(tmp_path), "--pictures", str(tmp_path)]
    mixtures.main(options)
    printed = capsys.readouterr().out
    (row,) = [json.loads(line) for line in (tmp_path / "mixtures.jsonl").read_text().splitlines()]
    assert (row["model"], row["mixture"], row["seed"], row["steps"]) == ("MGAN", "ring", 0, 2)
    assert all((tmp_path / f"{name}.png").stat().st_size > 1000 for name in ("mixtures", "mgan"))
    monkeypatch.setattr(mixtures, "run", None)
    mixtures.main(options)
    assert capsys.readouterr().out == printed


def test_the_table_gives_the_spread_over_seeds():
    from benchmarks.quality import mixtures

    def row(seed, modes, good, divergence):
        case = {"model": "LSGAN", "mixture": "ring", "seed": seed, "steps": 500, "seconds": 9}
        return case | {"modes": modes, "good": good, "reverse_kl": divergence}

    lines = mixtures.table([row(0, 8, 0.95, 0.01), row(1, 6, 0.9, 0.3), row(2, 7, 1, 0.02)])
    assert "| LSGAN | 7 (6 to 8) | 95.0 (90.0 to 100.0) | 0.020 (0.010 to 0.300) |" in lines
    assert lines.count("\n| ") == 2  # under the head: a rule and a class
    assert "| 0 | 0.0 | infinite |" in mixtures.table([row(0, 0, 0, None)])
