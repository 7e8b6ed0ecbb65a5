"""A small classifier for extractors to look into, and images for it."""

import keras
import numpy as np
from keras import layers


def network(shape=(8, 8, 1), classes=4):
    """A classifier with batch normalisation and dropout, which only training may notice."""
    x = inputs = keras.Input(shape)
    x = layers.Conv2D(6, 3, activation="relu", name="maps")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.GlobalMaxPooling2D(name="max")(x)
    x = layers.Dense(5, activation="tanh", name="wide")(x)
    x = layers.Dropout(0.5, name="drop")(x)
    logits = layers.Dense(classes, name="logits")(x)
    return keras.Model(inputs, layers.Softmax(name="soft")(logits), name="judge")


def eight_bits(n=6, shape=(8, 8, 1), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)
