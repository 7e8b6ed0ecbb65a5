"""The signatures as a server runs them: by TensorFlow's C++ loader, fed by tensor names."""

import io
import json
import threading

import cpp_loader
import keras
import numpy as np
import pytest
import served
import tensorflow as tf
from PIL import Image

import keras_gan
from keras_gan.export import export
from keras_gan.export.signatures import signatures

PLAIN = ["serving_default", "from_seed", "png", "interpolate"]
EXTRA = ["encode", "encode_png", "reconstruct", "reconstruct_png"]
NAMES = {"conditional": PLAIN, "unconditional": PLAIN, "retouching": PLAIN + EXTRA}
CASES = [(model, name) for model, names in NAMES.items() for name in names]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """(Keras model, its SavedModel's session) by name."""
    found = {}
    for name in NAMES:
        gan = getattr(served, name)()
        path = tmp_path_factory.mktemp("saved") / name
        export(gan, path, verbose=False)
        found[name] = gan, cpp_loader.Session(path)
    return found


def unit(images):
    return (images + 1) / 2


def opened(files):
    return np.stack([np.asarray(Image.open(io.BytesIO(file))) for file in files])


def specs(infos):
    def shape(info):
        return [dim.size for dim in info.tensor_shape.dim]

    return {name: (tf.as_dtype(info.dtype).name, shape(info)) for name, info in infos.items()}


# -- what the table in README says ---------------------------------------------------------------


@pytest.mark.parametrize("model", NAMES)
def test_names_and_types(models, model):
    gan, session = models[model]
    n = -1
    label = {"labels": ("int32", [n])} if gan.num_classes else {}
    truncation = {"truncation": ("float32", [n])}
    ends = {"seed_from": ("int64", [n]), "seed_to": ("int64", [n]), "position": ("float32", [n])}
    images = {"images": ("float32", [n, *gan.image_shape])}
    file = {"image_bytes": ("string", [n])}
    latents = {"latents": ("float32", [n, gan.latent_dim])}
    expected = {
        "serving_default": (latents | label, images),
        "from_seed": ({"seed": ("int64", [n])} | truncation | label, images),
        "png": ({"seed": ("int64", [n])} | truncation | label, file),
        "interpolate": (ends | label, images),
    }
    if model == "retouching":
        code = {"latents": ("float32", [n, 8])}
        expected |= {"encode": (images, code), "encode_png": (file, code)}
        expected |= {"reconstruct": (images, images), "reconstruct_png": (file, file)}
    found = {name: (specs(s.inputs), specs(s.outputs)) for name, s in session.signatures.items()}
    assert found == expected
    assert {s.method_name for s in session.signatures.values()} == {"tensorflow/serving/predict"}


@pytest.mark.parametrize("n", [1, 3, 64])
@pytest.mark.parametrize("model", NAMES)
def test_equals_the_keras_model(models, model, n):
    gan, session = models[model]
    asked = served.requests(gan, n)
    given = tuple(asked["serving_default"].values())
    expected = unit(gan.predict(given if len(given) > 1 else given[0], verbose=0))
    made = session.run("serving_default", asked["serving_default"])["images"]
    np.testing.assert_allclose(made, expected, atol=1e-6)
    assert 0 <= made.min() < made.max() <= 1

    seeds = asked["from_seed"] | {"truncation": np.ones(n, "float32")}
    expected = unit(gan.sample(seeds=seeds["seed"], labels=seeds.get("labels")))
    made = session.run("from_seed", seeds)["images"]
    np.testing.assert_allclose(made, expected, atol=1e-6)
    files = session.run("png", seeds)["image_bytes"]
    pixels = opened(files).reshape(expected.shape)
    assert np.abs(pixels - expected * 255).max() <= 0.51


def test_truncation_of_each_row(models):
    gan, session = models["unconditional"]
    seeds, factors = np.array([5, 5, 6]), np.float32([0, 0.7, 2])
    made = session.run("from_seed", {"seed": seeds, "truncation": factors})["images"]
    for seed, factor, image in zip(seeds, factors, made, strict=True):
        expected = unit(gan.sample(seeds=[seed], truncation=factor))[0]
        np.testing.assert_allclose(image, expected, atol=1e-6)


class _Raw(keras_gan.GAN):
    """A generator that shows its latents."""


