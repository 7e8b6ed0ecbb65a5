"""GAN: a generator and a discriminator, with the settings of their game."""

from typing import Any

import keras
import tensorflow as tf

from keras_gan import augment as augmentations
from keras_gan import losses
from keras_gan.core import kinds, noise, packing, priors
from keras_gan.engine import checks, compilation, replicas
from keras_gan.engine.game import Game
from keras_gan.engine.outputs import Outputs, Terms, log_name
from keras_gan.engine.updates import at_rest
from keras_gan.penalties import Penalty

AUGMENT = 1 << 20  # beyond the keys of latents and penalties


@keras.saving.register_keras_serializable("keras_gan")
class GAN(Game):
    r"""A generator and a discriminator that train each other under Keras' own `compile` and `fit`.

    A batch is images, or `(images, condition)`; a class label is a condition, and so is an array of
    any shape. uint8 images are 0..255 and are rescaled in the step; float images belong in
    [-1, 1]. Labels given to an unconditional model are ignored.

    Args:
        generator: Keras model from latents `(batch, latent_dim)`, or `[latents, condition]`, to
            images `(batch, height, width, channels)` in [-1, 1], or to samples of another rank. A
            tuple here is the `image_shape`.
        discriminator: Keras model from images, or `[images, condition]`, to logits.
        image_shape: `(height, width, channels)`, for the classes that bring networks of their own.
        latent_dim: Length of the latent vectors.
        num_classes: Number of classes of a class-conditional model.
        width: Filters of the narrowest layer of the networks that the class brings.
        seed: All the noise of training follows from it. Drawn at random if not given.
        prior: A `keras_gan.priors.Prior`, of which latents are drawn; N(0, I) if not given, but for
            a class with another one.
        kind: What samples are, such as `keras_gan.kinds.Tokens(vocabulary)`; what their shape, or
            the class, says if not given. It is saved and exported with the model.
        pack: Samples that the discriminator sees at once (PacGAN): it takes that many times the
            channels, or features, and with labels those of all of them, `(batch, pack)`. Batches
            must be whole packs on each replica. The loss is that of packs, and so are penalties.
        name: Name of the model.
        networks: Further ones of the class's `networks`, by name.

    Raises:
        ValueError: if the networks are missing, or do not fit each other.

    Example:

    >>> gan = keras_gan.GAN(my_generator, my_discriminator)
    >>> gan.compile()
    >>> gan.fit(images, epochs=20)
    >>> gan.sample(64, seed=0).shape
    (64, 28, 28, 1)

    References:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661.
        Lin et al., 2018, https://arxiv.org/abs/1712.04086 (pack).
    """

    networks = ("generator", "discriminator")
    critics = ("discriminator",)
    shaping = ("pack",)
    augment: augmentations.Augment | None = None

    packs: bool | None = None
    """Whether critics can be shown packs; None: if they give scores of one sample each, alone."""

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
        prior: priors.Prior | None = None,
        kind: kinds.Kind | None = None,
        pack: int = 1,
        name: str | None = None,
        **networks: keras.Model | None,
    ):
        given = dict(zip(self.networks, (generator, discriminator), strict=False)) | networks
        super().__init__(
            given,
            image_shape=image_shape,
            latent_dim=latent_dim,
            num_classes=num_classes,
            width=width,
            seed=seed,
            prior=prior,
            kind=kind,
            pack=pack,
            name=name,
        )

    def check_networks(self) -> None:
        for name in self.critics:
            checks.check_networks(
                self.generator,
                self.image_shape,
                getattr(self, name),
                self.num_classes,
                self.critic_outputs,
                name,
                self.pack,
            )

    def _can_pack(self) -> bool:
        if self.packs is not None:
            return self.packs
        plain = self.judges_samples and self.condition_from is None
        return plain and self.critic_outputs == ("scores",) and self.fakes_per_real == 1

    def default_settings(self) -> dict[str, Any]:
        plain = {"loss": "non_saturating", "augment": None, "n_critic": 1}
        return plain | {"updates": "simultaneous"} | super().default_settings()

    def compile(
        self,
        *,
        loss: str | losses.Loss | None = None,
        penalties: str | Penalty | list | None = None,
        augment: str | augmentations.Augment | None = None,
        generator_optimizer: str | keras.optimizers.Optimizer | None = None,
        discriminator_optimizer: str | keras.optimizers.Optimizer | None = None,
        n_critic: int | None = None,
        ema_decay: float | None = None,
        updates: str | None = None,
        metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool = False,
        **optimizers: str | keras.optimizers.Optimizer | None,
    ) -> None:
        """Sets how both are trained; what is left out is the paper's (`defaults()`).

        Args:
            loss: A `keras_gan.losses.Loss` or its name.
            penalties: One or a list of `keras_gan.penalties.Penalty` or their names, `[]` for none.
            augment: A `keras_gan.augment.Augment` or its name, for few data: what the discriminator
                is shown in training, by losses and penalties, is augmented by it.
            generator_optimizer: Keras optimizer or its name.
            discriminator_optimizer: Keras optimizer or its name; not the generator's object.
            n_critic: Updates of the discriminator, each on images of its own, for one of the
                generator. At least 1.
            ema_decay: Decay of the generator's moving average, in [0, 1); 0 switches it off. It is
                warmed up as min(ema_decay, (1 + step) / (10 + step)).
            updates: `"simultaneous"` takes both gradients from one pass of either network;
                `"alternating"` lets the updated discriminator score the same fake images once more
                for the generator (Algorithm 1 of the 2014 paper). The first is the default because
                it is cheaper: benchmarks/speed/step_time.py measures by how much.
            metrics: One or a list of metrics: of `keras_gan.metrics.Metric`, such as
                `FID(extractor)`, which `evaluate` works out once, at its end; and of Keras'
                metrics, which follow the steps, such as `keras_gan.metrics.DiscriminatorAccuracy`.
            run_eagerly, steps_per_execution, jit_compile: As in `keras.Model.compile`, but XLA is
                off unless asked for: on CPUs it makes these steps several times slower.
            optimizers: `<name>_optimizer` of each further one of the class's `networks`.

        Raises:
            ValueError: for settings that no game can have.
        """
        settings = {
            "loss": loss,
            "penalties": penalties,
            "augment": augment,
            "n_critic": n_critic,
            "ema_decay": ema_decay,
            "updates": updates,
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
            **optimizers,
        }
        super().compile(
            metrics=metrics,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            **settings,
        )

    def resolve(self, settings: dict[str, Any]) -> dict[str, Any]:
        settings = settings | {"loss": losses.get(settings["loss"])}
        settings = super().resolve(settings)
        settings["augment"] = augmentations.get(settings["augment"])
        compilation.check_augment(settings["augment"], self)
        for name in self.critics:
            compilation.warn_of_batch_norm(settings["penalties"], getattr(self, name))
            compilation.warn_of_squashing(self.sampled(), getattr(self, name))
        return settings

    def adopt(self, settings: dict[str, Any]) -> None:
        self.objective = settings["loss"]
        self.augment = settings["augment"]
        self.n_critic = settings["n_critic"]
        self.updates = settings["updates"]
        super().adopt(settings)

    # -- the game --------------------------------------------------------------------------------

    def critic_terms(self, out: Outputs) -> Terms:
        return {name: self.discriminator_terms(out.of(name)) for name in self.critics}

    def player_terms(self, out: Outputs) -> Terms:
        return {"generator": self.generator_terms(out)}

    def discriminator_terms(self, out: Outputs) -> dict[str, tf.Tensor]:
        """What the discriminator minimises, beside penalties: the sum of these scalars.

        A model that adds a term of its own names it in `extra_terms` as well.
        """
        loss = self.objective.discriminator(out.real_scores, out.fake_scores)
        return {log_name(out.critic, "loss"): loss}

    def generator_terms(self, out: Outputs) -> dict[str, tf.Tensor]:
        """What the generator minimises: the sum of these scalars."""
        return {"g_loss": self.objective.generator(out.real_scores, out.fake_scores)}

    def fooled(self, critic: str, fake: Any, out: Outputs) -> tf.Tensor:
        """The generator's loss for samples that the critic, which is left as it is, was not shown.

        Those of `views` may be others: what a `Pool` gives, for instance.
        """
        with at_rest(getattr(self, critic)):
            said = self.criticize(critic, fake, out.condition, out.training)
        return self.objective.generator(out.critics[critic][0]["scores"], said["scores"])

    def scores_real_again(self, out: Outputs) -> bool:
        return self.objective.uses_real or any(len(real) > 1 for real, _ in out.critics.values())

    # -- augmentation ----------------------------------------------------------------------------

    def augmented(self, samples: Any, key: tf.Tensor) -> Any:
        if self.augment is None:
            return samples
        augment = packing.on_each(self.augment, self.pack)
        return augment(samples, noise.fold_in(key, AUGMENT))

    def observe(self, out: Outputs) -> None:
        super().observe(out)
        if self.augment is not None and self.augment.variables:
            signs = [tf.reduce_mean(tf.sign(real["scores"])) for real, _ in out.critics.values()]
            sign = self.global_mean(tf.stack(signs), out)
            self.augment.observe(sign, replicas.total(out.batch.count))

    def stateful_parts(self) -> list:
        return [*super().stateful_parts(), *([] if self.augment is None else [self.augment])]

    def state_logs(self) -> dict[str, tf.Tensor]:
        return {"augment_p": self.augment.p} if hasattr(self.augment, "p") else {}
