"""What our step is measured against, written anew after its publication, and the networks of all.

A step is made by a function of (generator, discriminator, dataset, latent_dim) that returns another
one, which runs as many steps as it is told.
"""

import time
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

import keras_gan

LATENT_DIM = 100


def networks(
    size: int, norm: type[keras.layers.Layer] = layers.BatchNormalization
) -> tuple[keras.Model, keras.Model]:
    """The generator and the discriminator for images of this size, with this BatchNorm."""
    return {28: _dcgan_28, 64: _dcgan_64}[size](norm)


def _dcgan_28(norm: type) -> tuple[keras.Model, keras.Model]:
    """https://www.tensorflow.org/tutorials/generative/dcgan"""
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            norm(),
            layers.LeakyReLU(),
            layers.Reshape((7, 7, 256)),
            layers.Conv2DTranspose(128, 5, 1, "same", use_bias=False),
            norm(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(64, 5, 2, "same", use_bias=False),
            norm(),
            layers.LeakyReLU(),
            layers.Conv2DTranspose(1, 5, 2, "same", use_bias=False, activation="tanh"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, 2, "same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, 2, "same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1, dtype="float32"),
        ]
    )
    return generator, discriminator


def _dcgan_64(norm: type) -> tuple[keras.Model, keras.Model]:
    """Radford et al., 2016, 64x64x3, 4x4 kernels, half the paper's widths: 64 to 512."""
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(4 * 4 * 512, use_bias=False),
            layers.Reshape((4, 4, 512)),
            norm(),
            layers.ReLU(),
        ]
    )
    for filters in (256, 128, 64):
        generator.add(layers.Conv2DTranspose(filters, 4, 2, "same", use_bias=False))
        generator.add(norm())
        generator.add(layers.ReLU())
    generator.add(layers.Conv2DTranspose(3, 4, 2, "same", use_bias=False, activation="tanh"))
    discriminator = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Conv2D(64, 4, 2, "same", use_bias=False),
            layers.LeakyReLU(0.2),
        ]
    )
    for filters in (128, 256, 512):
        discriminator.add(layers.Conv2D(filters, 4, 2, "same", use_bias=False))
        discriminator.add(norm())
        discriminator.add(layers.LeakyReLU(0.2))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dense(1, dtype="float32"))
    return generator, discriminator


def tutorial(
    generator: keras.Model, discriminator: keras.Model, dataset: tf.data.Dataset, latent_dim: int
) -> Callable[[int], None]:
    """The loop of https://www.tensorflow.org/tutorials/generative/dcgan: no EMA, no logs."""
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator_optimizer = keras.optimizers.Adam(1e-4)
    discriminator_optimizer = keras.optimizers.Adam(1e-4)
    batch_size = dataset.element_spec.shape[0]

    def discriminator_loss(real_output: tf.Tensor, fake_output: tf.Tensor) -> tf.Tensor:
        real_loss = cross_entropy(tf.ones_like(real_output), real_output)
        fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
        return real_loss + fake_loss

    def generator_loss(fake_output: tf.Tensor) -> tf.Tensor:
        return cross_entropy(tf.ones_like(fake_output), fake_output)

    @tf.function
    def train_step(images: tf.Tensor) -> None:
        noise = tf.random.normal([batch_size, latent_dim])
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated_images = generator(noise, training=True)
            real_output = discriminator(images, training=True)
            fake_output = discriminator(generated_images, training=True)
            gen_loss = generator_loss(fake_output)
            disc_loss = discriminator_loss(real_output, fake_output)
        gen_gradients = gen_tape.gradient(gen_loss, generator.trainable_variables)
        disc_gradients = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
        generator_optimizer.apply_gradients(
            zip(gen_gradients, generator.trainable_variables, strict=True)
        )
        discriminator_optimizer.apply_gradients(
            zip(disc_gradients, discriminator.trainable_variables, strict=True)
        )

    iterator = iter(dataset)

    def run(steps: int) -> None:
        for _ in range(steps):
            train_step(next(iterator))
        generator_optimizer.iterations.numpy()  # waits for the device

    return run