def test_latents_are_those_of_sample_bit_for_bit(tmp_path):
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(1.0)])
    discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    gan = _Raw(generator, discriminator)
    export(gan, tmp_path / "raw", verbose=False)
    session = cpp_loader.Session(tmp_path / "raw")
    assert "png" not in session.signatures
    seeds = np.array([0, 1, 7, 2**40, 2**32 + 3, 2**63 - 1])
    asked = {"seed": seeds, "truncation": np.full(6, 0.7, "float32")}
    made = session.run("from_seed", asked)["images"]
    np.testing.assert_array_equal(made, gan.sample(seeds=seeds, truncation=0.7))
    for k, seed in enumerate(seeds):
        alone = session.run("from_seed", served.row(asked, k))["images"]
        np.testing.assert_array_equal(alone, gan.sample(1, seed=seed, truncation=0.7))
        np.testing.assert_array_equal(alone[0], made[k])


def test_interpolation_is_spherical(tmp_path):
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Rescaling(1.0)])
    discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    gan = _Raw(generator, discriminator)
    export(gan, tmp_path / "raw", verbose=False)
    session = cpp_loader.Session(tmp_path / "raw")
    a, b = gan.sample(seeds=[5, 9])
    position = np.float32([0, 0.25, 0.5, 1])
    five, nine = np.full(4, 5), np.full(4, 9)
    asked = {"seed_from": five, "seed_to": nine, "position": position}
    made = session.run("interpolate", asked)["images"]
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    for t, point in zip(position, made, strict=True):
        arc = (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
        np.testing.assert_allclose(point, arc, atol=1e-5)
    itself = session.run("interpolate", asked | {"seed_to": five})["images"]
    np.testing.assert_allclose(itself, np.tile(a, (4, 1)), atol=1e-6)


def test_interpolation_between_pictures(models):
    _, session = models["conditional"]
    label, one = np.int32([4, 4]), np.ones(2, "float32")
    ends = session.run("from_seed", {"seed": np.array([5, 9]), "truncation": one, "labels": label})
    walk = {"seed_from": np.array([5, 5]), "seed_to": np.array([9, 9]), "labels": label}
    made = session.run("interpolate", walk | {"position": np.float32([0, 1])})
    np.testing.assert_allclose(made["images"], ends["images"], atol=1e-6)


def test_mixed_precision_gives_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    gan = served.conditional()
    export(gan, tmp_path / "bf16", verbose=False)
    session = cpp_loader.Session(tmp_path / "bf16")
    for name, inputs in served.requests(gan, 3).items():
        (made,) = session.run(name, inputs).values()
        assert made.dtype == (object if name == "png" else np.float32)
    asked = served.requests(gan, 3)["from_seed"] | {"truncation": np.ones(3, "float32")}
    expected = unit(gan.sample(seeds=asked["seed"], labels=asked["labels"]))
    np.testing.assert_allclose(session.run("from_seed", asked)["images"], expected, atol=2e-2)


def test_signatures_that_a_model_adds(models):
    gan, session = models["retouching"]
    asked = served.requests(gan, 3)
    pictures = asked["reconstruct"]["images"]
    made = session.run("reconstruct", asked["reconstruct"])["images"]
    np.testing.assert_allclose(made, 1 - pictures, atol=1e-6)
    code = session.run("encode", asked["encode"])["latents"]
    np.testing.assert_allclose(code, (2 * pictures - 1).mean((2, 3)), atol=1e-6)
    files = asked["reconstruct_png"]["image_bytes"]
    inverted = session.run("reconstruct_png", {"image_bytes": files})["image_bytes"]
    np.testing.assert_array_equal(opened(inverted), 255 - opened(files))
    code = session.run("encode_png", {"image_bytes": files})["latents"]
    np.testing.assert_allclose(code, (opened(files) / 127.5 - 1).mean(2), atol=1e-6)


# -- the server's rules --------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "name"), CASES)
def test_rows_in_are_rows_out(models, model, name):
    """A batch gives what its rows give alone, in their order; a server may mix callers."""
    gan, session = models[model]
    batch = served.requests(gan, 5)[name]
    together = session.run(name, batch)
    for key, values in together.items():
        assert values.shape[0] == 5
        for k in range(5):
            alone = session.run(name, served.row(batch, k))[key]
            assert alone.shape == (1, *values.shape[1:])
            if values.dtype == object:
                alone, there = opened(alone).astype(int), opened(values[k : k + 1])
                assert np.abs(alone - there).max() <= 1
            else:
                np.testing.assert_allclose(alone[0], values[k], atol=1e-5)


@pytest.mark.parametrize(("model", "name"), CASES)
def test_no_rows(models, model, name):
    gan, session = models[model]
    empty = {key: value[:0] for key, value in served.requests(gan, 2)[name].items()}
    full = session.run(name, served.requests(gan, 2)[name])
    for key, value in session.run(name, empty).items():
        assert value.shape == (0, *full[key].shape[1:])


@pytest.mark.parametrize(("model", "name"), CASES)
def test_what_json_can_carry(models, model, name):
    """No scalars, no half floats, strings under names that the server encodes, finite numbers."""
    gan, session = models[model]
    signature = session.signatures[name]
    for key, info in (*signature.inputs.items(), *signature.outputs.items()):
        assert len(info.tensor_shape.dim) >= 1
        assert info.tensor_shape.dim[0].size == -1
        dtype = tf.as_dtype(info.dtype)
        assert dtype in (tf.float32, tf.int32, tf.int64, tf.string)
        assert (dtype == tf.string) == key.endswith("_bytes")
    for value in session.run(name, served.requests(gan, 2)[name]).values():
        if value.dtype != object:
            json.dumps(value.tolist(), allow_nan=False)


@pytest.mark.parametrize(("model", "name"), CASES)
def test_same_answers_under_concurrent_calls(models, model, name):
    gan, session = models[model]
    inputs = [served.requests(gan, n, seed=n)[name] for n in (1, 2, 3)]
    expected = [session.run(name, given) for given in inputs]
    found = {}

    def call(k):
        found[k] = session.run(name, inputs[k % 3])

    threads = [threading.Thread(target=call, args=(k,)) for k in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(9):
        for key, value in expected[k % 3].items():
            if value.dtype == object:
                assert np.abs(opened(found[k][key]).astype(int) - opened(value)).max() <= 1
            else:
                np.testing.assert_allclose(found[k][key], value, atol=1e-5)


def test_the_same_pictures_after_a_restart(tmp_path):
    gan = served.conditional()
    export(gan, tmp_path / "a", verbose=False)
    for name, inputs in served.requests(gan, 3).items():
        (before,) = cpp_loader.Session(tmp_path / "a").run(name, inputs).values()
        (after,) = cpp_loader.Session(tmp_path / "a").run(name, inputs).values()
        np.testing.assert_array_equal(before, after)


# -- what is refused -----------------------------------------------------------------------------


def refusal(session, name, inputs):
    with pytest.raises(cpp_loader.ServingError) as error:
        session.run(name, inputs)
    assert error.value.code == served.INVALID_ARGUMENT
    return str(error.value)


@pytest.mark.parametrize("label", [-1, 10, 99, -(2**31)])
@pytest.mark.parametrize("name", PLAIN)
def test_labels_out_of_range(models, name, label):
    gan, session = models["conditional"]
    inputs = served.requests(gan, 3)[name]
    inputs["labels"][1] = label
    message = refusal(session, name, inputs)
    assert f"[Expected labels from 0 to 9.] [Received:] [{label}]" in message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("model", "name", "key"),
    [
        ("conditional", "serving_default", "latents"),
        ("unconditional", "from_seed", "truncation"),
        ("unconditional", "png", "truncation"),
        ("unconditional", "interpolate", "position"),
        ("retouching", "reconstruct", "images"),
    ],
)
def test_numbers_that_are_not_finite(models, model, name, key, value):
    gan, session = models[model]
    inputs = served.requests(gan, 3)[name]
    inputs[key].reshape(3, -1)[2, 0] = value
    assert f"Expected finite {key}." in refusal(session, name, inputs)


def test_negative_truncation(models):
    gan, session = models["unconditional"]
    inputs = served.requests(gan, 2)["png"] | {"truncation": np.float32([1, -0.5])}
    message = refusal(session, "png", inputs)
    assert "[Expected truncation of at least 0.] [Received:] [-0.5]" in message


@pytest.mark.parametrize("key", ["seed", "seed_from", "seed_to"])
def test_negative_seeds(models, key):
    gan, session = models["unconditional"]
    name = "png" if key == "seed" else "interpolate"
    inputs = served.requests(gan, 2)[name] | {key: np.array([7, -3])}
    message = refusal(session, name, inputs)
    assert f"[Expected {key} of at least 0.] [Received:] [-3]" in message


def other_shapes(value):
    """The same numbers a rank too few and one too many, and one too many in every size but rows."""
    yield value[:1].reshape(value.shape[1:])
    yield value[..., None]
    for axis in range(1, value.ndim):
        sizes = [(0, int(axis == k)) for k in range(value.ndim)]
        yield np.pad(value, sizes)
        yield np.take(value, range(value.shape[axis] - 1), axis)


@pytest.mark.parametrize(("model", "name"), CASES)
def test_other_shapes(models, model, name):
    """TensorFlow Serving hands on any shape, whatever the signature says."""
    gan, session = models[model]
    inputs = served.requests(gan, 2)[name]
    for key, value in inputs.items():
        wanted = ", ".join(["N", *map(str, value.shape[1:])])
        for other in other_shapes(value):
            received = " ".join(map(str, other.shape))
            message = refusal(session, name, inputs | {key: other})
            assert f"[Expected {key} of shape [{wanted}].] [Received:] [{received}]" in message


class _Sharpening(served.Retouching):
    """A signature for pictures of any size, each with a strength."""

    def extra_signatures(self):
        images = tf.TensorSpec((None, None, None, 1), tf.float32, name="images")
        strength = tf.TensorSpec((None, 2), tf.float32, name="strength")
        return {"sharpen": (lambda images, strength: {"images": images}, [images, strength])}


def test_sizes_that_a_signature_leaves_open():
    gan = _Sharpening(image_shape=(8, 8, 1), latent_dim=8, width=4, num_classes=10, seed=3)
    call, specs, example, _ = signatures(gan)["sharpen"]
    assert {name: x.shape for name, x in example(3).items()} == {
        "images": (3, 8, 8, 1),
        "strength": (3, 2),
    }
    sharpen = tf.function(call, input_signature=[tf.TensorSpec(None, x.dtype) for x in specs])
    images, strength = np.ones((2, 3, 5, 1), "float32"), np.ones((2, 2), "float32")
    np.testing.assert_array_equal(sharpen(images, strength)["images"], images)
    said = r"\[Expected images of shape \[N, any, any, 1\]\.\] \[Received:\] "
    for other in (images[..., 0], images[..., [0, 0]], images[None], images[..., :0]):
        with pytest.raises(tf.errors.InvalidArgumentError, match=said):
            sharpen(other, strength)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"strength of shape \[N, 2\]"):
        sharpen(images, strength[0])


