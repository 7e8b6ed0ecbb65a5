"""Sound and lines from a server, by either of its interfaces."""

import fake_server
import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import keras_gan
from keras_gan.core.kinds import Tokens, Wave
from keras_gan.export import export
from keras_gan.serving import Client, ServingError

pytest.importorskip("tensorflow_serving.apis", reason="needs tensorflow-serving-api")
SEEDS = [3, 4, 5]


def gan(kind, shape, activation):
    generator = [
        layers.Dense(int(np.prod(shape))),
        layers.Reshape(shape),
        layers.Activation(activation),
    ]
    generator = keras.Sequential([keras.Input((4,)), *generator])
    critic = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(1)])
    return keras_gan.GAN(generator, critic, kind=kind, seed=0)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Waves of 32 samples, and lines of five characters, one of which is no ASCII."""
    made = {
        "sound": gan(Wave(8000), (32, 1), "tanh"),
        "lines": gan(Tokens("aä b"), (5, 4), "softmax"),
    }
    found = {}
    for name, model in made.items():
        path = tmp_path_factory.mktemp(name) / "1"
        export(model, path, verbose=False)
        found[name] = model, fake_server.Fake(path, name)
    return found


@pytest.mark.parametrize("interface", ["rest", "grpc"])
def test_sound_and_lines(models, interface):
    model, fake = models["sound"]
    with getattr(fake_server, interface)(fake) as url:
        client = Client(url, "sound")
        files = client.wav(SEEDS)
        assert client.wav([]) == []
        with pytest.raises(ServingError, match="text"):
            client.text(SEEDS)
    heard = [tf.audio.decode_wav(file) for file in files]
    assert {int(one.sample_rate) for one in heard} == {8000}
    waves = np.stack([one.audio.numpy() for one in heard])
    np.testing.assert_allclose(waves, model.sample(seeds=SEEDS), atol=1e-4)

    model, fake = models["lines"]
    with getattr(fake_server, interface)(fake) as url:
        client = Client(url, "lines", batch_size=2)
        lines = client.text(SEEDS)
        assert client.text([]) == []
    words = model.kind.vocabulary
    expected = [
        "".join(words[k] for k in row) for row in model.kind.numbers(model.sample(seeds=SEEDS))
    ]
    assert lines == expected
    assert all(isinstance(line, str) for line in lines)
