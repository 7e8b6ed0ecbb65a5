"""What lies beside the model in assets.extra: what it is, and the requests that warm it up."""

import json

import cpp_loader
import numpy as np
import pytest
import served
import tensorflow as tf
from tensorflow.python.framework import func_graph

import keras_gan
from keras_gan.export import export, facts_of_run, warmup

prediction_log_pb2 = pytest.importorskip(
    "tensorflow_serving.apis.prediction_log_pb2", reason="needs tensorflow-serving-api"
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    gan = served.retouching()
    path = tmp_path_factory.mktemp("export") / "model"
    export(gan, path, verbose=False, metadata={"data": "digits", "class_names": ["zero", "one"]})
    return gan, path


def test_warmup_requests_by_the_genuine_protos(exported):
    """Each parses to the last byte, names a signature, and is answered by the C++ loader."""
    _, path = exported
    session = cpp_loader.Session(path)
    seen = []
    file = path / "assets.extra" / "tf_serving_warmup_requests"
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        assert log.ByteSize() == len(record)
        request = log.predict_log.request
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        name = request.model_spec.signature_name
        assert {key: value.dtype for key, value in inputs.items()} == {
            key: tf.as_dtype(info.dtype).as_numpy_dtype
            for key, info in session.signatures[name].inputs.items()
        }
        for value in session.run(name, inputs).values():
            assert len(value) == 1
        seen.append(name)
    assert sorted(seen) == sorted(session.signatures)
    assert len(seen) <= 1000
    assert file.stat().st_size < 100_000


def test_long_fields():
    """Lengths take several bytes from 128 on."""
    latents = np.random.default_rng(0).normal(size=(1, 50_000)).astype("float32")
    record = warmup.prediction_log("x" * 300, {"latents": latents})
    request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
    assert request.model_spec.signature_name == "x" * 300
    np.testing.assert_array_equal(tf.make_ndarray(request.inputs["latents"]), latents)


def test_a_request_that_no_server_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(warmup, "_MAX_BYTES", 60)
    with pytest.raises(ValueError, match=r"serving_default takes \d+ bytes. Expected at most 60."):
        export(served.conditional(), tmp_path / "large")
    assert not list(tmp_path.iterdir())


def test_what_the_model_says_of_itself(exported):
    _, path = exported
    text = (path / "assets.extra" / "keras_gan.json").read_text()
    assert json.loads(text) == {
        "model": "Retouching",
        "image_shape": [8, 8, 1],
        "kind": {"name": "picture"},
        "latent_dim": 8,
        "num_classes": 10,
        "training_steps": 0,
        "keras_gan": keras_gan.__version__,
        "signatures": sorted(cpp_loader.Session(path).signatures),
        "data": "digits",
        "class_names": ["zero", "one"],
    }


def test_training_steps_are_counted(tmp_path, digits):
    gan = served.conditional()
    gan.compile()
    gan.fit(digits[0][:8], digits[1][:8], batch_size=4, verbose=0)
    export(gan, tmp_path / "a", verbose=False)
    about = json.loads((tmp_path / "a" / "assets.extra" / "keras_gan.json").read_text())
    assert about["training_steps"] == 2


def test_facts_of_a_run(tmp_path):
    assert facts_of_run(tmp_path / "model.keras") == {}
    config = {
        "settings": {"source": "digits", "width": None, "seed": 0},
        "data": {"class_names": ["0", "1"]},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert facts_of_run(tmp_path) == {
        "data": "digits",
        "class_names": ["0", "1"],
        "settings": {"source": "digits", "seed": 0},
    }
    (tmp_path / "report").mkdir()
    report = {"metrics": [{"name": "fid", "value": 1.5, "real": 1.0}]}
    (tmp_path / "report" / "report.json").write_text(json.dumps(report))
    assert facts_of_run(tmp_path)["metrics"] == {"fid": 1.5}


def test_a_size_limit(exported, tmp_path):
    gan, path = exported
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    with pytest.raises(ValueError, match=r"takes [\d,]+ bytes. Expected at most max_bytes=9,999"):
        export(gan, tmp_path / "a", max_bytes=9_999)
    assert not list(tmp_path.iterdir())
    export(gan, tmp_path / "a", verbose=False, max_bytes=size + 1000)


def test_every_weight_is_written_once(exported):
    gan, path = exported
    variables = tf.train.list_variables(str(path / "variables" / "variables"))
    sizes = [np.prod(shape, dtype=int) for name, shape in variables if name.endswith("_VALUE")]
    assert sum(sizes) == gan.ema_generator.count_params()


def test_a_call_after_load_traces_nothing(exported, monkeypatch):
    """Whatever is called, nothing is built that was not in the file."""
    gan, path = exported
    loaded = tf.saved_model.load(str(path))
    signatures = dict(loaded.signatures.items())

    def traced(*args, **kwargs):
        raise AssertionError("a call traced a function")

    monkeypatch.setattr(func_graph.FuncGraph, "__init__", traced)
    with pytest.raises(AssertionError, match="traced"):
        tf.function(lambda x: x + 1)(tf.constant(1))
    for name, inputs in served.requests(gan, 3).items():
        signatures[name](**{key: tf.constant(value) for key, value in inputs.items()})