def test_inputs_of_different_lengths(models):
    """Where TensorFlow would spread one row over all, a batch of several callers would be mixed."""
    gan, session = models["conditional"]
    for name, inputs in served.requests(gan, 3).items():
        last = [*inputs][-1]
        short = inputs | {last: inputs[last][:1]}
        assert "Expected as many rows in each of " in refusal(session, name, short)


def test_files_that_are_no_such_picture(models):
    _, session = models["retouching"]
    wide = tf.io.encode_png(np.zeros((8, 9, 1), np.uint8)).numpy()
    message = refusal(session, "encode_png", {"image_bytes": np.array([wide], object)})
    assert "[8,9,1] is not compatible with expected shape [8,8,1]" in message
    refusal(session, "encode_png", {"image_bytes": np.array([b"no picture"], object)})


def test_one_bad_row_fails_its_whole_batch(models):
    """As README says: whom a server puts into one batch, fail together, and alone they do not."""
    gan, session = models["conditional"]
    mine = served.requests(gan, 1, seed=1)["from_seed"]
    yours = served.requests(gan, 1, seed=2)["from_seed"] | {"labels": np.int32([10])}
    batch = {name: np.concatenate([mine[name], yours[name]]) for name in mine}
    refusal(session, "from_seed", batch)
    session.run("from_seed", mine)


def test_checks_are_on_a_cpu():
    """A GPU's kernels look up any label; assertions on a CPU stand before them."""
    endpoint = signatures(served.conditional())["serving_default"]
    graph = tf.function(endpoint.call).get_concrete_function(*endpoint.specs).graph
    checks = [op for op in graph.get_operations() if op.type == "Assert"]
    assert len(checks) == 5
    assert all("CPU:0" in op.device for op in checks)
    (draw,) = [op for op in graph.get_operations() if "PartitionedCall" in op.type]
    waits_for = {op.name for given in draw.inputs for op in given.op.control_inputs}
    assert waits_for >= {op.name for op in checks}
