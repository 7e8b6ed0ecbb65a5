"""What two settings of VAE-GAN's authors, which the class leaves out, change on MNIST.

    python -m benchmarks.quality.vaegan_settings --data-dir ../shared/data/tfds

The rule of balance leaves out the discriminator's update where both its losses are good, and the
decoder's where both are bad: losses are compared with 0.68 - 0.35 and 0.68 + 0.35. The features of
the similarity come from the last convolution, before BatchNorm. Networks and figures are those of
`benchmarks.quality.vaegan`. The runs go to benchmarks/results/vaegan_settings.jsonl, and those that
are there are not run again.
"""

import time

import keras
import tensorflow as tf

import keras_gan
from benchmarks.harness.record import Record
from benchmarks.harness.turns import markdown
from benchmarks.quality.held_out import BATCH, HeldOut, parse
from benchmarks.quality.vaegan import measure
from keras_gan import builders
from keras_gan.engine.outputs import Outputs
from keras_gan.engine.updates import Losses, Terms, descend

EQUILIBRIUM, MARGIN = 0.68, 0.35
SETTINGS = ("as it comes", "balance", "features of the last convolution")


class Balanced(keras_gan.VAEGAN):
    """Leaves updates out as `train_vaegan.py` of andersbll/autoencoding_beyond_pixels does."""

    def player_terms(self, out: Outputs) -> Terms:
        real = tf.reduce_mean(tf.nn.softplus(-out.on_real["scores"]))
        fake = tf.reduce_mean(tf.nn.softplus(out.on_fake["scores"]))
        good = tf.minimum(real, fake) < EQUILIBRIUM - MARGIN
        bad = tf.maximum(real, fake) > EQUILIBRIUM + MARGIN
        always = tf.constant(True)
        self.moved = {"discriminator": ~good | bad, "generator": ~bad | good, "encoder": always}
        self.left_out.assign_add(
            [tf.cast(~self.moved[name], "float32") for name in ("discriminator", "generator")]
        )
        return super().player_terms(out)

    def _apply(self, gradients: dict[str, list], losses: Losses) -> dict[str, tf.Tensor]:
        health = {
            name: tf.cond(
                self.moved[name],
                lambda name=name: descend(
                    self._optimizer(name), getattr(self, name), gradients[name]
                ),
                lambda: 0.0,
            )
            for name in gradients
        }
        return self._logs(losses, health)


def train(digits: HeldOut, settings: str, seed: int, epochs: int, width: int, latent_dim: int):  # noqa: ANN201
    """VAEGAN by one of the settings, and how many updates it left out."""
    keras.utils.set_random_seed(seed)
    shape = digits.images.shape[1:]
    networks = {}
    if settings == SETTINGS[2]:
        critic = builders.dcgan_discriminator(shape, width, batch_norm=True)
        layers = [x.name for x in critic.layers if isinstance(x, keras.layers.Conv2D)]
        networks = {
            "generator": builders.dcgan_generator(shape, latent_dim, width),
            "discriminator": critic,
            "encoder": builders.vaegan_encoder(shape, latent_dim, width),
            "feature_layers": layers[-1:],
        }
    sizes = {"width": width, "latent_dim": latent_dim} if not networks else {}
    cls = Balanced if settings == "balance" else keras_gan.VAEGAN
    gan = cls(image_shape=shape, seed=seed, **sizes, **networks)
    gan.compile()
    gan.left_out = tf.Variable([0.0, 0.0])
    history = gan.fit(digits.train, batch_size=BATCH, epochs=epochs, verbose=2).history
    return gan, history["kl"][-1]


def main(arguments: list[str] | None = None) -> None:
    options = parse(__doc__, arguments, epochs=1, width=32, latent_dim=32)
    record = Record("vaegan_settings", options.results)
    case = {name: getattr(options, name) for name in ("epochs", "width", "latent_dim", "dtype")}
    sizes = {name: case[name] for name in ("epochs", "width", "latent_dim")}
    digits = None
    for seed in options.seeds:
        for settings in SETTINGS:
            if record.rows(settings=settings, seed=seed, **case):
                continue
            digits = digits or HeldOut("mnist", options.data_dir, options.limit)
            keras.config.set_dtype_policy(options.dtype)
            start = time.process_time()
            gan, divergence = train(digits, settings, seed, **sizes)
            left_out = dict(zip(("d_left_out", "g_left_out"), gan.left_out.numpy(), strict=True))
            row = {
                "settings": settings,
                "seed": seed,
                **case,
                **digits.counts(),
                **measure(gan, digits),
            }
            row |= {"kl": round(divergence, 1), **{k: int(v) for k, v in left_out.items()}}
            record.add(
                row | {"cpu_minutes": round((time.process_time() - start) / 60, 1)}, show=True
            )
    heads = [
        "settings",
        "seed",
        "label found, %",
        "L1",
        "FID",
        "FID of the prior",
        "updates left out",
    ]
    names = ("settings", "seed", "found", "l1", "fid", "fid_prior")
    lines = [
        [*(str(row[name]) for name in names), f"{row['d_left_out']}, {row['g_left_out']}"]
        for row in record.rows(**case)
    ]
    print(markdown(heads, lines))


if __name__ == "__main__":
    main()
