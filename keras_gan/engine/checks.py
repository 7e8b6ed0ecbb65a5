"""What a game needs of its networks: that they fit each other."""

import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import keras

from keras_gan.core import packing, priors
from keras_gan.data.checks import check_count as check_count


def check_network(name: str, network: Any) -> None:
    """Checks that it is a Keras model whose inputs are known.

    Raises:
        ValueError: says what it is instead.
    """
    if not isinstance(network, keras.Model) or not getattr(network, "inputs", None):
        is_layer = isinstance(network, keras.layers.Layer)
        received = f"a {type(network).__name__}" if is_layer else f"{network!r}"
        wrap = " Expected, of x = keras.Input(shape), keras.Model(x, network(x))."
        raise ValueError(
            f"The {name} must be a functional or Sequential Keras model that begins with "
            f"keras.Input. Received: {name}={received} without known inputs."
            f"{wrap if is_layer else ''}"
        )
    weights = (w.dtype for w in network.trainable_weights)
    check_precision(f"a {name} with weights", weights)


def check_precision(what: str, dtypes: Iterable[str | None]) -> None:
    """Refuses weights of another type than float32, which steps and losses are worked out in."""
    others = sorted({str(dtype) for dtype in dtypes} - {"float32"})
    if others:
        raise ValueError(
            f"Weights are kept in float32. Received: {what} of {', '.join(others)}. Expected the "
            "dtype policy 'float32', 'mixed_bfloat16' or 'mixed_float16' when networks are made: "
            "keras.config.set_dtype_policy('float32')."
        )


def reads(network: keras.Model, image_shape: tuple[int | None, ...]) -> bool:
    """Whether what a network takes first can be images of this shape."""
    taken = network.inputs[0].shape[1:]
    return len(image_shape) == len(taken) and all(
        None in (a, b) or a == b for a, b in zip(image_shape, taken, strict=True)
    )


def check_reads(
    name: str, network: keras.Model, image_shape: tuple[int | None, ...], pack: int = 1
) -> None:
    """Checks that what a network takes first are images of this shape, or packs of them.

    Raises:
        ValueError: says what it takes instead.
    """
    check_network(name, network)
    image_shape = packing.shape_of(image_shape, pack)
    if not reads(network, image_shape):
        taken = network.inputs[0].shape[1:]
        in_packs = f", in packs of {pack}" if pack > 1 else ""
        raise ValueError(
            f"The {name} cannot take the images of this GAN. Received: {taken} taken, "
            f"{image_shape} made by the generator{in_packs}. Expected the same shape."
        )


def check_outputs(name: str, network: keras.Model, outputs: Sequence[str]) -> None:
    """Checks that a network takes one input, or two with a condition, and gives these outputs."""
    if len(network.inputs) > 2 or len(network.outputs) != len(outputs):
        raise ValueError(
            f"The {name} takes one input, or two with a condition, and has {len(outputs)} "
            f"output(s). Received: {len(network.inputs)} inputs, {len(network.outputs)} outputs. "
            f"Expected of outputs {', '.join(outputs)}."
        )


def check_networks(
    generator: keras.Model,
    image_shape: tuple[int | None, ...],
    discriminator: keras.Model,
    num_classes: int | None,
    critic_outputs: Sequence[str] = ("scores",),
    name: str = "discriminator",
    pack: int = 1,
) -> None:
    """Checks that a discriminator of this name can judge images of a generator, of this shape.

    One that gives class logits, "classes", as well is not told the class.

    Raises:
        ValueError: says what does not fit.
    """
    check_outputs(name, discriminator, critic_outputs)
    check_reads(name, discriminator, image_shape, pack)
    if "classes" in critic_outputs:
        if len(generator.inputs) != 2 or len(discriminator.inputs) != 1:
            raise ValueError(
                "The generator takes labels and the discriminator finds them. Received: a generator"
                f" of {len(generator.inputs)} and a discriminator of {len(discriminator.inputs)} "
                "inputs. Expected 2 and 1."
            )
        logits = discriminator.outputs[list(critic_outputs).index("classes")].shape[1:]
        if logits != (num_classes,):
            raise ValueError(
                "The discriminator's class logits are one for each class. Received: shape "
                f"{logits}. Expected ({num_classes},)."
            )
    elif len(generator.inputs) != len(discriminator.inputs):
        raise ValueError(
            "Either both networks take a condition or none does. Received: a generator of "
            f"{len(generator.inputs)} and a {name} of {len(discriminator.inputs)} inputs."
        )
    elif pack > 1 and len(discriminator.inputs) == 2:
        told = discriminator.inputs[1].shape[1:]
        expected = packing.shape_of(() if num_classes else generator.inputs[1].shape[1:], pack)
        if told != expected:
            raise ValueError(
                f"The {name} is told the conditions of all samples of a pack. Received: an input "
                f"of shape {told}. Expected {expected}."
            )
    check_classes("generator", generator, num_classes)


