"""What cannot be trained on is refused in one sentence, before any weight has moved."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import build, changed, state

import keras_gan


@pytest.fixture(scope="module")
def dcgan():
    return build(keras_gan.DCGAN)


@pytest.fixture(scope="module")
def dcgan_of():
    """A model a way to run: one that XLA compiles is compiled once."""
    return {jit: build(keras_gan.DCGAN, jit_compile=jit) for jit in (False, True)}


@pytest.fixture(scope="module")
def cgan():
    return build(keras_gan.CGAN)


IMAGES = np.linspace(-1, 1, 12 * 64, dtype="float32").reshape(12, 8, 8, 1)
LABELS = np.arange(12) % 10


def broken(value, at=9):
    images = IMAGES.copy()
    images[at, 3, 3, 0] = value
    return images


BAD_IMAGES = [
    (IMAGES[..., 0], r"shape \(.*, 8, 8\).*Expected \(n, 8, 8, 1\)"),
    (np.repeat(IMAGES, 3, axis=-1), r"\(8, 8, 3\).*\(8, 8, 1\)"),
    (np.zeros((12, 9, 8, 1), "float32"), r"\(9, 8, 1\).*\(8, 8, 1\)"),
    (np.float32(255) * np.abs(IMAGES), r"out of range.*look like 0\.\.255"),
    (broken(1.5), r"to 1\.5.*\[-1, 1\]"),
    (broken(np.nan), "NaN"),
    (broken(np.inf), "infinite|inf"),
    (np.zeros((12, 8, 8, 1), "int64"), "int64"),
]


@pytest.mark.parametrize(("images", "message"), BAD_IMAGES)
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("form", ["array", "dataset"])
def test_bad_images(dcgan_of, images, message, jit, form):
    dcgan = dcgan_of[jit]
    x = images if form == "array" else tf.data.Dataset.from_tensor_slices(images).batch(4)
    before = state(dcgan)
    arguments = {"batch_size": 4} if form == "array" else {}
    with pytest.raises(ValueError, match=message) as caught:
        dcgan.fit(x, verbose=0, **arguments)
    assert "Traceback" not in str(caught.value)
    assert len(str(caught.value)) < 400
    # arrays and specs are refused outright; a bad batch of a dataset stops the run when it comes
    if form == "array" or images is not BAD_IMAGES[4][0]:
        steps = int(dcgan.step.numpy() - before["step"])
        assert steps <= 2
        assert steps == 0 or form == "dataset"
    if form == "array":
        assert not changed(before, state(dcgan))
    assert np.isfinite(np.concatenate([w.ravel() for w in dcgan.get_weights()])).all()


@pytest.mark.parametrize("n_critic", [1, 2])
def test_a_bad_batch_does_not_move_weights(dcgan, n_critic):
    dcgan.compile(n_critic=n_critic)
    dataset = tf.data.Dataset.from_tensor_slices(broken(np.nan, at=1)).batch(4)
    before = state(dcgan)
    with pytest.raises(ValueError, match="NaN"):
        dcgan.fit(dataset, verbose=0)
    assert not changed(before, state(dcgan))


BAD_LABELS = [
    (np.where(LABELS == 9, 10, LABELS), "10"),
    (np.where(LABELS == 9, -1, LABELS), "-1"),
    (LABELS + 0.5, "no class labels.*float64"),
    (np.zeros((12, 10), "float32"), "one-hot"),
    (np.eye(12)[:, :9], r"9|10"),
]


@pytest.mark.parametrize(("labels", "message"), BAD_LABELS)
@pytest.mark.parametrize("form", ["array", "dataset"])
def test_bad_labels(cgan, labels, message, form):
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, labels)).batch(12)
    before = state(cgan)
    with pytest.raises(ValueError, match=message):
        cgan.fit(dataset, verbose=0) if form == "dataset" else cgan.fit(IMAGES, labels, verbose=0)
    assert not changed(before, state(cgan))


def test_datasets_of_unknown_shape(dcgan, cgan):
    def batches():
        yield IMAGES, LABELS

    types = (tf.float32, tf.int64)
    unknown = tf.data.Dataset.from_generator(batches, output_types=types)
    dcgan.compile()
    assert np.isfinite(dcgan.fit(unknown, verbose=0).history["loss"]).all()
    assert np.isfinite(cgan.fit(unknown, verbose=0).history["loss"]).all()


def test_labels_missing_or_too_few(cgan):
    with pytest.raises(ValueError, match="CGAN needs class labels"):
        cgan.fit(IMAGES, verbose=0)
    with pytest.raises(ValueError, match="CGAN needs class labels"):
        cgan.fit(tf.data.Dataset.from_tensor_slices(IMAGES).batch(4), verbose=0)
    with pytest.raises(ValueError, match="12"):
        cgan.fit(IMAGES, LABELS[:5], verbose=0)
    with pytest.raises(ValueError, match="CGAN needs class labels"):
        cgan.fit(IMAGES, LABELS, validation_data=IMAGES, verbose=0)


@pytest.mark.parametrize("argument", ["sample_weight", "class_weight"])
def test_weights_of_images_are_refused(cgan, argument):
    value = np.ones(12) if argument == "sample_weight" else {0: 2.0}
    with pytest.raises(ValueError, match=f"{argument} is not supported"):
        cgan.fit(IMAGES, LABELS, verbose=0, **{argument: value})


def test_sample_weights_in_a_dataset_are_refused(cgan):
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS, np.ones(12))).batch(4)
    with pytest.raises(ValueError, match="sample_weight"):
        cgan.fit(dataset, verbose=0)


def test_empty_datasets(dcgan):
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(4)
    for n_critic in (1, 2):
        dcgan.compile(n_critic=n_critic)
        for empty in (dataset.take(0), dataset.filter(lambda x: False)):
            with pytest.raises(ValueError, match="dataset is empty"):
                dcgan.fit(empty, verbose=0)
    dcgan.compile(n_critic=5)
    with pytest.raises(ValueError, match=r"n_critic updates .* 3 images. Expected at least 10"):
        dcgan.fit(IMAGES[:3], verbose=0)
    with pytest.raises(ValueError, match=r"no images|nothing"):
        dcgan.fit(IMAGES[:0], verbose=0)


def test_epochs_of_no_step(dcgan):
    """Keras would wait for ever for the end of one."""
    with pytest.raises(ValueError, match=r"Received: steps_per_epoch=0. Expected an integer >= 1"):
        dcgan.fit(IMAGES, steps_per_epoch=0, verbose=0)


def test_things_that_are_no_data(dcgan):
    with pytest.raises(ValueError, match="Received: x of type NoneType"):
        dcgan.fit(None, verbose=0)
    with pytest.raises(ValueError, match="Received: x of type tuple"):
        dcgan.fit((IMAGES, LABELS), verbose=0)
    with pytest.raises(ValueError, match="Received: x of type generator"):
        dcgan.fit((image for image in IMAGES), verbose=0)
    with pytest.raises(ValueError, match="brings its own labels"):
        dcgan.fit(tf.data.Dataset.from_tensor_slices(IMAGES).batch(4), LABELS, verbose=0)


def test_batches_of_one_with_batch_norm(dcgan):
    dcgan.compile()
    with pytest.raises(ValueError, match="batch size of 1"):
        dcgan.fit(IMAGES, batch_size=1, verbose=0)
    for drop in (True, False):
        dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(1, drop_remainder=drop)
        with pytest.raises(ValueError, match="batch size of 1"):
            dcgan.fit(dataset, verbose=0)


def test_one_held_out_image_is_fine(dcgan):
    """No batch statistics are worked out of it."""
    dcgan.compile()
    alone = dcgan.evaluate(IMAGES[:1], verbose=0, return_dict=True)
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES[:1]).batch(1)
    assert dcgan.evaluate(dataset, verbose=0, return_dict=True) == alone
    history = dcgan.fit(IMAGES, validation_data=IMAGES[:1], verbose=0).history
    assert np.isfinite(history["val_loss"]).all()


def test_a_last_batch_of_one_is_fine(dcgan):
    dcgan.compile()
    with pytest.warns(UserWarning, match=r"is left out. Received: a batch size of 1"):
        history = dcgan.fit(IMAGES[:9], batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("form", ["array", "dataset"])
def test_images_in_0_to_1_are_warned_of(dcgan, form):
    images = (IMAGES + 1) / 2
    x = images if form == "array" else tf.data.Dataset.from_tensor_slices(images).batch(4)
    with pytest.warns(UserWarning, match=r"look like \[0, 1\]"):
        dcgan.fit(x, verbose=0, **({"batch_size": 4} if form == "array" else {}))


# -- models --------------------------------------------------------------------------------------


def test_models_that_cannot_be():
    with pytest.raises(ValueError, match=r"discriminator=\(8, 8, 1\) without known inputs"):
        keras_gan.DCGAN((8, 8, 1), (8, 8, 1))
    with pytest.raises(ValueError, match=r"DCGAN needs image_shape.*Received: neither"):
        keras_gan.DCGAN()
    judge = keras_gan.builders.dcgan_discriminator((8, 8, 1), width=4)
    with pytest.raises(ValueError, match=r"DCGAN needs .*Received: discriminator= alone"):
        keras_gan.DCGAN(discriminator=judge)
    with pytest.raises(ValueError, match=r"Received: image_shape=\(28, 28\)"):
        keras_gan.DCGAN(image_shape=(28, 28))
    with pytest.raises(ValueError, match="CGAN needs num_classes"):
        keras_gan.CGAN(image_shape=(8, 8, 1))
    with pytest.raises(ValueError, match=r"DCGAN takes no class labels. Received: .*=10"):
        keras_gan.DCGAN(image_shape=(8, 8, 1), num_classes=10)
    with pytest.raises(ValueError, match="GAN brings no networks"):
        keras_gan.GAN(image_shape=(8, 8, 1))
    small = keras_gan.builders.dcgan_generator((8, 8, 1), width=4)
    large = keras_gan.builders.dcgan_discriminator((16, 16, 1), width=4)
    with pytest.raises(ValueError, match=r"\(16, 16, 1\) taken, \(8, 8, 1\) made"):
        keras_gan.GAN(small, large)
    told = keras_gan.builders.cgan_discriminator((8, 8, 1), 10, width=4)
    maker = keras_gan.builders.cgan_generator((8, 8, 1), 10, width=4)
    for classes in ("10", 10.0, 1):
        with pytest.raises(ValueError, match=f"num_classes >= 2. Received: .*={classes!r}"):
            keras_gan.GAN(maker, told, num_classes=classes)
    for seed in (1.5, "1", -1, True, 2**63):
        with pytest.raises(ValueError, match=f"Expected a whole seed .* Received: seed={seed!r}"):
            keras_gan.GAN(maker, told, num_classes=10, seed=seed)
    with pytest.raises(ValueError, match="Either both networks take a condition"):
        keras_gan.GAN(small, told)
    with pytest.raises(ValueError, match="without known inputs"):
        keras_gan.GAN(keras.Sequential([keras.layers.Dense(2)]), large)


def test_a_layer_of_both_networks():
    labels = keras.Input((), dtype="int32")
    embedded = keras.layers.Embedding(3, 4, name="classes")(labels)

    def network(width):
        inputs = keras.Input((width,))
        joined = keras.layers.Concatenate()([inputs, embedded])
        return keras.Model([inputs, labels], keras.layers.Dense(2)(joined))

    with pytest.raises(ValueError, match=r"that share classes/embeddings\. Expected"):
        keras_gan.CGAN(network(5), network(2), num_classes=3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image_shape": (28, 28, 3)}, r"=\(28, 28, 3\). Expected \(8, 8, 1\), or None"),
        ({"latent_dim": 7}, "have another latent_dim. Received: latent_dim=7. Expected 8"),
        ({"width": 99}, "have a width already. Received: width=99. Expected None"),
    ],
)
def test_sizes_that_the_networks_do_not_have(dcgan, given, message):
    with pytest.raises(ValueError, match=message):
        keras_gan.GAN(dcgan.generator, dcgan.discriminator, **given)
    agreed = {"image_shape": [8, 8, 1], "latent_dim": 8}
    keras_gan.GAN(dcgan.generator, dcgan.discriminator, **agreed)


@pytest.mark.parametrize("kind", ["activation", "layer", "nested", "wrapped"])
def test_probabilities_for_logits_are_warned_of(dcgan, kind):
    last = keras.layers.Dense(1, activation=None if kind == "layer" else "sigmoid")
    layers = [keras.layers.Flatten(), last]
    if kind == "layer":
        layers.append(keras.layers.Activation("sigmoid"))
    if kind == "wrapped":
        layers[-1] = keras_gan.layers.SpectralNormalization(last)
    judge = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    if kind == "nested":
        inputs = keras.Input((8, 8, 1))
        judge = keras.Model(inputs, judge(inputs))
    with pytest.warns(UserWarning, match="losses take logits") as caught:
        keras_gan.GAN(dcgan.generator, judge).compile()
    assert [warning.filename for warning in caught] == [__file__]


def test_images_that_cannot_be_dark_are_warned_of(dcgan):
    maker = keras_gan.builders.mlp_generator((8, 8, 1), 4, 4)
    images = keras.layers.Activation("sigmoid")(maker.layers[-1].output)
    maker = keras.Model(maker.inputs[0], images)
    with pytest.warns(UserWarning, match=r"images in \[0, 1\]. Expected \[-1, 1\]") as caught:
        keras_gan.GAN(maker, dcgan.discriminator).compile()
    assert [warning.filename for warning in caught] == [__file__]


class Duck:
    """What an alternating step and a file would only have stumbled over later."""

    def discriminator(self, real, fake):
        return keras.ops.mean(fake - real)

    def generator(self, real, fake):
        return -keras.ops.mean(fake)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"loss": "hings"}, "Did you mean 'hinge'"),
        ({"loss": 3}, r"with discriminator\(real, fake\) and .* Received: loss=3"),
        ({"loss": Duck()}, "A loss is a keras_gan.losses.Loss"),
        ({"loss": keras_gan.penalties.R1}, r"A loss is a keras_gan.losses.Loss, .*or its name"),
        ({"penalties": ["r3"]}, "gradient_penalty, dragan, r1, r2, lecam"),
        ({"penalties": ["gradient_penality"]}, "Did you mean 'gradient_penalty'"),
        ({"penalties": keras_gan.losses.Hinge}, "penalties.Penalty or its name"),
        ({"augment": "adda"}, "There is no such augment.* Did you mean 'ada'"),
        ({"augment": keras_gan.losses.Hinge}, "augment.Augment or its name"),
        ({"metrics": "accuracy"}, "keras_gan.metrics.Metric objects, .*'accuracy'"),
        ({"penalties": ["r1", "r1"]}, "different names"),
        ({"penalties": "r9"}, "r9"),
        *(
            ({"penalties": [keras_gan.penalties.R1(name=name)]}, f"Received: {name}. Expected none")
            for name in ("loss", "g_loss", "d_loss", "d_real", "d_fake", "augment_p")
        ),
        ({"n_critic": 0}, "n_critic >= 1"),
        ({"n_critic": "2"}, "n_critic >= 1. Received: '2'"),
        ({"n_critic": 2.0}, "n_critic >= 1. Received: 2.0"),
        ({"ema_decay": 1.0}, "ema_decay < 1"),
        ({"ema_decay": "a"}, "ema_decay < 1. Received: 'a'"),
        ({"updates": "both"}, "simultaneous"),
    ],
)
def test_rules_that_cannot_be(dcgan, rules, message):
    with pytest.raises(ValueError, match=message):
        dcgan.compile(**rules)


def test_a_compile_that_is_refused_changes_nothing(dcgan):
    gan = keras_gan.DCGAN(dcgan.generator, dcgan.discriminator)
    bad = {"loss": "hinge", "penalties": "r1", "metrics": "accuracy"}
    with pytest.raises(ValueError, match="Metric objects"):
        gan.compile(**bad)
    assert not gan.compiled
    with pytest.raises(ValueError, match=r"call `compile\(\)`"):
        gan.fit(IMAGES, verbose=0)
    gan.compile(loss="least_squares")
    before = gan.get_compile_config()
    with pytest.raises(ValueError, match="Metric objects"):
        gan.compile(**bad)
    assert gan.get_compile_config() == before
    assert (type(gan.objective), gan.penalties) == (keras_gan.losses.LeastSquares, [])


def test_names_classes_and_objects_are_alike_and_one_need_be_no_list(dcgan):
    from keras_gan import augment, losses, metrics, penalties

    for given in ("r1", penalties.R1, penalties.R1(), [penalties.R1]):
        dcgan.compile(penalties=given)
        assert [type(penalty) for penalty in dcgan.penalties] == [penalties.R1]
    for given in ("hinge", losses.Hinge, losses.Hinge()):
        dcgan.compile(loss=given)
        assert type(dcgan.objective) is losses.Hinge
    for given in ("ada", augment.ADA, augment.ADA()):
        dcgan.compile(augment=given)
        assert type(dcgan.augment) is augment.ADA
    fid = metrics.FID(metrics.Pixels())
    for given in (fid, [fid]):
        dcgan.compile(metrics=given)
        assert dcgan._held_out_metrics == [fid]


def test_a_single_optimizer_is_refused(dcgan):
    both = "Expected, of optimizers, generator_optimizer= and discriminator_optimizer=."
    with pytest.raises(TypeError, match=rf"compile\(\) takes no optimizer. {both}"):
        dcgan.compile(optimizer="adam")


def test_a_penalty_may_not_take_the_name_of_a_term_of_the_class():
    with pytest.raises(ValueError, match=r"Received: r1, d_class. Expected none of .*d_class"):
        build(keras_gan.ACGAN, penalties=["r1", keras_gan.penalties.R2(name="d_class")])


def test_one_optimizer_for_both_is_refused(dcgan):
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="optimizer of its own"):
        dcgan.compile(generator_optimizer=adam, discriminator_optimizer=adam)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_an_optimizer_of_another_model_is_refused(policy):
    keras.config.set_dtype_policy(policy)
    adam = keras.optimizers.Adam()
    gan = build(keras_gan.DCGAN, generator_optimizer=adam)
    message = r"Adam, built for other weights than those of .*\. Expected a new one"
    with pytest.raises(ValueError, match=message):
        build(keras_gan.DCGAN, generator_optimizer=adam)
    with pytest.raises(ValueError, match=r"built for other weights"):
        build(keras_gan.DCGAN, generator_optimizer=gan.generator_optimizer)
    gan.fit(IMAGES, verbose=0)
    own = gan.generator_optimizer
    count = len(own.variables)
    gan.compile(generator_optimizer=own)
    gan.fit(IMAGES, verbose=0)
    assert gan.generator_optimizer is own
    assert len(own.variables) == count
    assert own.iterations == 2


@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_a_frozen_network_is_refused_before_training(network):
    gan = build(keras_gan.DCGAN)
    frozen = getattr(gan, network)
    frozen.trainable = False
    for _ in range(2):  # frozen after compile, and before
        with pytest.raises(ValueError, match=f"The {network} has no weights .*=False. Expected Tr"):
            gan.fit(IMAGES, verbose=0)
        gan.compile()
    frozen.trainable = True
    with pytest.raises(ValueError, match=f"The {network}'s optimizer .*Expected compile"):
        gan.fit(IMAGES, verbose=0)
    assert gan.step.numpy() == 0


def test_freezing_a_layer_needs_another_compile():
    """Keras would go on with the step that it has traced, and train the layer."""
    gan = build(keras_gan.DCGAN)
    gan.fit(IMAGES, verbose=0)
    layer = gan.generator.layers[1]
    layer.trainable = False
    with pytest.raises(ValueError, match=r"Received: generator.trainable changed after compile"):
        gan.fit(IMAGES, verbose=0)
    gan.compile()
    before = layer.get_weights()
    gan.fit(IMAGES, verbose=0)
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        keras.callbacks.ReduceLROnPlateau(),
        type("Own", (keras.callbacks.SwapEMAWeights,), {})(),
        object.__new__(keras.callbacks.OrbaxCheckpoint),  # whose __init__ needs Orbax
    ],
    ids=lambda callback: type(callback).__name__,
)
def test_callbacks_that_want_one_optimizer(dcgan, callback):
    with pytest.raises(ValueError, match="a GAN has two optimizers"):
        dcgan.fit(IMAGES, verbose=0, callbacks=[callback])


def test_samples_that_cannot_be(dcgan, cgan):
    for arguments, message in [
        ({"n": 0}, "at least one"),
        ({"n": 2.5}, "Expected a whole n, .* Received: n=2.5"),
        ({"n": 2, "seed": 1.5}, "a whole seed from 0 to .* Received: seed=1.5"),
        ({"seeds": [1.2, 1.7]}, "a whole seed from 0 to .* Received: seed=1.2"),
        ({"seeds": 3}, "Received: seeds=3"),
        ({"n": 3, "labels": [1, 2]}, "2|3"),
        ({"labels": [10]}, "10"),
        ({"labels": [-1]}, "-1"),
        ({"n": 2, "seeds": [1]}, "instead of n and seed"),
        ({"n": 2, "truncation": -1.0}, "truncation >= 0"),
        ({"n": 2, "truncation": float("nan")}, "truncation >= 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            cgan.sample(**arguments)
    with pytest.raises(ValueError, match="takes no labels"):
        dcgan.sample(2, labels=[1, 2])


# -- divergence ----------------------------------------------------------------------------------


def test_divergence_stops_the_run_and_keeps_the_last_checkpoint(digits, tmp_path):
    gan = build(keras_gan.DCGAN, loss="wasserstein")
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    gan.fit(digits[0][:64], verbose=0, callbacks=[checkpoint])
    gan.discriminator_optimizer.learning_rate = 1e30
    with pytest.raises(keras_gan.DivergenceError, match=r"diverged in step . of epoch 2"):
        gan.fit(digits[0][:256], epochs=2, initial_epoch=1, verbose=0, callbacks=[checkpoint])
    assert [p.name for p in tmp_path.iterdir()] == ["1.keras"]
    good = keras.saving.load_model(tmp_path / "1.keras")
    assert np.isfinite(good.sample(4, seed=0)).all()


def test_a_gradient_that_is_not_finite_is_found_in_its_own_step():
    @keras.saving.register_keras_serializable("tests")
    class Cliff(keras_gan.losses.Wasserstein):
        """Finite loss, infinite gradient."""

        def generator(self, real, fake):
            return keras.ops.sqrt(keras.ops.mean(fake) * 0.0)

    gan = build(keras_gan.DCGAN, loss=Cliff())
    with pytest.raises(
        keras_gan.DivergenceError,
        match="step 1 of epoch 1: g_loss is not finite, or a gradient of it",
    ):
        gan.fit(IMAGES, batch_size=4, verbose=0)


def test_terminate_on_nan_may_end_the_run_in_peace(digits):
    gan = build(keras_gan.DCGAN, loss="wasserstein")
    gan.discriminator_optimizer.learning_rate = 1e30
    gan.fit(digits[0][:256], batch_size=32, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert gan.stop_training


# -- files ---------------------------------------------------------------------------------------


def test_saving_is_all_or_nothing(dcgan, tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    path.write_text("precious")

    def full_disk(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        dcgan.save(path)
    monkeypatch.undo()
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]
    with pytest.raises(FileExistsError, match="left as it is"):
        dcgan.save(path, overwrite=False)
    with pytest.raises(ValueError, match=r"\.keras file"):
        dcgan.save(tmp_path / "model.h5")
    dcgan.save(path)
    assert keras.saving.load_model(path).sample(1, seed=0).shape == (1, 8, 8, 1)


def test_weights_of_another_architecture_change_nothing(dcgan, tmp_path):
    path = tmp_path / "a.weights.h5"
    dcgan.save_weights(path)
    other = keras_gan.DCGAN(image_shape=(8, 8, 1), latent_dim=8, width=16)
    other.compile()
    before = state(other)
    with pytest.raises(ValueError, match="another architecture than this DCGAN"):
        other.load_weights(path)
    assert not changed(before, state(other))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is damaged"):
        dcgan.load_weights(path)
    with pytest.raises(ValueError, match="no file to load"):
        dcgan.load_weights(tmp_path / "b.weights.h5")


def test_weights_of_the_same_architecture(dcgan, tmp_path):
    dcgan.compile()
    dcgan.fit(IMAGES, verbose=0)
    dcgan.save_weights(tmp_path / "a.weights.h5")
    other = build(keras_gan.DCGAN)
    other.load_weights(tmp_path / "a.weights.h5")
    for a, b in zip(state(dcgan).values(), state(other).values(), strict=True):
        np.testing.assert_array_equal(a, b)
