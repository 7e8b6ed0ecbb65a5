"""Runs cases on several replicas in a process of their own: devices are set before TF starts.

What one device does is mostly worked out eagerly, which costs no trace.

python tests/engine/distributed.py CASE ...  ->  one line of JSON on stdout, behind "RESULT ": what
each found, by its name. With `worker DIRECTORY` in place of cases it is one of several workers.
"""

import functools
import json
import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

import keras_gan
from keras_gan.engine import replicas

RNG = np.random.default_rng(0)
HEADS = ((8, "tanh"), (3, None))


@functools.cache
def two_cpus() -> tf.distribute.Strategy:
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def mlp_gan(cls=keras_gan.GAN, wrap=lambda layer: layer, **rules):
    keras.utils.set_random_seed(1)
    gan = cls(
        keras_gan.builders.mlp_generator((4, 4, 1), latent_dim=3, width=8),
        keras.Sequential(
            [
                keras.Input((4, 4, 1)),
                keras.layers.Flatten(),
                wrap(keras.layers.Dense(8, activation="tanh")),
                keras.layers.Dense(1),
            ]
        ),
        seed=5,
    )
    sgd = {
        "generator_optimizer": keras.optimizers.SGD(0.05),
        "discriminator_optimizer": keras.optimizers.SGD(0.05),
    }
    gan.compile(**sgd | rules)
    return gan


def weights(gan):
    return np.concatenate([w.ravel() for w in gan.get_weights()])


class SameNoise(keras_gan.GAN):
    """Latents that are a function of the image they are paired with, on however many replicas."""

    def _latents_for(self, real, key):
        return tf.reshape(real, (-1, 16))[:, : self.latent_dim] * 2.0


def same_step():
    """Two replicas of 6 images (then 4 and 4) against one device with all of them."""
    images = RNG.uniform(-1, 1, (20, 4, 4, 1)).astype("float32")
    results = {}
    strategy = two_cpus()
    for name, scope in (("two", strategy), ("one", tf.distribute.get_strategy())):
        with scope.scope():
            rules = {"penalties": [keras_gan.penalties.R1(0.1)], "run_eagerly": name == "one"}
            gan = mlp_gan(SameNoise, **rules)
        history = gan.fit(images, batch_size=12, epochs=3, shuffle=False, verbose=0).history
        results[name] = weights(gan)
        results[f"{name}_logs"] = np.array([history[k] for k in sorted(history)])
    return {
        "weights": float(np.abs(results["two"] - results["one"]).max()),
        "logs": float(np.abs(results["two_logs"] - results["one_logs"]).max()),
        "moved": float(np.abs(results["one"] - weights(mlp_gan(SameNoise))).max()),
    }


def memories():
    """What follows the critic's updates, on two replicas and on one."""
    images = RNG.uniform(-1, 1, (20, 4, 4, 1)).astype("float32")
    results = {}
    strategy = two_cpus()
    for name, scope in (("two", strategy), ("one", tf.distribute.get_strategy())):
        penalties = [keras_gan.penalties.LeCam(), keras_gan.penalties.R1(0.1, interval=2)]
        with scope.scope():
            wrap = keras_gan.layers.SpectralNormalization
            gan = mlp_gan(SameNoise, wrap, penalties=penalties)
            last = gan.discriminator.trainable_variables[-2]
            last.constraint = keras_gan.constraints.WeightClipping(0.3)
        gan.fit(images, batch_size=12, epochs=3, shuffle=False, verbose=0)
        results[name] = [weights(gan), penalties[0].variables[0].numpy()]
        clipped = float(np.abs(last.numpy()).max())
    return {
        "weights": float(np.abs(results["two"][0] - results["one"][0]).max()),
        "lecam": float(np.abs(results["two"][1] - results["one"][1]).max()),
        "updates": float(results["two"][1][2]),
        "clipped": clipped,
    }


class SameNoiseVGAN(SameNoise, keras_gan.VGAN):
    """Two replicas make the same images as one device, and no step moves a network."""


def bottleneck():
    """beta after uneven batches, on two replicas and on one."""
    images = RNG.uniform(-1, 1, (20, 4, 4, 1)).astype("float32")
    scopes = (two_cpus(), tf.distribute.get_strategy())
    x = keras.Input((4, 4, 1))
    code = [keras.layers.Conv2D(2, 1, kernel_initializer=keras.initializers.HeNormal(k))(x)
            for k in range(2)]  # fmt: skip
    logits = keras.layers.Dense(1)(keras.layers.Flatten()(code[0]))
    still = {f"{n}_optimizer": keras.optimizers.SGD for n in ("generator", "discriminator")}
    found = {"beta": []}
    for scope in scopes:
        with scope.scope():
            keras.utils.set_random_seed(1)
            generator = keras_gan.builders.mlp_generator((4, 4, 1), latent_dim=3, width=8)
            critic = keras.models.clone_model(keras.Model(x, [logits, *code]))
            gan = SameNoiseVGAN(generator, critic, seed=5, beta_rate=0.1)
            eagerly = scope is not two_cpus()
            gan.compile(**{n: sgd(0.0) for n, sgd in still.items()}, run_eagerly=eagerly)
        gan.fit(images, batch_size=7, epochs=2, shuffle=False, verbose=0)
        found["beta"].append(float(gan.beta.numpy()))
    return found


