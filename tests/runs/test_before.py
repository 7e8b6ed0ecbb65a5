"""Files and a run from before the house was laid anew: they load, go on and are exported."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_gan.core import saved_model
from keras_gan.runs import run

pytestmark = pytest.mark.usefixtures("steps_run_eagerly")

BEFORE = Path(__file__).resolve().parents[1] / "before"
EXPECTED = json.loads((BEFORE / "expected.json").read_text())


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() & {p.stem for p in BEFORE.glob("*.keras")}))
def test_a_file_of_former_days_goes_on_as_it_would_have(name, digits):
    """WGAN clips and counts; DCGAN has LeCam's and ADA's states; VAEGAN a third network."""
    gan = keras.saving.load_model(BEFORE / f"{name}.keras")
    assert int(gan.step) == EXPECTED[name]["step"]
    np.testing.assert_allclose(gan.sample(2, seed=0).ravel(), EXPECTED[name]["sample"], atol=1e-3)
    gan.fit(digits[0][:64], batch_size=16, epochs=2, initial_epoch=1, verbose=0)
    np.testing.assert_allclose(gan.sample(2, seed=0).ravel(), EXPECTED[name]["after"], atol=1e-3)


def test_a_run_of_former_days_is_resumed_and_exported(tmp_path):
    shutil.copytree(BEFORE / "run", tmp_path / "run")
    history = (tmp_path / "run" / "history.csv").read_text().splitlines()
    run.resume(tmp_path / "run", epochs=3, verbose=0)
    after = (tmp_path / "run" / "history.csv").read_text().splitlines()
    assert after[: len(history)] == history
    assert len(after) == len(history) + 1
    gan = run.load(tmp_path / "run")
    assert int(gan.step) == 12
    gan.export(tmp_path / "exported")
    served = tf.saved_model.load(str(tmp_path / "exported")).signatures["from_seed"]
    drawn = served(seed=tf.constant([5], tf.int64), truncation=tf.ones(1))["images"]
    np.testing.assert_allclose(drawn, (gan.sample(seeds=[5]) + 1) / 2, atol=1e-6)
    same = saved_model.sample(tmp_path / "exported", 2, seed=3)
    np.testing.assert_allclose(same, gan.sample(2, seed=3), atol=1e-6)