class GuideGAN(keras.Model):
    """The model of https://keras.io/examples/generative/dcgan_overriding_train_step/

    As published, the networks are called without `training`, which means inference mode:
    BatchNorm takes its moving statistics and Dropout does nothing. `training=True` is what it
    would have to be.
    """

    def __init__(
        self,
        discriminator: keras.Model,
        generator: keras.Model,
        latent_dim: int,
        training: bool | None = None,
    ):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim
        self.training = training
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.built = True

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer,
        g_optimizer: keras.optimizers.Optimizer,
        loss_fn: keras.losses.Loss,
    ) -> None:
        super().compile(jit_compile=False)
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.d_loss_metric, self.g_loss_metric]

    def train_step(self, real_images: tf.Tensor) -> dict[str, tf.Tensor]:
        batch_size = tf.shape(real_images)[0]
        random_latent_vectors = keras.random.normal(
            shape=(batch_size, self.latent_dim), seed=self.seed_generator
        )
        generated_images = self.generator(random_latent_vectors, training=self.training)
        combined_images = tf.concat([tf.cast(generated_images, "float32"), real_images], axis=0)
        labels = tf.concat([tf.ones((batch_size, 1)), tf.zeros((batch_size, 1))], axis=0)
        labels += 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(combined_images, training=self.training)
            d_loss = self.loss_fn(labels, predictions)
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(
            zip(grads, self.discriminator.trainable_weights, strict=True)
        )

        random_latent_vectors = keras.random.normal(
            shape=(batch_size, self.latent_dim), seed=self.seed_generator
        )
        misleading_labels = tf.zeros((batch_size, 1))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(
                self.generator(random_latent_vectors, training=self.training),
                training=self.training,
            )
            g_loss = self.loss_fn(misleading_labels, predictions)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights, strict=True))

        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


def guide(training: bool | None) -> Callable:
    """The Keras guide's step, as published (None) or with `training=True`."""

    def make(
        generator: keras.Model,
        discriminator: keras.Model,
        dataset: tf.data.Dataset,
        latent_dim: int,
    ) -> Callable[[int], None]:
        model = GuideGAN(discriminator, generator, latent_dim, training)
        model.compile(
            keras.optimizers.Adam(1e-4),
            keras.optimizers.Adam(1e-4),
            keras.losses.BinaryCrossentropy(from_logits=True),
        )
        return by_train_function(model, dataset)

    return make


def ours(updates: str) -> Callable:
    """`keras_gan.GAN` by the function that `fit` calls, EMA and logs included."""

    def make(
        generator: keras.Model,
        discriminator: keras.Model,
        dataset: tf.data.Dataset,
        latent_dim: int,
    ) -> Callable[[int], None]:
        return by_train_function(_compiled(generator, discriminator, updates), dataset)

    return make


def whole_fit(
    generator: keras.Model, discriminator: keras.Model, dataset: tf.data.Dataset, latent_dim: int
) -> Callable[[int], tuple[float, float]]:
    """`keras_gan.GAN.fit`: beside the step, the checks of each batch and the callbacks.

    What is returned tells the seconds and the CPU seconds from the end of a first step, which is
    one more, to the end of the last: a fit starts once and not for every few steps.
    """
    gan = _compiled(generator, discriminator, "simultaneous")

    def run(steps: int) -> tuple[float, float]:
        ends = []
        clock = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: ends.append(
                (time.perf_counter(), time.process_time())
            )
        )
        gan.fit(dataset, steps_per_epoch=steps + 1, verbose=0, callbacks=[clock])
        return ends[-1][0] - ends[0][0], ends[-1][1] - ends[0][1]

    return run


def _compiled(generator: keras.Model, discriminator: keras.Model, updates: str) -> keras_gan.GAN:
    gan = keras_gan.GAN(generator, discriminator, seed=0)
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4),
        discriminator_optimizer=keras.optimizers.Adam(1e-4),
        updates=updates,
    )
    return gan


def by_train_function(model: keras.Model, dataset: tf.data.Dataset) -> Callable[[int], None]:
    step = model.make_train_function() or model.train_function
    iterator = iter(dataset)

    def run(steps: int) -> None:
        for _ in range(steps):
            logs = step(iterator)
        keras.tree.map_structure(float, logs)  # waits for the device

    return run


STEPS = {
    "tutorial": tutorial,
    "guide": guide(None),
    "guide-training": guide(True),
    "ours": ours("simultaneous"),
    "ours-fit": whole_fit,
    "ours-alternating": ours("alternating"),
}
