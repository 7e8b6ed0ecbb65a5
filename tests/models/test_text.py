"""Text by WGANGP on the networks of `builders.text`: the kind is kept, and each door takes it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gan
from keras_gan import builders, data
from keras_gan.callbacks import SampleGrid
from keras_gan.command import cli, demo
from keras_gan.core import saved_model
from keras_gan.core.kinds import Tokens, Wave
from keras_gan.runs import settings
from keras_gan.runs.settings import Settings

LINES = ["abba", "baab", "ab", "ba"] * 8
TEXTS, KIND = data.tokens(LINES, 4)
SHAPE = (4, 3)


@pytest.fixture(scope="module")
def gan():
    generator = builders.text_generator(SHAPE, 2, width=2, blocks=1)
    gan = keras_gan.WGANGP(
        generator, builders.text_discriminator(SHAPE, width=2, blocks=1), seed=1, kind=KIND
    )
    gan.compile(n_critic=1, run_eagerly=True)
    gan.fit(TEXTS, batch_size=16, verbose=0)
    return gan


def test_the_networks_are_the_authors():
    generator = builders.text_generator((32, 50))
    critic = builders.text_discriminator((32, 50))
    for network in (generator, critic):
        kernels = [x.kernel_size for x in network.layers if isinstance(x, keras.layers.Conv1D)]
        assert sorted(kernels) == [(1,), *[(5,)] * 10]
        assert {x.scale for x in network.layers if isinstance(x, keras.layers.Rescaling)} == {0.3}
    blocks = 10 * (5 * 512 * 512 + 512)
    ends = (128 + 1) * 32 * 512 + (512 + 1) * 50, (50 + 1) * 512 + 32 * 512 + 1
    assert (generator.count_params(), critic.count_params()) == tuple(blocks + n for n in ends)
    with pytest.raises(ValueError, match=r"wrong rank. .*\(length, words\)"):
        builders.text_generator((32,))


def test_a_block_adds_a_share_of_two_convolutions():
    critic = builders.text_discriminator((4, 3), width=2, blocks=1)
    first, one, two = (x for x in critic.layers if isinstance(x, keras.layers.Conv1D))
    dense = critic.layers[-1]
    x = first(TEXTS[:5].astype("float32"))
    x = x + 0.3 * two(tf.nn.relu(one(tf.nn.relu(x))))
    expected = dense(tf.reshape(x, (5, -1)))
    np.testing.assert_allclose(critic(TEXTS[:5]), expected, rtol=1e-4, atol=1e-5)


def test_samples_are_weights_of_words(gan):
    made = gan.sample(5, seed=0)
    np.testing.assert_allclose(made.sum(axis=-1), 1.0, atol=1e-5)
    assert all(set(line) <= set("ab⏎") for line in gan.kind.lines(made))


def test_the_kind_is_in_the_file(gan, tmp_path):
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert loaded.kind == gan.kind == KIND
    np.testing.assert_array_equal(loaded.sample(3, seed=0), gan.sample(3, seed=0))
    bare = keras_gan.WGANGP(gan.generator, gan.discriminator)
    assert bare.kind == Wave()
    assert "kind" not in bare.get_config()
    with pytest.raises(ValueError, match="Expected 2 words"):
        keras_gan.WGANGP(gan.generator, gan.discriminator, kind=Tokens("ab"))


def test_it_is_served_as_text(gan, tmp_path, capsys):
    path = tmp_path / "exported"
    gan.export(path, verbose=False)
    assert saved_model.kind(path, SHAPE) == KIND
    signatures = saved_model.load(path).signatures
    asked = {"seed": tf.constant([3, 4], tf.int64), "truncation": tf.ones(2)}
    texts = [line.decode() for line in signatures["text"](**asked)["text"].numpy()]
    made = gan.sample(seeds=[3, 4])
    assert texts == ["".join(KIND.vocabulary[k] for k in row) for row in KIND.numbers(made)]
    np.testing.assert_allclose(signatures["from_seed"](**asked)["images"], made, atol=1e-6)
    out = tmp_path / "a.txt"
    assert cli.main(["sample", str(path), "--n", "3", "--out", str(out)]) == 0
    lines = KIND.lines(gan.sample(3, seed=0))
    assert out.read_text(encoding="utf-8") == "\n".join(lines) + "\n"
    page = demo.Served(path)
    assert page.medium == "text"
    assert page.sample(3, 1) == KIND.lines(made)[0]
    assert page.grid(3, 1).splitlines()[0] == KIND.lines(made)[0]
    assert page.between(3, 4, 0.0) == KIND.lines(made)[0]


def test_it_is_drawn_and_reported_as_lines(gan, tmp_path):
    callback = SampleGrid(tmp_path / "samples", n=3)
    callback.set_model(gan)
    callback.on_train_begin()
    callback.on_epoch_end(0)
    lines = "\n".join(KIND.lines(gan.sample(3, seed=0))) + "\n"
    assert (tmp_path / "samples" / "epoch-0001.txt").read_text(encoding="utf-8") == lines
    assert (tmp_path / "samples" / "epoch-0001.png").is_file()

    source = tmp_path / "corpus.txt"
    source.write_text("\n".join(LINES), encoding="utf-8")
    options = {"out": tmp_path / "report", "samples": 20, "progress": False}
    result = keras_gan.report(gan, source, held_out=source, **options)
    keys = {row["key"] for row in result["metrics"]}
    assert {"ngrams_1", "ngrams_4", "precision", "accuracy_fake"} <= keys
    assert not {"fid", "kid"} & keys
    assert result["data"]["source"] == "corpus.txt"
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count('<pre class="lines">') == 3  # samples, and real beside made
    assert f'<pre class="lines">{KIND.lines(gan.sample(20, seed=0))[0]}\n' in page
    assert (tmp_path / "report" / "samples.txt").is_file()


def test_the_command_trains_on_a_text_file(tmp_path):
    source = tmp_path / "corpus.txt"
    source.write_text("\n".join(LINES), encoding="utf-8")

    def build(**changes):
        given = {"model": "wgangp", "length": 4, "width": 2, "latent_dim": 3} | changes
        chosen = settings.located(Settings(str(source), **given))
        return settings.build(chosen, settings.load_data(chosen)), chosen

    gan, chosen = build()
    assert (chosen.source_type, chosen.folders()) == ("text", [str(source)])
    assert (gan.kind, gan.latent_dim, gan.image_shape) == (KIND, 3, SHAPE)
    with pytest.raises(ValueError, match="learns classes, and"):
        build(model="cgan")
    with pytest.raises(ValueError, match=r"VAEGAN does not make text. .*such as wgangp"):
        build(model="vaegan")
    with pytest.raises(ValueError, match="length=None"):
        build(length=None)