def logits(network: keras.Model, output: int) -> int:
    """How many logits one of the outputs has, at least 2.

    Raises:
        ValueError: for an output of another shape.
    """
    shape = network.outputs[output].shape[1:]
    if len(shape) != 1 or shape[0] < 2:
        raise ValueError(
            f"Output {output} of the network {network.name!r} is a logit for each of several "
            f"cases. Received: shape {shape}. Expected (n,), at least (2,)."
        )
    return shape[0]


def check_pairs(discriminator: keras.Model, image_shape: tuple, latent_dim: int) -> None:
    """Checks that a discriminator judges pairs of an image and latents.

    Raises:
        ValueError: says what it takes instead.
    """
    check_reads("discriminator", discriminator, image_shape)
    taken = [x.shape[1:] for x in discriminator.inputs[1:]]
    if taken != [(latent_dim,)] or len(discriminator.outputs) != 1:
        raise ValueError(
            "The discriminator takes [images, latents] and gives one output. Received: beside "
            f"images, {', '.join(map(str, taken)) or 'nothing'}; {len(discriminator.outputs)} "
            f"outputs. Expected ({latent_dim},)."
        )


def check_has_codes(prior: Any) -> None:
    """Refuses a prior that has nothing but noise."""
    if not isinstance(prior, priors.Joined) or len(prior.parts) < 2:
        raise ValueError(
            "Codes are what a prior draws beside noise, its first part. Received: prior="
            f"{type(prior).__name__}. Expected keras_gan.priors.Joined of two parts or more."
        )


def check_finds_codes(discriminator: keras.Model, size: int) -> None:
    """Refuses a discriminator that says another number of things of codes than they have."""
    said = discriminator.outputs[1].shape[1:]
    if said != (size,):
        raise ValueError(
            "The discriminator's second output says what codes it finds. Received: an output of "
            f"shape {said}. Expected ({size},), as long as the prior's codes."
        )


def check_judges_codes(discriminator: keras.Model, latent_dim: int) -> None:
    """Refuses a discriminator that does not take codes alone, and give one output."""
    taken = [x.shape[1:] for x in discriminator.inputs]
    if taken != [(latent_dim,)] or len(discriminator.outputs) != 1:
        raise ValueError(
            "The discriminator takes codes, which are as long as latents, and gives one output. "
            f"Received: {', '.join(map(str, taken))}; {len(discriminator.outputs)} outputs. "
            f"Expected ({latent_dim},)."
        )


def check_critic_of_pairs(discriminator: keras.Model, image_shape: tuple) -> None:
    """Checks that samples are two pictures side by side, each with a logit of its own.

    Raises:
        ValueError: says what they are instead.
    """
    if (
        len(image_shape) != 3
        or (image_shape[1] or 0) % 2
        or discriminator.output_shape != (None, 2)
    ):
        raise ValueError(
            "A sample is two pictures side by side, and the discriminator gives a logit for each. "
            f"Received: samples of shape {tuple(image_shape)}, and an output of shape "
            f"{discriminator.output_shape[1:]}. Expected (height, 2 * width, channels) and (2,)."
        )


def check_encoder(
    encoder: keras.Model, image_shape: tuple, size: int, what: str = "latents"
) -> None:
    """Checks that an encoder makes latents, or what they are drawn from, of images.

    Raises:
        ValueError: says what does not fit.
    """
    check_reads("encoder", encoder, image_shape)
    if encoder.output_shape[1:] != (size,):
        raise ValueError(
            f"The encoder gives {what}. Received: an output of shape {encoder.output_shape[1:]}. "
            f"Expected ({size},)."
        )


def check_classes(name: str, network: keras.Model, num_classes: int | None) -> None:
    """Checks that a network takes class labels where there are classes, and no others.

    Raises:
        ValueError: says what does not fit.
    """
    if num_classes is not None:
        check_count_of_classes(num_classes)
    shape = network.inputs[1].shape[1:] if len(network.inputs) == 2 else None
    if shape is None and num_classes is not None:
        raise ValueError(
            f"The {name} takes no labels. Received: num_classes={num_classes}. "
            "Expected None, or networks with an input for labels."
        )
    if shape not in (None, (), (1,)) and num_classes is not None:
        raise ValueError(
            f"The {name} takes arrays of shape {shape}, not labels. Received: "
            f"num_classes={num_classes}. Expected None."
        )
    if shape == () and num_classes is None:
        raise ValueError(
            f"The {name} takes labels, so num_classes is needed to check them. Received: None."
        )


def check_count_of_classes(num_classes: Any) -> None:
    """Refuses what is no number of classes."""
    if not isinstance(num_classes, numbers.Integral) or num_classes < 2:
        raise ValueError(
            f"Expected a whole num_classes >= 2. Received: num_classes={num_classes!r}."
        )


