"""What each class of the family and each part of a game costs, on the same two networks.

The networks are DCGAN's for 28x28x1, without BatchNorm in the discriminator, so that every penalty
is defined; SNGAN's discriminator has its kernels normalised, CGAN's and ACGAN's networks take or
tell the class besides, VAEGAN has its encoder as a third; those of MGAN, SemiSupervisedGAN,
InfoGAN, AAE, VGAN, GMAN and BigGAN are their own. All else is what `compile` takes.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import layers

import keras_gan
from benchmarks.harness.turns import Step
from benchmarks.speed.peers import by_train_function
from keras_gan import builders, constraints, penalties
from keras_gan.augment import ADA, DiffAugment
from keras_gan.layers import MinibatchStdDev, SelfAttention, SpectralNormalization

SHAPE = (28, 28, 1)
NUM_CLASSES = 10
FIRST_CONV, LAST_CONV, FLATTEN = 1, 3, 5  # places in the discriminator
CLASSES = (
    "DCGAN",
    "VanillaGAN",
    "LSGAN",
    "HingeGAN",
    "FeatureMatchingGAN",
    "DRAGAN",
    "R3GAN",
    "WGAN",
    "WGANGP",
    "SNGAN",
    "CGAN",
    "ACGAN",
    "VAEGAN",
    "MGAN",
    "SemiSupervisedGAN",
    "InfoGAN",
    "AAE",
    "AdaGAN",
    "VGAN",
    "GMAN",
    "BigGAN",
)
OWN_NETWORKS = ("MGAN", "InfoGAN", "AAE", "VGAN", "GMAN")


def networks(
    width: int, change: Callable[[keras.Model], keras.Model] | None = None
) -> tuple[keras.Model, keras.Model]:
    """The generator and the discriminator, the latter changed."""
    judge = builders.dcgan_discriminator(SHAPE, width=width)
    judge = judge if change is None else change(judge)
    return builders.dcgan_generator(SHAPE, width=width), judge


def paper(name: str, width: int) -> keras_gan.GAN:
    """A class on these networks, with its paper's settings."""
    cls = getattr(keras_gan, name)
    told = {"num_classes": NUM_CLASSES} if cls.conditional is True else {}
    if told or name in OWN_NETWORKS:
        gan = cls(image_shape=SHAPE, width=width, seed=0, **told)
    else:
        options = {"width": width} if name == "VAEGAN" else {}
        change = normalized if name == "SNGAN" else None
        gan = cls(*networks(width, change), seed=0, **options)
    gan.compile()
    return gan


def normalized(network: keras.Model) -> keras.Model:
    """The network with `SpectralNormalization` around every layer that has a kernel."""

    def wrapped(layer: layers.Layer) -> layers.Layer:
        copy = type(layer).from_config(layer.get_config())
        return SpectralNormalization(copy) if hasattr(layer, "kernel") else copy

    return keras.models.clone_model(network, clone_function=wrapped)


def inserted(layer: layers.Layer, place: int) -> Callable[[keras.Model], keras.Model]:
    """Puts a layer before the one at a place."""

    def change(network: keras.Model) -> keras.Model:
        def copied(old: layers.Layer) -> layers.Layer:
            copy = type(old).from_config(old.get_config())
            return keras.Sequential([layer, copy]) if old is network.layers[place] else copy

        return keras.models.clone_model(network, clone_function=copied)

    return change


def clipped(network: keras.Model) -> keras.Model:
    for weight in network.trainable_variables:
        weight.constraint = constraints.WeightClipping(0.1)
    return network


def shifted(images: Any, key: Any) -> Any:
    return DiffAugment("translation")(images, key)


def game(
    width: int, change: Callable[[keras.Model], keras.Model] | None = None, **rules: Any
) -> keras_gan.GAN:
    """DCGAN, its discriminator changed, by other rules."""
    gan = keras_gan.DCGAN(*networks(width, change), seed=0)
    gan.compile(**rules)
    return gan


def matching(width: int) -> keras_gan.GAN:
    gan = keras_gan.FeatureMatchingGAN(*networks(width), adversarial_weight=1.0, seed=0)
    gan.compile()
    return gan


PARTS = {
    "DCGAN": game,
    "without the averaged generator": lambda w: game(w, ema_decay=0.0),
    'updates="alternating"': lambda w: game(w, updates="alternating"),
    "R1": lambda w: game(w, penalties=[penalties.R1()]),
    "R1, interval=4": lambda w: game(w, penalties=[penalties.R1(interval=4)]),
    "R1, interval=16": lambda w: game(w, penalties=[penalties.R1(interval=16)]),
    "R1 and R2": lambda w: game(w, penalties=[penalties.R1(), penalties.R2()]),
    "gradient penalty": lambda w: game(w, penalties=[penalties.GradientPenalty()]),
    "gradient penalty, interval=4": lambda w: game(
        w, penalties=[penalties.GradientPenalty(interval=4)]
    ),
    "DRAGAN's penalty": lambda w: game(w, penalties=[penalties.DRAGANPenalty()]),
    "consistency": lambda w: game(w, penalties=[penalties.Consistency(shifted)]),
    "consistency, balanced": lambda w: game(
        w, penalties=[penalties.Consistency(shifted, balanced=True)]
    ),
    "LeCam": lambda w: game(w, penalties=[penalties.LeCam()]),
    "DiffAugment": lambda w: game(w, augment=DiffAugment()),
    "ADA": lambda w: game(w, augment=ADA()),
    "feature matching": matching,
    "weight clipping": lambda w: game(w, clipped),
    "spectral normalization": lambda w: game(w, normalized),
    "instance noise": lambda w: game(w, inserted(layers.GaussianNoise(0.1), FIRST_CONV)),
    "self-attention at 14x14": lambda w: game(w, inserted(SelfAttention(), LAST_CONV)),
    "minibatch standard deviation": lambda w: game(w, inserted(MinibatchStdDev(), FLATTEN)),
}


def step(kind: str, name: str, batch: int, width: int) -> Step:
    """The step of a class or with a part, on `batch` images for each update of the critic."""
    gan = paper(name, width) if kind == "class" else PARTS[name](width)
    rows = batch * gan.n_critic
    data = tf.random.uniform((rows, *SHAPE), -1, 1)
    if gan.targets:
        data = data, tf.range(rows) % NUM_CLASSES
    run = by_train_function(gan, tf.data.Dataset.from_tensors(data).repeat())
    return Step(run, rows, cycle=math.lcm(*(penalty.interval for penalty in gan.penalties)))
