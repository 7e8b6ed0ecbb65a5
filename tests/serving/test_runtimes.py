"""The files for other runtimes, each run in its own."""

import sys

import keras
import numpy as np
import pytest
import served

FORMATS = {"onnx": ".onnx", "litert": ".tflite", "openvino": ".xml"}


def run_onnx(path, feed):
    ort = pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_outputs()] == ["images"]
    return session.run(None, {entry.name: feed[entry.name] for entry in session.get_inputs()})[0]


def run_litert(path, feed):
    module = pytest.importorskip("ai_edge_litert.interpreter", reason="needs the extra [litert]")
    interpreter = module.Interpreter(str(path))
    assert interpreter.get_signature_list()["serving_default"]["outputs"] == ["images"]
    inputs = interpreter.get_input_details()
    by_name = {entry["name"].split("_")[-1].split(":")[0]: entry["index"] for entry in inputs}
    assert by_name.keys() == feed.keys()
    for name, index in by_name.items():
        interpreter.resize_tensor_input(index, feed[name].shape)
    interpreter.allocate_tensors()
    for name, index in by_name.items():
        interpreter.set_tensor(index, feed[name])
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def run_openvino(path, feed):
    openvino = pytest.importorskip("openvino", reason="needs the extra [openvino]")
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(str(path), "CPU", settings)
    assert {entry.any_name for entry in model.inputs} == feed.keys()
    assert [entry.any_name for entry in model.outputs] == ["images"]
    return next(iter(model(feed).values()))


RUN = {"onnx": run_onnx, "litert": run_litert, "openvino": run_openvino}


def written(gan, tmp_path, format):
    needs = {"onnx": ("onnx", "tf2onnx"), "openvino": ("openvino",), "litert": ()}
    for package in needs[format]:
        pytest.importorskip(package, reason=f"needs the extra [{format}]")
    path = tmp_path / "made" / f"model{FORMATS[format]}"
    gan.export(path, format=format, verbose=False)
    return path


def unit(images):
    return (images + 1) / 2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("model", ["conditional", "unconditional"])
def test_equals_the_keras_model(tmp_path, model, format):
    gan = getattr(served, model)()
    path = written(gan, tmp_path, format)
    for n in (1, 3, 64):
        feed = served.requests(gan, n)["serving_default"]
        given = tuple(feed.values())
        expected = unit(gan.predict(given if len(given) > 1 else given[0], verbose=0))
        made = RUN[format](path, feed)
        assert made.dtype == np.float32
        np.testing.assert_allclose(made, expected, atol=1e-5)
    beside = {"model.bin"} if format == "openvino" else set()
    assert {file.name for file in path.parent.iterdir()} == {path.name} | beside


@pytest.mark.parametrize("format", FORMATS)
def test_mixed_precision(tmp_path, format):
    keras.config.set_dtype_policy("mixed_bfloat16")
    gan = served.unconditional()
    path = written(gan, tmp_path, format)
    feed = served.requests(gan, 3)["serving_default"]
    expected = unit(gan.predict(feed["latents"], verbose=0))
    made = RUN[format](path, feed)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, expected, atol=2e-2)


def test_says_what_it_wrote(tmp_path, capsys):
    path = tmp_path / "a.tflite"
    served.unconditional().export(path, format="litert")
    assert f"litert file of DCGAN: {path}" in capsys.readouterr().out
    with pytest.raises(FileExistsError, match=r"a\.tflite exists and is left as it is"):
        served.unconditional().export(path, format="litert")


@pytest.mark.parametrize("format", FORMATS)
def test_another_suffix(tmp_path, format):
    with pytest.raises(ValueError, match=rf"ends in \{FORMATS[format]}\. Received: .*model\.pb"):
        served.unconditional().export(tmp_path / "model.pb", format=format)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("format", "package"), [("onnx", "tf2onnx"), ("openvino", "openvino")])
def test_a_package_that_is_not_there(tmp_path, monkeypatch, format, package):
    monkeypatch.setitem(sys.modules, package, None)
    if format == "onnx":
        pytest.importorskip("onnx", reason="needs the extra [onnx]")
    with pytest.raises(ImportError, match=rf"{package}: pip install 'keras-gan\[{format}\]'"):
        served.unconditional().export(tmp_path / f"a{FORMATS[format]}", format=format)
    assert not list(tmp_path.iterdir())