def packs():
    """Packs on two replicas of 4 images (then 2 and 2) against one device with all of them."""
    images = RNG.uniform(-1, 1, (12, 4, 4, 1)).astype("float32")
    results = []
    for scope in (two_cpus(), tf.distribute.get_strategy()):
        with scope.scope():
            keras.utils.set_random_seed(1)
            gan = SameNoise(
                keras_gan.builders.mlp_generator((4, 4, 1), latent_dim=3, width=8),
                keras_gan.builders.mlp_discriminator((4, 4, 2), width=8),
                pack=2,
                seed=5,
            )
            sgd = {f"{n}_optimizer": keras.optimizers.SGD for n in gan.networks}
            rules = {n: made(0.05) for n, made in sgd.items()} | {"run_eagerly": True}
            gan.compile(penalties=["r1"], **rules)
        gan.fit(images, batch_size=8, shuffle=False, verbose=0)
        results.append(weights(gan))
        if len(results) == 1:
            try:
                gan.fit(images, batch_size=6, verbose=0)
            except ValueError as error:
                refused = str(error)
    return {"difference": float(np.abs(results[0] - results[1]).max()), "refused": refused}


def augmented():
    """p after uneven batches, on two replicas and on one, and whether replicas draw alike."""
    images = RNG.uniform(-1, 1, (20, 4, 4, 1)).astype("float32")
    strategy = two_cpus()
    found = {"p": [], "states": []}
    for scope in (strategy, tf.distribute.get_strategy()):
        ada = keras_gan.augment.ADA(target=-0.9, ramp=100, window=8)
        with scope.scope():
            gan = mlp_gan(SameNoise, augment=ada, run_eagerly=scope is not strategy)
            gan.discriminator.trainable_variables[-1].assign([50.0])  # all signs are positive
        gan.fit(images, batch_size=7, epochs=2, shuffle=False, verbose=0)
        found["p"].append(float(ada.p))
        found["states"].append(ada.variables[0].numpy().tolist())

    @tf.function
    def draw():
        return strategy.run(lambda: ada(tf.ones((8, 4, 4, 1)), gan._batches(images[:8])[0].key))

    ada.variables[0].assign([1.0, 0.0, 0.0])
    first, second = strategy.experimental_local_results(draw())
    return found | {"differs": bool(tf.reduce_max(tf.abs(first - second)) > 1e-3)}


class SameNoiseWithClasses(keras_gan.SemiSupervisedGAN):
    _latents_for = SameNoise._latents_for


def labelled():
    """A step on labels of which one replica has one, the other all three of its own."""
    images = RNG.uniform(-1, 1, (6, 4, 4, 1)).astype("float32")
    results = {}
    for name, scope in (("two", two_cpus()), ("one", tf.distribute.get_strategy())):
        keras.utils.set_random_seed(1)
        with scope.scope():
            generator = keras_gan.builders.mlp_generator((4, 4, 1), latent_dim=3, width=8)
            dense = [keras.layers.Dense(units, activation) for units, activation in HEADS]
            layers = [keras.Input((4, 4, 1)), keras.layers.Flatten(), *dense]
            gan = SameNoiseWithClasses(generator, keras.Sequential(layers), num_classes=3, seed=5)
            gan.compile(discriminator_optimizer=keras.optimizers.SGD(0.5), run_eagerly=True)
        before = weights(gan.discriminator)
        logs = gan.train_on_batch(images, np.array([-1, -1, 2, 0, 1, 1]), return_dict=True)
        results[name] = weights(gan.discriminator), logs["supervised"], logs["accuracy"]
    two, one = results.values()
    return {
        "differs": [float(np.abs(a - b).max()) for a, b in zip(two, one, strict=True)],
        "moved": float(np.abs(two[0] - before).max()),
    }


def third_network():
    """A VAEGAN on two replicas, which leave the last batch of one image out."""
    images = RNG.uniform(-1, 1, (33, 8, 8, 1)).astype("float32")
    strategy = two_cpus()
    with strategy.scope():
        gan = keras_gan.VAEGAN(image_shape=(8, 8, 1), latent_dim=4, width=4, seed=1)
        gan.compile(n_critic=1, augment="ada", penalties=["lecam"])
    before = gan.encoder.get_weights()
    history = gan.fit(images, batch_size=16, epochs=2, verbose=0).history
    copies = [strategy.experimental_local_results(w.value) for w in gan.encoder.trainable_variables]
    return {
        "finite": bool(np.isfinite([v for vs in history.values() for v in vs]).all()),
        "same": all(np.array_equal(*pair) for pair in copies),
        "moved": any(
            (a != b).any() for a, b in zip(before, gan.encoder.get_weights(), strict=True)
        ),
        "iterations": int(gan.encoder_optimizer.iterations.numpy()),
    }


