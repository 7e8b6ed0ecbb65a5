"""The engine: two networks, two optimizers, one `train_step`.

One Keras step is `n_critic` updates of the discriminator and one of the generator. The generator's
update shares its pass with the last of the discriminator's: both losses are read off the same
scores, and both gradients are taken before either network moves (`updates="simultaneous"`).
"""

from typing import Any

import keras
import tensorflow as tf

from keras_gan import augment as augmentations
from keras_gan import layers, losses
from keras_gan.core import noise
from keras_gan.engine import checks, replicas
from keras_gan.engine.game import Adversaries
from keras_gan.engine.model import call_network
from keras_gan.engine.optimizers import Optimizers
from keras_gan.engine.outputs import Deal, Round, at_rest, descend, total
from keras_gan.penalties import Penalty

TRAIN, TEST = 0, 1
AUGMENT = 1 << 20  # beyond the keys of latents and penalties
SCORES = ("g_loss", "d_loss", "d_real", "d_fake")


@keras.saving.register_keras_serializable("keras_gan")
class GAN(Adversaries):
    r"""A generator and a discriminator that train each other under Keras' own `compile` and `fit`.

    A batch is images, or `(images, condition)`; a class label is a condition. uint8 images are
    0..255 and are rescaled in the step; float images belong in [-1, 1]. Labels given to an
    unconditional model are ignored.

    Args:
        generator: Keras model from latents `(batch, latent_dim)`, or `[latents, labels]`, to images
            `(batch, height, width, channels)` in [-1, 1], or to points of another rank. A tuple
            here is the `image_shape`.
        discriminator: Keras model from images, or `[images, labels]`, to logits.
        image_shape: `(height, width, channels)`, for the classes that bring networks of their own.
        latent_dim: Length of the latent vectors, which are N(0, I) but for a class with another
            `prior`.
        num_classes: Number of classes of a class-conditional model.
        width: Filters of the narrowest layer of the networks that the class brings.
        seed: All the noise of training follows from it. Drawn at random if not given.
        name: Name of the model.

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
    """

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "draw_latents" in vars(cls):
            raise TypeError(
                "Latents of training and of sampling come from one place. Received: a class "
                f"{cls.__name__} with draw_latents(), which is for training alone. Expected "
                "prior = staticmethod(function of (shape, key))."
            )

    def defaults(self) -> dict[str, Any]:
        """What `compile` takes where it is given nothing: the paper's settings."""
        return {}

    # -- compile ---------------------------------------------------------------------------------

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
        """Sets the game's rules; what is left out is the paper's (`defaults()`).

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
                it is cheaper: benchmarks/step_time.py measures by how much.
            metrics: One or a list of `keras_gan.metrics.Metric`, such as `FID(extractor)`, that
                `evaluate` works out once, at its end; never in training steps.
            run_eagerly, steps_per_execution, jit_compile: As in `keras.Model.compile`, but XLA is
                off unless asked for: on CPUs it makes these steps several times slower.
            optimizers: `<name>_optimizer` of each further one of the class's `networks`.

        Raises:
            ValueError: for settings that no game can have.
        """
        checks.check_execution(self.distribute_strategy, steps_per_execution)
        given = {
            "loss": loss,
            "penalties": penalties,
            "augment": augment,
            "generator_optimizer": generator_optimizer,
            "discriminator_optimizer": discriminator_optimizer,
            "n_critic": n_critic,
            "ema_decay": ema_decay,
            "updates": updates,
            **optimizers,
        }
        given = {name: value for name, value in given.items() if value is not None}
        with self.distribute_strategy.scope():
            settings = checks.plain(self.networks) | self.defaults() | given
            checks.check(settings, self.networks)
            taken = ("loss", *SCORES, *self.extra_terms(), "augment_p")
            settings |= {
                "metrics": checks.check_metrics(metrics),
                "loss": losses.get(settings["loss"]),
                "penalties": checks.resolve_penalties(settings["penalties"], taken),
                "augment": augmentations.get(settings["augment"]),
            }
            checks.check_augment(settings["augment"], self)
            for name in self.networks:
                given = settings[f"{name}_optimizer"]
                settings[f"{name}_optimizer"] = checks.resolve_optimizer(given, getattr(self, name))
            checks.warn_of_batch_norm(settings["penalties"], self.discriminator)
            checks.warn_of_squashing(self.generator, self.discriminator)
            # nothing is refused from here on: a game is changed as a whole or not at all
            super().compile(
                optimizer=None,
                run_eagerly=run_eagerly,
                steps_per_execution=steps_per_execution,
                jit_compile=jit_compile,
            )
            self.objective = settings["loss"]
            self.penalties = settings["penalties"]
            self.augment = settings["augment"]
            for part in self._remembering():
                part.build()
            for name in self.networks:
                setattr(self, f"{name}_optimizer", settings[f"{name}_optimizer"])
            self.optimizer = Optimizers(self)
            names = [*SCORES, *(penalty.name for penalty in self.penalties), *self.extra_terms()]
            names += ["augment_p"] if hasattr(self.augment, "p") else []
            self._means = {name: keras.metrics.Mean(name=name) for name in names}
        self.n_critic = settings["n_critic"]
        self.settle_average()
        self.ema_decay = settings["ema_decay"]
        self.updates = settings["updates"]
        self._held_out_metrics = settings["metrics"]
        self._settings = settings | {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }

    def get_compile_config(self) -> dict:
        if not self.compiled:
            return {}
        return keras.saving.serialize_keras_object(self._settings)

    def compile_from_config(self, config: dict) -> None:
        self.compile(**keras.saving.deserialize_keras_object(config))

    # -- the game --------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of Keras: `n_critic` updates of the discriminator, one of the generator.

        Nothing in it may begin before its data is there: at the end of a dataset of unknown length
        TensorFlow would count one step more, in the optimizers and here.
        """
        given = [part for part in keras.tree.flatten(data) if part is not None]
        with tf.control_dependencies(given):
            return self.play(data)

    def play(self, data: Any) -> dict[str, tf.Tensor]:
        """`n_critic - 1` updates of the discriminator alone, then one of either network."""
        *critic_deals, deal = self._deals(data)
        for critic_deal in critic_deals:
            self._critic_update(critic_deal)

        with tf.GradientTape(persistent=len(self.networks) > 2) as generator_tape:
            game = self.begin(deal)
            with tf.GradientTape() as discriminator_tape:
                game, d_terms, d_loss, d_target = self._judge(deal, game)
            if self.updates == "alternating":
                with generator_tape.stop_recording():
                    d_health = self._move_discriminator(discriminator_tape, d_target)
                game = self._score_again(game)
            terms = {"generator": self.generator_terms(game)} | self.helper_terms(game)
            sums = {name: total(terms[name], getattr(self, name)) for name in terms}
            targets = {
                name: self._optimizer(name).scale_loss(loss * deal.weight)
                for name, loss in sums.items()
            }
        gradients = {
            name: generator_tape.gradient(target, getattr(self, name).trainable_variables)
            for name, target in targets.items()
        }
        if self.updates == "simultaneous":
            d_health = self._move_discriminator(discriminator_tape, d_target)
        health = {
            name: descend(self._optimizer(name), getattr(self, name), gradients[name])
            for name in terms
        }

        self.update_average()
        self.step.assign_add(1)
        totals = {"g_loss": sums["generator"] + health["generator"], "d_loss": d_loss + d_health}
        if "augment_p" in self._means:
            totals["augment_p"] = self.augment.p
        parts = {
            name: value + health[player]
            for player, part in terms.items()
            for name, value in part.items()
        }
        logged = d_terms | parts | totals
        checks.check_terms([*logged, "d_real", "d_fake"], self._means)
        self._log(deal, game, logged)
        return self._results()

    def discriminator_terms(self, game: Round) -> dict[str, tf.Tensor]:
        """What the discriminator minimises: the sum of these scalars.

        A model that adds a term of its own names it in `extra_terms` as well.
        """
        terms = {"d_loss": self.objective.discriminator(game.real_scores, game.fake_scores)}
        for k, penalty in enumerate(self.penalties):
            terms[penalty.name] = self._penalty(penalty, game, noise.fold_in(game.key, k + 1))
        return terms

    def generator_terms(self, game: Round) -> dict[str, tf.Tensor]:
        """What the generator minimises: the sum of these scalars."""
        return {"g_loss": self.objective.generator(game.real_scores, game.fake_scores)}

    def helper_terms(self, game: Round) -> dict[str, dict[str, tf.Tensor]]:
        """What each of the further `networks` minimises, by its name."""
        return {}

    def extra_terms(self) -> tuple[str, ...]:
        """Names of the terms that a subclass adds to those of the loss and the penalties."""
        return ()

    def _latents_for(self, real: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        return self.prior((tf.shape(real)[0], self.latent_dim), key)

    def begin(self, deal: Deal) -> Round:
        """What the generator makes of a deal: the round before the discriminator has seen it."""
        fake = self.generate(deal.latents, deal.condition, training=True)
        return Round(deal.real, fake, deal.condition, deal.latents, deal.key)

    def look(
        self, images: tf.Tensor, condition: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, Any]:
        """The logits, and what else of the same pass the terms of a model are made of."""
        return self.score(images, condition, training), None

    def look_at_both(
        self, real: tf.Tensor, fake: tf.Tensor, condition: tf.Tensor | None, training: bool
    ) -> tuple[tuple, tuple]:
        """`look` at real and at fake images, in two passes: batch statistics do not mix."""
        real = self.look(real, condition, training)
        with layers.norms_at_rest():
            return real, self.look(fake, condition, training)

    def _deals(self, data: Any) -> list[Deal]:
        """What each of the `n_critic` rounds is played with; none sees an image twice."""
        real, condition = self.unpack(data)
        n = tf.shape(real)[0]
        bounds = [n * k // self.n_critic for k in range(self.n_critic + 1)]
        deals = []
        for k in range(self.n_critic):
            part = slice(bounds[k], bounds[k + 1])
            share = None if condition is None else condition[part]
            key = noise.key(self.seed, TRAIN, self.step.value, k, replicas.rank())
            update = self.step.value * self.n_critic + k
            deals.append(self._deal(real[part], share, key)._replace(update=update))
        return deals

    def _deal(self, real: tf.Tensor, condition: tf.Tensor | None, key: tf.Tensor) -> Deal:
        (real, condition), count, weight = replicas.share((real, condition))
        latents = self._latents_for(real, noise.fold_in(key, 0))
        return Deal(real, condition, latents, key, count, weight)

    def _critic_update(self, deal: Deal) -> None:
        with at_rest(*(getattr(self, name) for name in self.networks if name != "discriminator")):
            game = self.begin(deal)
        with tf.GradientTape() as tape:
            game, terms, d_loss, target = self._judge(deal, game)
        health = self._move_discriminator(tape, target)
        self._log(deal, game, terms | {"d_loss": d_loss + health})

    def _move_discriminator(self, tape: tf.GradientTape, target: tf.Tensor) -> tf.Tensor:
        gradients = tape.gradient(target, self.discriminator.trainable_variables)
        return descend(self.discriminator_optimizer, self.discriminator, gradients)

    def _judge(self, deal: Deal, game: Round) -> tuple[Round, dict, tf.Tensor, tf.Tensor]:
        """The discriminator's side: scores, the terms of its loss, their sum, and that scaled."""
        game = self._look_at(game)._replace(update=deal.update)
        self._tell(game, deal)
        terms = self.discriminator_terms(game)
        d_loss = total(terms, self.discriminator)
        return game, terms, d_loss, self.discriminator_optimizer.scale_loss(d_loss * deal.weight)

    def _score_again(self, game: Round) -> Round:
        """The same images before the discriminator that has just moved; it is left as it is."""
        with at_rest(self.discriminator):
            if self.objective.uses_real or game.real_seen is not None:
                return self._look_at(game)
            fake = self._shown(game.fake, game.key)
            return game._replace(fake_scores=self.score(fake, game.condition, training=True))

    def _look_at(self, game: Round) -> Round:
        shown = (self._shown(images, game.key) for images in (game.real, game.fake))
        real, fake = self.look_at_both(*shown, game.condition, training=True)
        return game._replace(
            real_scores=real[0], fake_scores=fake[0], real_seen=real[1], fake_seen=fake[1]
        )

    def _shown(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """What the discriminator sees of the images: the same change for place i, whoever asks."""
        return images if self.augment is None else self.augment(images, noise.fold_in(key, AUGMENT))

    def _tell(self, game: Round, deal: Deal) -> None:
        """Lets penalties and augmentation that remember something see the scores' means."""

        def mean(x: tf.Tensor) -> tf.Tensor:
            return replicas.total(deal.weight * tf.reduce_mean(x))

        for penalty in self.penalties:
            if penalty.variables:
                penalty.observe(mean(game.real_scores), mean(game.fake_scores))
        if self.augment is not None and self.augment.variables:
            self.augment.observe(mean(tf.sign(game.real_scores)), replicas.total(deal.count))

    def _penalty(self, penalty: Penalty, game: Round, key: tf.Tensor) -> tf.Tensor:
        def discriminator(images: tf.Tensor) -> tf.Tensor:
            return self.score(self._shown(images, game.key), game.condition, training=True)

        def weighted() -> tf.Tensor:
            arguments = [discriminator, game.real, game.fake, key]
            if penalty.uses_scores:
                arguments.append((game.real_scores, game.fake_scores))
            return penalty.weight * penalty.interval * penalty(*arguments)

        with at_rest(self.discriminator):
            if penalty.interval == 1:
                return weighted()
            due = game.update % penalty.interval == 0
            return tf.cond(due, weighted, lambda: tf.constant(0.0))

    def _log(self, deal: Deal, game: Round, terms: dict[str, tf.Tensor]) -> None:
        scores = {"d_real": game.real_scores, "d_fake": game.fake_scores}
        for name, value in (terms | scores).items():
            self._means[name].update_state(tf.reduce_mean(value), sample_weight=deal.count)

    def _results(self) -> dict[str, tf.Tensor]:
        return replicas.as_logs(self.get_metrics_result())

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*self._means.values()] if self.compiled else []

    def get_metrics_result(self) -> dict[str, tf.Tensor]:
        """The means so far."""
        names = SCORES if self._evaluating else self._means
        means = {name: self._means[name].result() for name in names}
        health = 0.0 * sum(means.values())  # TerminateOnNaN reads the loss alone
        return {"loss": means["g_loss"] + means["d_loss"] + health, **means}

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The loss and the mean scores of held-out images against the averaged generator's."""
        real, condition = self.unpack(data)
        seen = self._means["d_real"].count.value
        deal = self._deal(real, condition, noise.key(self.seed, TEST, seen, replicas.rank()))
        fake = call_network(self.ema_generator, deal.latents, deal.condition, training=False)
        scores = [self.score(x, deal.condition, training=False) for x in (deal.real, fake)]
        game = Round(deal.real, fake, deal.condition, deal.latents, deal.key, *scores)
        d_loss = self.objective.discriminator(*scores)
        g_loss = self.objective.generator(*scores)
        self._log(deal, game, {"g_loss": g_loss, "d_loss": d_loss})
        return self._results()

    def _remembering(self) -> list:
        """The parts of the game that may have variables, which Keras does not save either."""
        return [*self.penalties, *([self.augment] if self.augment is not None else [])]

    def _memories(self) -> dict[str, keras.Variable]:
        parts = self._remembering() if self.compiled else []
        return {f"{p.name}_{k}": v for p in parts for k, v in enumerate(p.variables)}
