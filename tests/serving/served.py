"""The small models that the tests of serving export, and inputs for their signatures."""

import numpy as np
import tensorflow as tf

import keras_gan

INVALID_ARGUMENT = 3


def conditional(**options):
    options = {"image_shape": (8, 8, 1), "latent_dim": 6, "width": 4} | options
    return vivid(keras_gan.CGAN(num_classes=10, seed=3, **options))


def unconditional():
    return vivid(keras_gan.DCGAN(image_shape=(12, 8, 3), latent_dim=5, width=4, seed=3))


def vivid(gan):
    """Larger weights, so that other latents are other pictures and not all the same grey."""
    networks = [gan.generator, gan.ema_generator, getattr(gan, "encoder", None)]
    for network in filter(None, networks):
        network.set_weights([w * 7 if w.ndim > 1 else w for w in network.get_weights()])
    return gan


class Retouching(keras_gan.CGAN):
    """A dummy of the models that also read pictures: its encoder takes means of the rows."""

    def extra_signatures(self):
        images = tf.TensorSpec((None, 8, 8, 1), tf.float32, name="images")
        return {
            "encode": (lambda images: {"latents": tf.reduce_mean(images, (2, 3))}, [images]),
            "reconstruct": (lambda images: {"images": -images}, [images]),
        }


def retouching():
    gan = Retouching(image_shape=(8, 8, 1), latent_dim=8, width=4, num_classes=10, seed=3)
    return vivid(gan)


def requests(gan, n, seed=0):
    """Inputs of n rows for every signature, written down here once more and not taken from ours."""
    rng = np.random.default_rng(seed)
    labels = {"labels": rng.integers(0, 10, n).astype("int32")} if gan.num_classes else {}
    truncation = {"truncation": rng.uniform(0.5, 1, n).astype("float32")}
    seeds = {"seed": rng.integers(0, 2**40, n)}
    ends = {"seed_from": rng.integers(0, 99, n), "seed_to": rng.integers(0, 99, n)}
    position = {"position": rng.uniform(0, 1, n).astype("float32")}
    latents = {"latents": rng.normal(size=(n, gan.latent_dim)).astype("float32")}
    found = {
        "serving_default": latents | labels,
        "from_seed": seeds | truncation | labels,
        "png": seeds | truncation | labels,
        "interpolate": ends | position | labels,
    }
    if isinstance(gan, Retouching):
        pictures = rng.uniform(size=(n, 8, 8, 1)).astype("float32")
        files = [tf.io.encode_png(np.uint8(picture * 255)).numpy() for picture in pictures]
        for name in ("encode", "reconstruct"):
            found[name] = {"images": pictures}
            found[f"{name}_png"] = {"image_bytes": np.array(files, object)}
    return found


def row(inputs, k):
    return {name: value[k : k + 1] for name, value in inputs.items()}
