"""The networks of a model: which there are, what they make, and their averages.

How they are trained is `keras_gan.engine.game`.
"""

import random
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_gan.core import kinds, noise, packing, priors
from keras_gan.core.networks import copy_of
from keras_gan.engine import checks, conditions, inputs, replicas
from keras_gan.engine.model import GenerativeModel, call_network

_FORMER_HOOKS = {
    "begin": "forward(batch, training)",
    "classifies": 'critic_outputs = ("scores", "classes")',
    "draw_latents": "prior = keras_gan.priors.Uniform(), or a function of (shape, key)",
    "helper_terms": "player_terms(out)",
    "look": "criticize(critic, samples, condition, training)",
    "score": "criticize(critic, samples, condition, training)",
}


class Players(GenerativeModel):
    """Named networks, of which one makes samples.

    Args:
        given: The networks by name; None, or missing, for those that the class builds.
        image_shape, latent_dim, num_classes, width, seed, prior, kind, name: As in `keras_gan.GAN`.

    Raises:
        ValueError: if networks are missing, or do not fit each other.
    """

    networks: tuple[str, ...] = ("generator",)
    """The attributes that are trained, each one Keras model with its `<name>_optimizer`."""

    critics: tuple[str, ...] = ()
    """Those of the `networks` that tell real samples from made ones."""

    averaged: tuple[str, ...] = ("generator",)
    """Those of the `networks` that have a moving average, `ema_<name>`."""

    sampler: str = "generator"
    """The one of them that samples come from."""

    sampler_inputs: tuple[str, ...] = ("latents", "condition")
    """What its inputs are, the last one if it has it."""

    sampler_outputs: tuple[str, ...] = ("samples",)
    """What each of its outputs is."""

    prior: priors.Prior | Callable = priors.Normal()
    """Where latents come from, in training as in sampling."""

    conditional: bool | None = False
    """Whether the class brings networks that take a label; None: if `num_classes` is given."""

    shaping: tuple[str, ...] = ()
    """Arguments of `__init__` that say which networks there are, or what they take."""

    pack: int = 1
    """Samples that a critic sees at once."""

    ema_decay = 0.999

    condition_from: str | None = None
    """What a batch has beside samples, if it is no class: "pictures", or "unpaired" ones. Of
    "samples" the class makes the condition itself where a batch has none: see `condition_of`."""

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        for hook in _FORMER_HOOKS.keys() & vars(cls).keys():
            raise TypeError(
                f"The engine would not call this. Received: {cls.__name__}.{hook}. Expected "
                f"{_FORMER_HOOKS[hook]}."
            )
        for name in cls.averaged:
            setattr(cls, f"ema_{name}", _average_of(name))

    def __init__(
        self,
        given: dict[str, keras.Model | None],
        *,
        image_shape: tuple[int, ...] | None = None,
        latent_dim: int | None = None,
        num_classes: int | None = None,
        width: int | None = None,
        seed: int | None = None,
        prior: priors.Prior | None = None,
        kind: kinds.Kind | None = None,
        pack: int = 1,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype="float32")  # its networks have policies of their own
        self.pack = packing.check_size(pack)
        if self.pack > 1 and not self._can_pack():
            name = type(self).__name__
            reason = f"{name} has no critics of samples that could be shown packs"
            if self.critics:
                reason = (
                    f"The critics of {name} do not give scores of one sample each, alone, so that "
                    "they cannot be shown packs"
                )
            raise ValueError(f"{reason}. Received: pack={pack}. Expected 1.")
        checks.check_names(type(self).__name__, given, self.networks)
        if isinstance(given.get(self.networks[0]), (tuple, list)) and image_shape is None:
            image_shape = tuple(given[self.networks[0]])
            given = given | {self.networks[0]: None}
        self.prior = priors.get(self.prior if prior is None else prior)
        self.num_classes = num_classes
        length = self.prior.size if latent_dim is None else latent_dim
        options = {"latent_dim": length, "width": width}
        self._set_networks(given, image_shape, options)
        self.kind = kind or self.kind or kinds.of(self.image_shape)
        if kind is not None:
            kind.check_drawable(self.image_shape)
        self.check_networks()
        checks.check_apart({name: getattr(self, name) for name in self.networks})
        checks.check_given(self, image_shape=image_shape, latent_dim=latent_dim)
        checks.check_prior(self.prior, self.latent_dim)
        self.seed = random.randrange(2**63) if seed is None else seed
        noise.check_seed(self.seed)
        for network in self.averaged:
            average = copy_of(getattr(self, network))
            average.trainable = False
            setattr(self, f"_average_{network}", average)
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self.built = True

    def _can_pack(self) -> bool:
        """Whether what the critics are shown can be packs."""
        return False

    def _set_networks(self, given: dict, image_shape: tuple | None, options: dict) -> None:
        missing = [name for name in self.networks if given.get(name) is None]
        checks.check_width(options["width"], missing)
        if self.sampler in missing and image_shape is None:
            checks.refuse_without_shape(type(self).__name__, self.networks, missing)
        if {self.sampler, *self.critics} & set(missing):
            checks.check_can_build(self)
        self.image_shape = image_shape
        options = {"num_classes": self.num_classes, **options}
        options = {name: value for name, value in options.items() if value is not None}
        for name in sorted(self.networks, key=lambda name: name != self.sampler):
            network = given.get(name)
            if network is None:
                network = self.build_network(name, **options)
            checks.check_network(name, network)
            setattr(self, name, network)
            if name == self.sampler:
                options.pop("latent_dim", None)
                self.describe_samples()

    def build_network(self, name: str, **options: Any) -> keras.Model:
        """The network that the class brings, by its `build_<name>(image_shape, **options)`.

        Args:
            name: One of `networks`.
            options: `num_classes` and `width`, those that the class was given, and `latent_dim` of
                the `sampler`, which comes first.
        """
        build = getattr(self, f"build_{name}", None)
        if build is None:
            raise ValueError(f"{type(self).__name__} brings no networks: pass {name}=.")
        if name not in self.critics or self.pack == 1:
            return build(self.image_shape, **options)
        told = {"pack": self.pack} if self.num_classes else {}
        return build(packing.shape_of(self.image_shape, self.pack), **told, **options)

    @property
    def least_rows(self) -> int:
        """Samples that an update needs at least, on each replica."""
        return self.pack

    def describe_samples(self) -> None:
        """Sets what follows from the network that makes samples: their shape, what it is given."""
        network = getattr(self, self.sampler)
        checks.check_outputs(self.sampler, network, self.sampler_outputs)
        shapes = {n: x.shape[1:] for n, x in zip(self.sampler_inputs, network.inputs, strict=False)}
        self.image_shape = self.sampled().shape[1:]
        self.latent_dim = shapes["latents"][-1] if "latents" in shapes else 0
        self.takes_condition = "condition" in shapes
        self.condition = conditions.of(shapes.get("condition"), self.num_classes)

    def sampled(self) -> keras.KerasTensor:
        """The output of the sampler that is samples."""
        return getattr(self, self.sampler).outputs[self.sampler_outputs.index("samples")]

    @property
    def targets(self) -> conditions.Nothing:
        """What a batch has beside samples: what they are made from, where a class says no more."""
        return self.condition

    def check_networks(self) -> None:
        """Checks that the networks fit each other.

        Raises:
            ValueError: says what does not fit.
        """
        checks.check_classes(self.sampler, getattr(self, self.sampler), self.num_classes)

    def trained(self, name: str) -> list[keras.Variable]:
        """What the optimizer of a network moves: its weights, and what a class trains with them."""
        return getattr(self, name).trainable_variables

    def resting(self, name: str) -> list[keras.Variable]:
        """Those of the `trained` variables that nothing depends on for now, and that stay."""
        return []

    def network(self, name: str, training: bool) -> keras.Model:
        """The network that is trained, or in use its average, where it has one."""
        averaged = name in self.averaged and not training
        return getattr(self, f"ema_{name}" if averaged else name)

    # -- what they do ------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Images from latents, or from `(latents, condition)`, by the averaged generator."""
        latents, condition = inputs if isinstance(inputs, (tuple, list)) else (inputs, None)
        return self.in_use(latents, condition, training)

    def generate(self, latents: tf.Tensor, condition: Any, training: bool) -> tf.Tensor:
        """float32 samples: of the network that is trained, or of what is used."""
        if not training:
            return self.in_use(latents, condition, training)
        return self.made_by(self.network(self.sampler, training), latents, condition, training)

    def in_use(self, latents: tf.Tensor, condition: Any, training: bool = False) -> tf.Tensor:
        """float32 samples of what is used: the average of the network that is trained."""
        return self.made_by(self.network(self.sampler, False), latents, condition, training)

    def made_by(
        self, network: keras.Model, latents: Any, condition: Any, training: bool
    ) -> tf.Tensor:
        """The float32 samples that the `sampler`, or its average, gives: what is used of them."""
        given = {"latents": latents, "condition": condition if self.takes_condition else None}
        given = [given[name] for name in self.sampler_inputs]
        made = call_network(network, given, None, training)
        return made[self.sampler_outputs.index("samples")] if isinstance(made, list) else made

    def condition_of(self, samples: tf.Tensor, key: tf.Tensor) -> tf.Tensor | None:
        """The condition of samples that came without one, for `condition_from = "samples"`."""
        return None

    def unpack(self, data: Any) -> tuple[tf.Tensor, tf.Tensor | None]:
        """float32 images in [-1, 1] and the condition of a batch."""
        images, condition = (
            part if part is None else tf.convert_to_tensor(part) for part in inputs.as_pair(data)
        )
        return self.kind.scale(images), self.targets.prepare(condition)

    def averaged_steps(self) -> tf.Tensor:
        """How many steps the averages are of."""
        return self.step.value

    def update_averages(self) -> None:
        """Averages weights and copies statistics, a step's last act."""
        if self.ema_decay == 0:
            return
        t = tf.cast(self.averaged_steps(), "float32")
        rate = 1.0 - tf.minimum(self.ema_decay, (1.0 + t) / (10.0 + t))
        averaged, copied = [], []
        for name in self.averaged:
            average, network = getattr(self, f"_average_{name}"), getattr(self, name)
            for mean, weight in zip(average.weights, network.weights, strict=True):
                (averaged if weight.trainable else copied).append((mean.value, weight.value))
        replicas.update(averaged, lambda a, w, r: a.assign_sub(r * (a - w)), rate)
        replicas.update(copied, lambda a, w: a.assign(w))

    def sync_averages(self) -> None:
        """Without a decay an average, which no step moves then, is the network as it is."""
        if self.ema_decay == 0:
            for name in self.averaged:
                getattr(self, f"_average_{name}").set_weights(getattr(self, name).get_weights())

    def get_config(self) -> dict:
        config = super().get_config()
        if isinstance(self.prior, priors.Drawn):  # the class brings it
            del config["prior"]
        if self.kind == (type(self).kind or kinds.of(self.image_shape)):
            del config["kind"]
        return config


def _average_of(name: str) -> property:
    def average(self: Players) -> keras.Model:
        return getattr(self, f"_average_{name}" if self.ema_decay != 0 else name)

    return property(average, doc=f"The average of the {name}, which is what is used.")
