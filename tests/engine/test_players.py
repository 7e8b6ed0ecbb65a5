"""Games of another cast: no critic, an encoder that plays along, two games at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from by_hand import X, played
from keras import ops

import keras_gan
from keras_gan.core import noise
from keras_gan.engine.game import Game
from keras_gan.engine.outputs import Outputs, log_name


def build(name, **rules):
    cls = getattr(keras_gan, name)
    gan = cls(image_shape=(8, 8, 1), width=4, seed=3, **OPTIONS.get(name, {}))
    gan.compile(run_eagerly=True, **rules)
    return gan


OPTIONS = {"BiGAN": {"latent_dim": 4}, "GMMN": {"latent_dim": 4}, "CycleGAN": {"pool_size": 10}}
LOGS = {
    "BiGAN": {"g_loss", "d_loss", "encoder_loss", "d_real", "d_fake"},
    "GMMN": {"g_loss"},
    "CycleGAN": {f"{k}_loss_{way}" for k, way in (("g", "ab"), ("g", "ba"), ("d", "a"), ("d", "b"))}
    | {"d_real_a", "d_fake_a", "d_real_b", "d_fake_b", "cycle", "identity_ab", "identity_ba"},
}


@pytest.fixture(scope="module", params=[*LOGS])
def trained(request, digits):
    """A model after a step, and its history."""
    gan = build(request.param)
    images = digits[0][:16]
    data = (images, -images) if gan.takes_condition else (images,)
    history = gan.fit(*data, batch_size=16, verbose=0, validation_data=data).history
    return gan, history


def test_every_network_is_moved_by_its_own_optimizer(trained):
    gan, _ = trained
    for name in gan.networks:
        assert getattr(gan, f"{name}_optimizer").iterations.numpy() == 1
    for name in gan.averaged:
        pairs = zip(getattr(gan, name).weights, getattr(gan, f"ema_{name}").weights, strict=True)
        assert any((a.numpy() != b.numpy()).any() for a, b in pairs)


def test_logs_are_named_after_the_networks_in_training_and_evaluation(trained):
    gan, history = trained
    names = LOGS[type(gan).__name__] | {"loss"}
    assert set(history) == names | {f"val_{name}" for name in names}
    losses = [history[log_name(name, "loss")][0] for name in gan.networks]
    assert history["loss"][0] == pytest.approx(sum(losses), rel=1e-5)


# -- BiGAN -----------------------------------------------------------------------------------------


def test_generator_and_encoder_play_the_critics_game_with_the_kinds_swapped(digits):
    gan = build("BiGAN")
    out = gan.forward(gan._batches(tf.constant(digits[0][:8]))[0], training=False)
    (real, codes), (fake, latents) = gan.views(out)["discriminator"]
    np.testing.assert_array_equal(codes, gan.codes(real, training=False))
    np.testing.assert_array_equal(fake, gan.generate(latents, None, training=False))
    out = gan.examine(out._replace(views=gan.views(out)))
    x, y = (np.asarray(scores, "float64") for scores in (out.real_scores, out.fake_scores))
    softplus = lambda t: np.log1p(np.exp(t)).mean()  # noqa: E731
    terms = gan.player_terms(out)
    for term in (terms["generator"]["g_loss"], terms["encoder"]["encoder_loss"]):
        assert float(term) == pytest.approx(softplus(x) + softplus(-y), rel=1e-5)
    d_loss = gan.critic_terms(out)["discriminator"]["d_loss"]
    assert float(d_loss) == pytest.approx(softplus(-x) + softplus(y), rel=1e-5)


def test_penalties_of_a_critic_of_pairs_see_both_parts(digits):
    gan = build("BiGAN")
    image, latents = keras.Input((8, 8, 1)), keras.Input((4,))
    flat = keras.layers.Concatenate()([keras.layers.Flatten()(image), latents])
    linear = keras.layers.Dense(1, kernel_initializer="ones")(flat)
    gan = keras_gan.BiGAN(gan.generator, keras.Model([image, latents], linear), encoder=gan.encoder)
    gan.compile(penalties=[keras_gan.penalties.R1(2.0)], run_eagerly=True)
    history = gan.fit(digits[0][:8], batch_size=8, verbose=0).history
    assert history["r1"][0] == pytest.approx(2.0 * (64 + 4) / 2, rel=1e-5)


def test_a_bigan_whose_networks_do_not_fit():
    gan = build("BiGAN")
    with pytest.raises(ValueError, match=r"\[images, latents\].*beside images, nothing"):
        keras_gan.BiGAN(gan.generator, keras_gan.builders.dcgan_discriminator((8, 8, 1), width=4))
    encoder = keras_gan.builders.bigan_encoder((8, 8, 1), latent_dim=5, width=4)
    with pytest.raises(ValueError, match=r"The encoder gives latents. Received: .*\(5,\)"):
        keras_gan.BiGAN(gan.generator, gan.discriminator, encoder=encoder)


# -- GMMN ------------------------------------------------------------------------------------------


def test_the_discrepancy_by_hand():
    x, y = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [1.0, 1.0], [3.0, 0.0]])
    gan = keras_gan.GMMN(
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), bandwidths=[0.5, 2.0]
    )

    def mean_kernel(p, q):
        squared = ((p[:, None] - q[None]) ** 2).sum(-1)
        return (np.exp(-squared / 1.0) + np.exp(-squared / 4.0)).mean()

    expected = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y)
    found = gan.mmd2(tf.constant(x, "float32"), tf.constant(y, "float32"))
    assert float(found) == pytest.approx(expected, rel=1e-5)
    assert float(gan.mmd2(tf.constant(x, "float32"), tf.constant(x, "float32"))) < 1e-6
    terms = gan.player_terms(played(x, y))
    assert float(terms["generator"]["g_loss"]) == pytest.approx(np.sqrt(expected), rel=1e-4)


def test_what_a_game_without_a_critic_does_not_take():
    gan = build("GMMN")
    for name, value in (("loss", "hinge"), ("n_critic", 2), ("discriminator_optimizer", "adam")):
        with pytest.raises(TypeError, match=f"compile\\(\\) takes no {name}"):
            gan.compile(**{name: value})
    with pytest.raises(
        ValueError, match=r"The penalty 'r1' is for critics. Received: a model of g"
    ):
        gan.compile(penalties=["r1"])


# -- CycleGAN --------------------------------------------------------------------------------------


def test_terms_of_a_translation_by_hand(digits):
    gan = build("CycleGAN")
    a, b = (tf.constant(x) for x in (digits[0][:4], -digits[0][4:8]))
    out = gan.forward(gan._batches((a, b))[0], training=False)
    fake_a, fake_b = out.fake
    np.testing.assert_array_equal(fake_a, gan.ema_generator_ba(b, training=False))
    np.testing.assert_array_equal(fake_b, gan.ema_generator_ab(a, training=False))
    out = gan.examine(out._replace(views=gan.views(out)))
    terms = gan.player_terms(out)
    l1 = lambda x, y: float(np.abs(np.asarray(x) - np.asarray(y)).mean())  # noqa: E731
    back_a = gan.ema_generator_ba(fake_b, training=False)
    back_b = gan.ema_generator_ab(fake_a, training=False)
    ab = terms["generator_ab"]
    assert float(ab["cycle"]) == pytest.approx(10 * (l1(a, back_a) + l1(b, back_b)), rel=1e-4)
    same = gan.ema_generator_ab(b, training=False)
    assert float(ab["identity_ab"]) == pytest.approx(5 * l1(b, same), rel=1e-4)
    scores = np.asarray(gan.discriminator_b(fake_b, training=False))
    fooled = float(gan.objective.generator(scores, scores))
    assert float(ab["g_loss_ab"]) == pytest.approx(fooled, rel=1e-4)
    real = np.asarray(gan.discriminator_b(b, training=False))
    halved = float(gan.objective.discriminator(real, scores)) / 2
    d_loss = gan.critic_terms(out)["discriminator_b"]["d_loss_b"]
    assert float(d_loss) == pytest.approx(halved, rel=1e-4)


def test_critics_are_shown_earlier_translations():
    gan = build("CycleGAN")
    pool = gan._pools[0]
    batch = gan._batches((tf.zeros((4, 8, 8, 1)), tf.zeros((4, 8, 8, 1))))[0]
    shown = []
    for k in range(12):
        new = tf.reshape(tf.range(4.0) + 4.0 * k, (4, 1, 1, 1)) * tf.ones((1, 8, 8, 1))
        key = noise.fold_in(batch.key, k)
        out = Outputs(batch._replace(key=key, count=tf.constant(4.0)), None)
        shown.append(pool.exchange(new, out).numpy()[:, 0, 0, 0])
    assert (np.concatenate(shown[:2]) == np.arange(8)).all(), "it is not full yet"
    shown = np.concatenate(shown)
    late = shown[10:] != np.arange(10, 48)
    assert 0.25 < late.mean() < 0.75
    assert len(set(shown[10:])) == 38, "what has been shown of a full pool leaves it"
    held = pool._samples.numpy()[0, :, 0, 0, 0]
    assert len(held) == 10
    assert set(held) | set(shown[10:]) == set(range(48)), "nothing is lost"
    out = Outputs(batch, None, training=False)
    np.testing.assert_array_equal(pool.exchange(tf.ones((4, 8, 8, 1)), out), np.ones((4, 8, 8, 1)))


def test_translates_both_ways_and_says_what_else_to_do(digits):
    gan = keras_gan.CycleGAN(
        image_shape=(8, 8, 1), condition_shape=(8, 8, 3), identity_weight=0.0, width=4
    )
    gan.compile()
    a, b = digits[0][:3], np.zeros((3, 8, 8, 3), "uint8")
    assert gan.translate(a, "ab").shape == (3, 8, 8, 3)
    assert gan.translate(b, "ba").shape == (3, 8, 8, 1)
    np.testing.assert_allclose(gan.samples_for(3, b), gan.translate(b, "ba"), atol=1e-6)
    for call, message in (
        (lambda: gan.translate(a, "aa"), "no such direction"),
        (lambda: gan.sample(3), "conditioned on pictures"),
        (lambda: gan.fit(a), "needs pictures as condition"),
        (lambda: keras_gan.CycleGAN((8, 8, 1), condition_shape=(8, 8, 3)), "identity_weight=0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


# -- what a class of one's own may have ------------------------------------------------------------


@keras.saving.register_keras_serializable("test_players")
class Fading(Game):
    """A variable that follows the step, and a generator of two outputs."""

    sampler_outputs = ("mask", "samples")

    def __init__(self, generator, **options):
        super().__init__({"generator": generator}, **options)
        self.share = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def before_step(self):
        self.share.assign(ops.cast(self.step, "float32") / 10.0)

    def state_logs(self):
        return {"share": self.share}

    def player_terms(self, out):
        return {"generator": {"g_loss": ops.mean(ops.square(out.fake - out.real))}}


def test_a_hook_before_the_step_and_outputs_by_name(tmp_path):
    z = keras.Input((3,))
    hidden = keras.layers.Dense(5)(z)
    outputs = [hidden, keras.layers.Dense(1)(hidden)]
    gan = Fading(keras.Model(z, outputs), seed=1)
    gan.compile(run_eagerly=True, ema_decay=0.0)
    history = gan.fit(X, batch_size=1, verbose=0).history
    assert history["share"][0] == pytest.approx(0.1)  # the mean of 0, 0.1 and 0.2
    assert gan.sample(4, seed=0).shape == (4, 1)
    gan.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert float(loaded.share) == pytest.approx(0.2)
    np.testing.assert_array_equal(loaded.sample(4, seed=0), gan.sample(4, seed=0))


def test_conditions_need_no_class_labels():
    """A vector of attributes reaches both networks, and is what sample is given."""
    z, told, x = keras.Input((3,)), keras.Input((2,)), keras.Input((4,))
    join = keras.layers.Concatenate()
    generator = keras.Model([z, told], keras.layers.Dense(4)(join([z, told])))
    critic = keras.Model([x, told], keras.layers.Dense(1)(join([x, told])))
    gan = keras_gan.GAN(generator, critic, seed=0)
    gan.compile(run_eagerly=True)
    rng = np.random.default_rng(0)
    data, given = rng.normal(size=(8, 4)), rng.normal(size=(8, 2)).astype("float32")
    gan.fit(data, given, batch_size=4, verbose=0)
    first = gan.sample(labels=given[:3], seed=0)
    np.testing.assert_allclose(first, gan.samples_for(3, given[:3], seed=0))
    assert np.abs(first - gan.sample(labels=given[3:6], seed=0)).max() > 1e-4
    assert gan.sample(2, given[0], seed=0).shape == (2, 4)
    for call, message in (
        (lambda: gan.fit(data, given[:, :1]), r"arrays as condition: .*\(1,\). Expected \(2,\)"),
        (lambda: gan.fit(data, given * np.nan), "arrays as condition: .*NaN"),
        (lambda: gan.fit(data), "GAN needs arrays as condition"),
        (lambda: gan.sample(3), "conditioned on arrays"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_networks_that_a_class_does_not_have():
    gan = build("GMMN")
    with pytest.raises(TypeError, match=r"GAN takes no argument encoder. Expected, of"):
        keras_gan.GAN(gan.generator, gan.generator, encoder=gan.generator)
    with pytest.raises(ValueError, match="What one network learns would move the other"):
        keras_gan.GAN(
            network := keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), network
        )


def test_a_call_is_the_averages_own_in_either_mode():
    """As before: `training` is that of its layers, and no other network answers."""
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(64)])
    generator.add(keras.layers.Dropout(0.5))
    critic = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    gan = keras_gan.GAN(generator, critic, seed=0)
    gan.generator.set_weights([w + 1.0 for w in gan.generator.get_weights()])
    latents = np.ones((2, 3), "float32")
    expected = gan.ema_generator(latents, training=False).numpy()
    np.testing.assert_allclose(gan(latents), expected, atol=1e-6)
    dropped = gan(latents, training=True).numpy()
    assert 0.2 < (dropped == 0).mean() < 0.8
    np.testing.assert_allclose(dropped[dropped != 0], 2.0 * expected[dropped != 0], rtol=1e-5)
