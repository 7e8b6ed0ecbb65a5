"""A report as a run on the digits would write it, and its pictures, from real digits."""

import copy

import numpy as np

from keras_gan.reporting.pictures import Pictures

REPORT = {
    "title": "runs/digits-cgan",
    "keras_gan": "0.1.0",
    "created": "2026-11-20T19:05:00+00:00",
    "model": {
        "class": "CGAN",
        "path": "runs/digits-cgan/model.keras",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "image_shape": [8, 8, 1],
        "latent_dim": 100,
        "num_classes": 10,
        "parameters": 1234567,
        "step": 14070,
    },
    "data": {
        "source": "digits",
        "class_names": [str(i) for i in range(10)],
        "train": {"split": "train", "size": 1078, "sha256": "60303ae22b998861" * 4},
        "held_out": {"split": "test", "size": 719, "sha256": "fd61a03af4f77d87" * 4},
    },
    "protocol": {
        "samples": 10000,
        "reference": 719,
        "seed": 0,
        "truncation": 1.0,
        "k": 5,
        "extractor": "classifier-digits",
        "resize": "8x8",
        "comparison_only": False,
        "rounding": "8 bits",
        "extractor_note": "gets 99.1% of the held-out images right",
    },
    "versions": {
        "python": "3.11.2",
        "tensorflow": "2.21.0",
        "keras": "3.15.1",
        "numpy": "2.4.0",
    },
    "metrics": [],
    "classes": None,
    "findings": [
        {
            "kind": "memorisation",
            "level": "good",
            "title": "No sign of memorisation",
            "text": "Samples are as far from the training images as held-out images are.",
        },
        {
            "kind": "mode_collapse",
            "level": "problem",
            "title": "Two classes are missing",
            "text": "Among 10,000 samples there is no 3 and no 8. Train with the penalty R1, a "
            "smaller learning rate or larger batches, and look at recall during training.",
        },
        {
            "kind": "critic_won",
            "level": "warning",
            "title": "The discriminator is winning",
            "text": "It tells 97% of the samples from real images. The generator learns little "
            "from it now: add a penalty, or slow it down.",
        },
    ],
    "history": {
        "epoch": list(range(1, 11)),
        "loss": [2.09, 2.09, 2.09, 2.08, 2.09, 2.09, 2.1, 2.1, 2.11, 2.12],
        "g_loss": [0.77, 0.73, 0.73, 0.72, 0.74, 0.76, 0.79, 0.8, 0.83, 0.85],
        "d_loss": [1.32, 1.36, 1.36, 1.36, 1.35, 1.33, 1.31, 1.3, 1.28, 1.27],
        "r1": [0.038, 0.027, 0.023, 0.022, 0.02, 0.02, 0.019, 0.018, 0.018, 0.017],
        "d_real": [0.19, 0.07, 0.06, 0.06, 0.08, 0.1, 0.13, 0.15, 0.18, 0.2],
        "d_fake": [-0.12, -0.07, -0.06, -0.05, -0.08, -0.1, -0.12, -0.16, -0.18, -0.2],
        "val_g_loss": [0.78, 0.74, 0.74, 0.73, 0.75, 0.78, 0.81, 0.83, 0.86, 0.88],
        "val_fid": [None, None, 41.0, None, None, 18.2, None, None, 9.7, 6.9],
    },
}


def _metric(key, name, title, group, value, real, better, about, **more):
    return {
        "key": key,
        "name": name,
        "title": title,
        "group": group,
        "value": value,
        "spread": None,
        "real": real,
        "better": better,
        "about": about,
        "note": None,
    } | more


REPORT["metrics"] = [
    _metric(
        *("fid", "fid10k_classifier-digits", "Fréchet distance", "distance", 6.92, 0.96, "lower"),
        "How far the samples as a whole are from the real images, in quality and variety.",
    ),
    _metric(
        *("kid", "kid10k_classifier-digits", "Kernel distance", "distance", 0.0213, -2e-5),
        *("lower", "The same question, asked so that the number of samples does not matter."),
        spread=0.0031,
    ),
    _metric(
        *("precision", "precision10k_k5_classifier-digits", "Precision", "variety", 0.892, 0.94),
        *("higher", "The share of samples that look like a real image."),
    ),
    _metric(
        *("recall", "recall10k_k5_classifier-digits", "Recall", "variety", 0.613, 0.948),
        *("higher", "The share of real images that the generator could have made."),
    ),
    _metric(
        *("density", "density10k_k5_classifier-digits", "Density", "variety", 1.02, 0.931),
        *("higher", "How crowded with real images the places are where samples lie."),
    ),
    _metric(
        *("coverage", "coverage10k_k5_classifier-digits", "Coverage", "variety", 0.701, 0.95),
        *("higher", "The share of real images that have a sample nearby."),
    ),
    _metric(
        *("modes", "modes10k_classifier-digits", "Classes found", "variety", 8.0, 10.0, "higher"),
        "How many classes a classifier sees among the generated images.",
    ),
    _metric(
        *("right_label", "right_label10k_classifier-digits", "Right label", "labels", 0.988),
        *(0.994, "higher", "How often a classifier reads the label that was asked for."),
    ),
    _metric(
        *("memorisation_z", "memorisation_z10k_classifier-digits", "Data-copying test, z"),
        *("memory", 1.04, -0.21, "real", "Below -3 samples lie too near to training images."),
    ),
    _metric(
        *("accuracy_fake", "accuracy_fake10k", "Discriminator on samples", "discriminator", 0.97),
        *(None, "real", "The share of samples that the discriminator sees through."),
    ),
    _metric(
        *("path_length", "path_length500_classifier-digits", "Perceptual path length", "latent"),
        *(None, None, "lower", "How abruptly images change as their latents do."),
        note="not finite",
    ),
]

_MISSING = (3, 8)
REPORT["classes"] = [
    {
        "name": str(i),
        "real_share": 0.1 + (i % 3 - 1) / 200,
        "fake_share": 0.0 if i in _MISSING else 0.118 + (i % 4) / 200,
        "right": None if i in _MISSING else 0.98 + i / 1000,
        "precision": None if i in _MISSING else 0.86 + i / 100,
        "recall": 0.0 if i in _MISSING else 0.7 + i / 100,
        "coverage": 0.01 if i in _MISSING else 0.84 + i / 100,
    }
    for i in range(10)
]


def make_report(**changes):
    return copy.deepcopy(REPORT) | changes


def make_pictures(images, labels, **changes):
    """All pictures of a report; the samples are real images with a little noise."""
    random = np.random.default_rng(0)
    samples = np.clip(images[200:300] + random.normal(0, 0.06, images[:100].shape), -1, 1)
    apart = np.sqrt(((samples[:8, None] - images[None, :200]) ** 2).sum((2, 3, 4)))
    near = np.argsort(apart, axis=1)[:, :5]
    steps = np.linspace(0, 1, 10)[None, :, None, None, None]
    ends = images[:12].reshape(2, 6, 1, *images.shape[1:])
    parts = {
        "samples": samples[:64],
        "real": images[300:364],
        "by_class": np.stack([images[labels == i][:10] for i in range(10)]),
        "neighbours": (samples[:8], images[near], np.take_along_axis(apart, near, axis=1)),
        "interpolations": ends[0] * (1 - steps) + ends[1] * steps,
        "truncations": ([0.25, 0.5, 0.75, 1.0], images[40:80].reshape(4, 10, *images.shape[1:])),
    }
    return Pictures(**parts | changes)