def check_classifier(
    generator: keras.Model, discriminator: keras.Model, num_classes: int | None
) -> None:
    """Checks that the discriminator is a classifier of what the generator makes of latents.

    Raises:
        ValueError: says what does not fit.
    """
    check_count_of_classes(num_classes)
    check_outputs("discriminator", discriminator, ("class logits",))
    check_reads("discriminator", discriminator, generator.output_shape[1:])
    if len(generator.inputs) != 1 or len(discriminator.inputs) != 1:
        raise ValueError(
            "Neither network is told labels, which the discriminator finds. Received: a generator "
            f"of {len(generator.inputs)} and a discriminator of {len(discriminator.inputs)} "
            "inputs. Expected one each."
        )
    if discriminator.output_shape[1:] != (num_classes,):
        raise ValueError(
            "The discriminator gives a logit for each class. Received: an output of shape "
            f"{discriminator.output_shape[1:]}. Expected ({num_classes},)."
        )


def check_apart(networks: dict[str, keras.Model]) -> None:
    """Refuses networks of which one would be moved by what another learns."""
    owner = {}
    for name, network in networks.items():
        shared = [weight.path for weight in network.weights if id(weight) in owner]
        if shared:
            other = next(owner[id(w)] for w in network.weights if id(w) in owner)
            raise ValueError(
                f"What one network learns would move the other. Received: a {other} and a {name} "
                f"that share {', '.join(shared)}. Expected layers of their own."
            )
        owner |= {id(weight): name for weight in network.weights}


def check_names(model: str, given: Iterable[str], networks: Sequence[str]) -> None:
    """Refuses arguments that are none of the model's networks."""
    unknown = [name for name in given if name not in networks]
    if unknown:
        raise TypeError(
            f"{model} takes no argument {', '.join(unknown)}. Expected, of networks, "
            f"{', '.join(networks)}."
        )


def check_prior(prior: Any, latent_dim: int) -> None:
    """Refuses a prior whose latents have another length than the generator takes."""
    if prior.size not in (None, latent_dim):
        raise ValueError(
            f"The generator takes latents of another length than the prior draws. Received: "
            f"latent_dim={latent_dim} and {type(prior).__name__} of size {prior.size}."
        )


def check_can_build(gan: Any) -> None:
    """Checks what a class needs that builds networks of its own."""
    name, num_classes = type(gan).__name__, gan.num_classes
    if gan.conditional is True and num_classes is None:
        raise ValueError(f"{name} needs num_classes, at least 2. Received: None.")
    if gan.conditional is False and num_classes is not None:
        raise ValueError(
            f"{name} takes no class labels. Received: num_classes={num_classes}. "
            "Expected None, or a class that takes them, such as CGAN."
        )
    check_precision("a dtype policy", [keras.config.dtype_policy().variable_dtype])


def refuse_without_shape(model: str, networks: Sequence[str], missing: Sequence[str]) -> None:
    """Refuses to build networks for images of no known shape."""
    given = [f"{name}=" for name in networks if name not in missing]
    raise ValueError(
        f"{model} needs image_shape=(height, width, channels), or "
        f"{' and '.join(f'{name}=' for name in networks)}. Received: "
        f"{' and '.join(given) + ' alone' if given else 'neither'}."
    )


def check_translators(gan: Any) -> None:
    """Checks that two generators and two critics are of two kinds of pictures, and no third.

    Sets `condition_shape`, which may have been asked for.

    Raises:
        ValueError: says what does not fit.
    """
    asked, gan.condition_shape = gan.condition_shape, gan.condition.shape
    check_given(gan, condition_shape=asked)
    a, b = gan.image_shape, gan.condition_shape
    check_reads("generator_ab", gan.generator_ab, a)
    check_reads("discriminator_a", gan.discriminator_a, a)
    check_reads("discriminator_b", gan.discriminator_b, b)
    if gan.generator_ab.output_shape[1:] != b:
        raise ValueError(
            "Each generator makes what the other takes. Received: generator_ab makes "
            f"{gan.generator_ab.output_shape[1:]}, generator_ba takes {b}."
        )
    if gan.identity_weight and a != b:
        raise ValueError(
            "The identity compares pictures of both kinds. Received: identity_weight="
            f"{gan.identity_weight} for {a} and {b}. Expected identity_weight=0."
        )


def check_width(width: int | None, missing: Sequence[str]) -> None:
    """Refuses a width where all networks are there already, so that none would have it."""
    if width is not None and not missing:
        raise ValueError(
            "The networks that are given have a width already. "
            f"Received: width={width}. Expected None."
        )


def check_number(what: str, number: Any, count: int) -> None:
    """Refuses a number of something of which there are `count`.

    Raises:
        ValueError: says which there are.
    """
    if not isinstance(number, numbers.Integral) or not 0 <= number < count:
        raise ValueError(
            f"There is no such {what}. Received: {what}={number!r}. Expected a whole number from 0 "
            f"to {count - 1}."
        )


def check_given(gan: Any, **sizes: Any) -> None:
    """Refuses sizes that were asked for, or None, where they are not those of the networks."""
    for name, size in sizes.items():
        own = getattr(gan, name)
        if size is not None and keras.tree.flatten(size) != keras.tree.flatten(own):
            raise ValueError(
                f"The networks of this {type(gan).__name__} have another {name}. "
                f"Received: {name}={size}. Expected {own}, or None."
            )
