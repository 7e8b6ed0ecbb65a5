"""What a GAN is made of, and how all of it is kept in a file: the networks and their average.

How they are trained is `keras_gan.engine.gan`.
"""

import inspect
import random
from typing import Any

import keras
import tensorflow as tf

from keras_gan.core import noise
from keras_gan.core.networks import copy_of
from keras_gan.engine import checks, inputs, replicas
from keras_gan.engine.model import GenerativeModel, call_network


class Adversaries(GenerativeModel):
    """A generator, its moving average, a discriminator, and what further networks a class has.

    The arguments are those of `keras_gan.GAN`.
    """

    conditional: bool | None = False
    """Whether the class brings networks that take a label; None: if `num_classes` is given."""

    classifies: bool = False
    """Whether the discriminator, instead of being told the class, gives its logits as well."""

    networks: tuple[str, ...] = ("generator", "discriminator")
    """The attributes that are trained, each by its `<name>_optimizer`."""

    def __init__(
        self,
        generator: keras.Model | tuple[int, ...] | None = None,
        discriminator: keras.Model | None = None,
        *,
        image_shape: tuple[int, ...] | None = None,
        latent_dim: int | None = None,
        num_classes: int | None = None,
        width: int | None = None,
        seed: int | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype="float32")  # its networks have policies of their own
        if isinstance(generator, (tuple, list)) and image_shape is None:
            generator, image_shape = None, tuple(generator)
        if len(self.networks) == 2:  # a further one may have the width
            checks.check_width(width, generator, discriminator)
        options = {"num_classes": num_classes, "width": width}
        options = {name: value for name, value in options.items() if value is not None}
        if generator is None and image_shape is None:
            raise ValueError(
                f"{type(self).__name__} needs image_shape=(height, width, channels), or "
                "generator= and discriminator=. Received: "
                f"{'neither' if discriminator is None else 'discriminator= alone'}."
            )
        if generator is None or discriminator is None:
            self._check_can_build(num_classes)
            policy = keras.config.dtype_policy()
            checks.check_precision("a dtype policy", [policy.variable_dtype])
        if generator is None:
            latents = {} if latent_dim is None else {"latent_dim": latent_dim}
            generator = self.build_generator(image_shape, **latents, **options)
        checks.check_network("generator", generator)
        if discriminator is None:
            discriminator = self.build_discriminator(generator.output_shape[1:], **options)
        checks.check_networks(generator, discriminator, num_classes, self.classifies)
        self.generator = generator
        self.discriminator = discriminator
        self.num_classes = num_classes
        self.seed = random.randrange(2**63) if seed is None else seed
        noise.check_seed(self.seed)
        self.image_shape = generator.output_shape[1:]
        self.latent_dim = generator.inputs[0].shape[-1]
        checks.check_given(self, image_shape=image_shape, latent_dim=latent_dim)
        self.takes_condition = len(generator.inputs) == 2
        self._average = copy_of(generator)
        self._average.trainable = False
        self.step = self.add_weight(
            name="step",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self.ema_decay = checks.PLAIN["ema_decay"]
        self.built = True

    def build_generator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        """The generator that the paper's class brings.

        Args:
            image_shape: Shape of an image.
            options: `latent_dim`, `num_classes` and `width`, those that the class was given.
        """
        raise ValueError(f"{type(self).__name__} brings no networks: pass generator=.")

    def build_discriminator(self, image_shape: tuple[int, ...], **options: Any) -> keras.Model:
        """The discriminator that the paper's class brings, its options as in `build_generator`."""
        raise ValueError(f"{type(self).__name__} brings no networks: pass discriminator=.")

    def _check_can_build(self, num_classes: int | None) -> None:
        name = type(self).__name__
        if self.conditional is True and num_classes is None:
            raise ValueError(f"{name} needs num_classes, at least 2. Received: None.")
        if self.conditional is False and num_classes is not None:
            raise ValueError(
                f"{name} takes no class labels. Received: num_classes={num_classes}. "
                "Expected None, or a class that takes them, such as CGAN."
            )

    @property
    def ema_generator(self) -> keras.Model:
        """The averaged generator, used by `sample`, `predict`, `export` and the metrics."""
        return self._average if self.ema_decay != 0 else self.generator

    # -- what they do ------------------------------------------------------------------------------

    def generate(
        self, latents: tf.Tensor, condition: tf.Tensor | None, training: bool
    ) -> tf.Tensor:
        """float32 images of the generator."""
        return call_network(self.generator, latents, condition, training)

    def score(self, images: tf.Tensor, condition: tf.Tensor | None, training: bool) -> tf.Tensor:
        """float32 logits of the discriminator."""
        return call_network(self.discriminator, images, condition, training)

    def unpack(self, data: Any) -> tuple[tf.Tensor, tf.Tensor | None]:
        """float32 images in [-1, 1] and the condition, class numbers or pictures, of a batch."""
        images, condition = inputs.as_pair(data)
        if not self.takes_condition:
            condition = None
        elif not self.num_classes and condition is not None:
            condition = inputs.scaled(condition)
        return inputs.scaled(images), condition

    def update_average(self) -> None:
        """Averages the generator's weights and copies its statistics."""
        if self.ema_decay == 0:
            return
        t = tf.cast(self.step.value, "float32")
        rate = 1.0 - tf.minimum(self.ema_decay, (1.0 + t) / (10.0 + t))
        averaged, copied = [], []
        for average, weight in zip(self._average.weights, self.generator.weights, strict=True):
            (averaged if weight.trainable else copied).append((average.value, weight.value))
        replicas.update(averaged, lambda a, w, r: a.assign_sub(r * (a - w)), rate)
        replicas.update(copied, lambda a, w: a.assign(w))

    # -- what is kept ------------------------------------------------------------------------------

    def _optimizer(self, network: str) -> keras.optimizers.Optimizer:
        return getattr(self, f"{network}_optimizer")

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """Those of the `networks`, once compiled."""
        return [self._optimizer(name) for name in self.networks] if self.compiled else []

    def _random_states(self) -> list[keras.Variable]:
        """The seeds of Dropout and the like, which Keras does not save."""
        networks = [getattr(self, name) for name in self.networks]
        weights = {id(weight) for network in networks for weight in network.weights}
        states = [v for network in networks for v in network.variables if id(v) not in weights]
        return [*states, *(generator.state for generator in self._seed_generators)]

    def _own_variables(self) -> list[keras.Variable]:
        """What a subclass adds by `add_weight` or as a `keras.Variable`."""
        own = [*self._trainable_variables, *self._non_trainable_variables]
        return [variable for variable in own if variable is not self.step]

    def _memories(self) -> dict[str, keras.Variable]:
        """What else a model remembers, by name."""
        return {}

    @property
    def variables(self) -> list[keras.Variable]:
        """All state but the optimizers': weights, metrics, seeds, what the game remembers."""
        return [*super().variables, *self._memories().values()]

    def settle_average(self) -> None:
        """Without a decay the average, which no step moves then, is the generator as it is."""
        if self.ema_decay == 0:
            self._average.set_weights(self.generator.get_weights())

    def __dir__(self) -> list[str]:
        """Keras saves what is in here, under the first of its names: the generator's own."""
        names = super().__dir__()
        return [name for name in names if self.ema_decay != 0 or name != "ema_generator"]

    def save_own_variables(self, store: Any) -> None:
        self.settle_average()
        store["0"] = self.step.numpy()
        for k, variable in enumerate(self._own_variables()):
            store[f"own_{k}"] = variable.numpy()
        for k, state in enumerate(self._random_states()):
            store[f"random_{k}"] = state.numpy()
        for name, state in self._memories().items():
            store[name] = state.numpy()

    def load_own_variables(self, store: Any) -> None:
        self.step.assign(store["0"])
        numbered = {"own": self._own_variables(), "random": self._random_states()}
        for kind, variables in numbered.items():
            for k, variable in enumerate(variables):
                if f"{kind}_{k}" in store:  # a file of a class that had fewer of them
                    variable.assign(store[f"{kind}_{k}"])
        for name, state in self._memories().items():
            if name in store:  # a file of a game without this penalty leaves it as it is
                state.assign(store[name])

    def get_config(self) -> dict:
        """The networks, and all arguments of `__init__` that are attributes of the same name."""
        classes = [cls for cls in type(self).__mro__ if issubclass(cls, Adversaries)]
        arguments = [
            a for cls in classes for a in inspect.signature(cls.__init__).parameters.values()
        ]
        named = {a.name for a in arguments if a.kind in (a.POSITIONAL_OR_KEYWORD, a.KEYWORD_ONLY)}
        kept = {name: getattr(self, name) for name in sorted(named) if hasattr(self, name)}
        return {name: keras.saving.serialize_keras_object(value) for name, value in kept.items()}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "Adversaries":
        networks = {
            name: keras.saving.deserialize_keras_object(value, custom_objects=custom_objects)
            for name, value in config.items()
            if isinstance(value, dict)
        }
        return cls(**config | networks)