def noise_differs():
    strategy = two_cpus()
    with strategy.scope():
        gan = mlp_gan()

    @tf.function
    def draw():
        def on_replica():
            return gan._batches(tf.zeros((3, 4, 4, 1)))[0].latents

        return strategy.run(on_replica)

    first, second = strategy.experimental_local_results(draw())
    return {"difference": float(tf.reduce_min(tf.abs(first - second)))}


def labelled_pair(**rules):
    """Small networks that take labels, with BatchNormalization in the generator."""
    z, labels, x = keras.Input((3,)), keras.Input((), dtype="int32"), keras.Input((4, 4, 1))
    told = [keras.layers.Embedding(10, 2)(labels) for _ in range(2)]
    hidden = keras.layers.Dense(8)(keras.layers.Concatenate()([z, told[0]]))
    made = keras.layers.Dense(16, "tanh")(keras.layers.BatchNormalization()(hidden))
    flat = keras.layers.Concatenate()([keras.layers.Flatten()(x), told[1]])
    logits = keras.layers.Dense(1)(keras.layers.Dense(8, "tanh")(flat))
    generator = keras.Model([z, labels], keras.layers.Reshape((4, 4, 1))(made))
    gan = keras_gan.CGAN(generator, keras.Model([x, labels], logits), num_classes=10, seed=1)
    gan.compile(**rules)
    return gan


def uneven():
    """65 images in batches of 64: the last one leaves a replica without any, or, where there is
    BatchNormalization, is left out."""
    images = RNG.uniform(-1, 1, (65, 4, 4, 1)).astype("float32")
    labels = np.arange(65) % 10
    strategy = two_cpus()
    histories = []
    for make, size, rules in (
        (labelled_pair, 65, {}),
        (labelled_pair, 65, {"n_critic": 3, "penalties": ["gradient_penalty"]}),
        (mlp_gan, 65, {"updates": "alternating"}),
        # groups of 24 and of 4: too few for three updates on two replicas
        (labelled_pair, 28, {"n_critic": 3}),
    ):
        with strategy.scope():
            gan = make(**rules)
        history = gan.fit(
            images[:size],
            labels[:size],
            batch_size=64 if size == 65 else 8,
            epochs=2,
            verbose=0,
            validation_data=(images, labels),
        )
        plain = all(type(v) is float for values in history.history.values() for v in values)
        finite = bool(np.isfinite([v for vs in history.history.values() for v in vs]).all())
        histories.append(
            {
                "plain": plain,
                "finite": finite and bool(np.isfinite(weights(gan)).all()),
                "iterations": int(gan.discriminator_optimizer.iterations.numpy()),
            }
        )
    return {"runs": histories}


def overflow():
    """An overflow on the second replica alone makes both skip the step."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    strategy = two_cpus()
    points = np.ones((16, 2), "float32")
    points[8:] = 100.0  # makes a gradient that overflows when multiplied by the scale
    with strategy.scope():
        network = lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])  # noqa: E731
        gan = keras_gan.GAN(network(), network(), seed=1)
        gan.compile(loss="wasserstein")
    before = gan.discriminator.get_weights()[0]
    gan.fit(points, batch_size=16, shuffle=False, epochs=1, verbose=0)
    return {
        "finite": bool(np.isfinite(weights(gan)).all()),
        "moved": bool((gan.discriminator.get_weights()[0] != before).any()),
        "scale": float(gan.discriminator_optimizer.dynamic_scale.numpy()),
    }


def worker():
    """One of several processes; TF_CONFIG says which."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    images = RNG.uniform(-1, 1, (40, 4, 4, 1)).astype("float32")
    with strategy.scope():
        gan = mlp_gan(n_critic=2)
    out = sys.argv[2]
    history = gan.fit(
        images,
        batch_size=8,
        epochs=2,
        verbose=0,
        validation_data=(images,),
        callbacks=[
            keras_gan.callbacks.SampleGrid(f"{out}/samples", n=4),
            keras_gan.callbacks.Checkpoint(f"{out}/checkpoints"),
            keras_gan.callbacks.HistoryCSV(f"{out}/history.csv"),
        ],
    ).history
    gan.save(f"{out}/model.keras")
    return {
        "chief": replicas.is_chief(strategy),
        "history": history,
        "weights": float(np.abs(weights(gan)).sum()),
        "sample": float(gan.sample(4, seed=0).sum()),
    }


def results(names):
    """What the cases found; each has its own policy, and its random numbers from the start."""
    for name in names:
        global RNG
        RNG = np.random.default_rng(0)
        keras.mixed_precision.set_global_policy("float32")
        yield name, globals()[name]()


if __name__ == "__main__":
    cases = [sys.argv[1]] if sys.argv[1] == "worker" else sys.argv[1:]
    print("RESULT", json.dumps(dict(results(cases))), flush=True)
