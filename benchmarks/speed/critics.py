"""Games whose critic moves several times a step, as others play them and as we do.

WGAN-GP on the networks of the Keras example, beside its `train_step`, written anew; SNGAN on the
networks of its paper for 32x32, beside those of `mimicry.py`. One step is so many updates of the
critic, each on a batch of one size, and one of the generator. The example shows its critic the same
images in all updates of a step; ours and mimicry show fresh ones. A step is made by a function of
that batch size, which returns another one, which runs as many steps as it is told.
"""

import functools
from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

import keras_gan
from benchmarks.harness.turns import Step
from benchmarks.speed.peers import by_train_function

LATENT_DIM = 128
CRITIC_UPDATES = {"wgan-gp": 3, "sngan-32": 5}
SHAPES = {"wgan-gp": (28, 28, 1), "sngan-32": (32, 32, 3)}


def images(game: str, batch: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensors(tf.random.uniform((batch, *SHAPES[game]), -1, 1)).repeat()


# -- WGAN-GP ---------------------------------------------------------------------------------------


def example_networks(own_layers: bool = False) -> tuple[keras.Model, keras.Model]:
    """Those of https://keras.io/examples/generative/wgan_gp/

    Args:
        own_layers: Whether BatchNorm, LeakyReLU, and upsampling with the convolution after it, are
            those of `keras_gan.layers`: the same numbers and weights in less time.
    """
    library = keras_gan.layers if own_layers else layers
    norm, leaky_relu = library.BatchNormalization, library.LeakyReLU
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(4 * 4 * 256, use_bias=False),
            norm(),
            leaky_relu(0.2),
            layers.Reshape((4, 4, 256)),
        ]
    )
    for filters in (128, 64, 1):
        if own_layers:
            generator.add(keras_gan.layers.UpsampledConv2D(filters, 3, use_bias=False))
        else:
            generator.add(layers.UpSampling2D())
            generator.add(layers.Conv2D(filters, 3, padding="same", use_bias=False))
        generator.add(norm())
        generator.add(layers.Activation("tanh") if filters == 1 else leaky_relu(0.2))
    generator.add(layers.Cropping2D(2, dtype="float32"))
    critic = keras.Sequential([keras.Input(SHAPES["wgan-gp"]), layers.ZeroPadding2D(2)])
    for filters, dropout in ((64, 0.0), (128, 0.3), (256, 0.3), (512, 0.0)):
        critic.add(layers.Conv2D(filters, 5, 2, "same"))
        critic.add(leaky_relu(0.2))
        if dropout:
            critic.add(layers.Dropout(dropout))
    critic.add(layers.Flatten())
    critic.add(layers.Dropout(0.2))
    critic.add(layers.Dense(1, dtype="float32"))
    return generator, critic


def adam() -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.9)


class ExampleWGAN(keras.Model):
    """The model of https://keras.io/examples/generative/wgan_gp/"""

    def __init__(self, discriminator: keras.Model, generator: keras.Model):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.built = True

    def compile(self) -> None:
        super().compile(jit_compile=False)
        self.d_optimizer, self.g_optimizer = adam(), adam()

    def gradient_penalty(self, real_images: tf.Tensor, fake_images: tf.Tensor) -> tf.Tensor:
        alpha = tf.random.uniform([tf.shape(real_images)[0], 1, 1, 1])
        interpolated = real_images + alpha * (fake_images - real_images)
        with tf.GradientTape() as tape:
            tape.watch(interpolated)
            prediction = self.discriminator(interpolated, training=True)
        gradient = tape.gradient(prediction, interpolated)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real_images: tf.Tensor) -> dict[str, tf.Tensor]:
        noise_shape = (tf.shape(real_images)[0], LATENT_DIM)
        for _ in range(CRITIC_UPDATES["wgan-gp"]):
            with tf.GradientTape() as tape:
                fake_images = self.generator(tf.random.normal(noise_shape), training=True)
                fake_logits = self.discriminator(fake_images, training=True)
                real_logits = self.discriminator(real_images, training=True)
                d_cost = tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)
                d_loss = d_cost + 10.0 * self.gradient_penalty(real_images, fake_images)
            gradients = tape.gradient(d_loss, self.discriminator.trainable_variables)
            self.d_optimizer.apply(gradients, self.discriminator.trainable_variables)

        with tf.GradientTape() as tape:
            fake_images = self.generator(tf.random.normal(noise_shape), training=True)
            g_loss = -tf.reduce_mean(self.discriminator(fake_images, training=True))
        gradients = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)
        return {"d_loss": d_loss, "g_loss": g_loss}


def example_wgan_gp(batch: int) -> Callable[[int], None]:
    generator, critic = example_networks()
    model = ExampleWGAN(critic, generator)
    model.compile()
    return by_train_function(model, images("wgan-gp", batch))


def our_wgan_gp(batch: int, own_layers: bool = True) -> Callable[[int], None]:
    gan = keras_gan.WGANGP(*example_networks(own_layers), seed=0)
    n_critic = CRITIC_UPDATES["wgan-gp"]
    gan.compile(n_critic=n_critic, generator_optimizer=adam(), discriminator_optimizer=adam())
    return by_train_function(gan, images("wgan-gp", batch * n_critic))


# -- SNGAN -----------------------------------------------------------------------------------------


def our_sngan(batch: int) -> Callable[[int], None]:
    gan = keras_gan.SNGAN(image_shape=SHAPES["sngan-32"], latent_dim=LATENT_DIM, seed=0)
    gan.compile()
    return by_train_function(gan, images("sngan-32", batch * gan.n_critic))


STEPS = {
    "wgan-gp": {
        "example": example_wgan_gp,
        "ours-plain": functools.partial(our_wgan_gp, own_layers=False),
        "ours": our_wgan_gp,
    },
    "sngan-32": {"ours": our_sngan},
}


def step(game: str, name: str, batch: int) -> Step:
    return Step(STEPS[game][name](batch), batch * CRITIC_UPDATES[game])
