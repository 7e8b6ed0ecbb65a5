"""The engine: one step for any cast of networks, and the same game in evaluation.

One Keras step is `n_critic` updates of the critics and one of the other players. The players'
update shares its pass with the last of the critics': both losses are read off the same scores, and
all gradients are taken before any network moves (`updates="simultaneous"`).
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_gan.core import noise, packing
from keras_gan.engine import batches, compilation, replicas
from keras_gan.engine.optimizers import Optimizers
from keras_gan.engine.outputs import Batch, Outputs, Terms, log_name
from keras_gan.engine.penalized import Penalized
from keras_gan.engine.updates import Losses, at_rest, descend, total

TRAIN, TEST = 0, 1


class Game(Penalized):
    """Networks that are trained together, with critics among them or without.

    A class names its `networks`, says in `forward` what they make of a batch, and in
    `player_terms` what they minimise; one with critics in `views` what these are shown, and in
    `critic_terms` what they minimise. `keras_gan.GAN` is the game of one generator and one critic.

    The arguments are those of `Players`.
    """

    n_critic = 1
    updates = "simultaneous"

    # -- compile ---------------------------------------------------------------------------------

    def defaults(self) -> dict[str, Any]:
        """What `compile` takes where it is given nothing: the paper's settings."""
        return {}

    def each_optimizer(self, make: Callable[[], Any]) -> dict[str, Any]:
        """For `defaults`: an optimizer for each of the networks."""
        return {f"{name}_optimizer": make() for name in self.networks}

    def default_settings(self) -> dict[str, Any]:
        """All settings of `compile` where it is given nothing: `defaults()`, else plain ones."""
        plain = {"penalties": (), "ema_decay": 0.999} | self.each_optimizer(lambda: "adam")
        return plain | self.defaults()

    def compile(
        self,
        *,
        metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool = False,
        **settings: Any,
    ) -> None:
        """Sets how the networks are trained; what is left out is the paper's (`defaults()`).

        Args:
            metrics, run_eagerly, steps_per_execution, jit_compile: As in `keras_gan.GAN.compile`.
            settings: `penalties`, `ema_decay`, and `<name>_optimizer` of each of the `networks`.

        Raises:
            ValueError: for settings that no game can have.
        """
        compilation.check_execution(self.distribute_strategy, steps_per_execution)
        given = {name: value for name, value in settings.items() if value is not None}
        with self.distribute_strategy.scope():
            known = self.default_settings()
            settings = known | given
            compilation.check(settings, known, self.networks)
            settings["metrics"] = compilation.check_metrics(metrics)
            settings = self.resolve(settings)
            # nothing is refused from here on: a game is changed as a whole or not at all
            super().compile(
                optimizer=None,
                run_eagerly=run_eagerly,
                steps_per_execution=steps_per_execution,
                jit_compile=jit_compile,
            )
            self.adopt(settings)
            names = [*self._log_names(), *self._penalty_names(), *self.extra_terms()]
            names += self.state_logs()
            self._means = {name: keras.metrics.Mean(name=name) for name in names}
        self._settings = settings | {
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }

    def resolve(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings of `compile` as objects.

        Raises:
            ValueError: for settings that no game can have.
        """
        own = [*self.state_logs(), *(metric.name for metric in self.step_metrics())]
        taken = ("loss", *self._log_names(), *self.extra_terms(), *own, "augment_p")
        penalties = compilation.resolve_penalties(settings["penalties"], taken)
        compilation.check_metric_names(settings["metrics"], [*taken, *(p.name for p in penalties)])
        optimizers = {
            f"{name}_optimizer": compilation.resolve_optimizer(
                settings[f"{name}_optimizer"], getattr(self, name), self.trained(name)
            )
            for name in self.networks
        }
        return settings | optimizers | {"penalties": penalties}

    def adopt(self, settings: dict[str, Any]) -> None:
        """Takes the settings that `resolve` gives as attributes."""
        self.sync_averages()
        self.ema_decay = settings["ema_decay"]
        self.set_penalties(settings["penalties"])
        self._step_metrics, self._held_out_metrics = self.step_metrics(), []
        for metric in settings["metrics"]:
            follows = isinstance(metric, keras.metrics.Metric)
            (self._step_metrics if follows else self._held_out_metrics).append(metric)
        for name in self.networks:
            setattr(self, f"{name}_optimizer", settings[f"{name}_optimizer"])
        self.optimizer = Optimizers(self)

    def get_compile_config(self) -> dict:
        return keras.saving.serialize_keras_object(self._settings) if self.compiled else {}

    def compile_from_config(self, config: dict) -> None:
        self.compile(**keras.saving.deserialize_keras_object(config))

    # -- the game --------------------------------------------------------------------------------

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One step of Keras: `n_critic` updates of the critics, one of the other players.

        Nothing in it may begin before its data is there: at the end of a dataset of unknown length
        TensorFlow would count one step more, in the optimizers and here.
        """
        given = [part for part in keras.tree.flatten(data) if part is not None]
        with tf.control_dependencies(given):
            return self.play(data)

    def play(self, data: Any) -> dict[str, tf.Tensor]:
        """`n_critic - 1` updates of the critics alone, then one of all networks."""
        self.before_step()
        *critic_batches, batch = self._batches(data)
        for each in critic_batches:
            self._update_critics(each)

        with tf.GradientTape(persistent=len(self._others()) > 1) as tape:
            out = self.forward(batch, training=True)
            with tf.GradientTape(persistent=len(self.critics) > 1) as critics_tape:
                out, critic_losses = self._critics_side(out)
            if self.updates == "alternating":
                with tape.stop_recording():
                    logs = self._move(critics_tape, critic_losses, out)
                out = self._examine_again(out)
            losses = self._loss_of(self.player_terms(out), out)
        gradients = self._gradients(tape, losses)
        if self.updates == "simultaneous":
            logs = self._move(critics_tape, critic_losses, out)
        logs = logs | self._apply(gradients, losses)

        self.update_averages()
        self.step.assign_add(1)
        logs = logs | self.state_logs()
        compilation.check_terms([*logs, *self.figures(out)], self._means)
        self._log(out, logs)
        return self._results()

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """The same game on held-out samples, with the averages, and nothing moves."""
        seen = next(iter(self._means.values())).count.value
        key = noise.key(self.seed, TEST, seen, replicas.rank())
        out = self.forward(self._batch(*self.unpack(data), key), training=False)
        out, critic_losses = self._critics_side(out)
        losses = self._loss_of(self.player_terms(out), out)
        self._log(out, self._logs(critic_losses) | self._logs(losses))
        return self._results()

    # -- what a class says -----------------------------------------------------------------------

    def before_epoch(self) -> None:
        """What happens before an epoch of `fit`, outside of the steps."""

    def before_step(self) -> None:
        """What happens before a step, to variables that follow `self.step`, for instance."""

    def forward(self, batch: Batch, training: bool) -> Outputs:
        """What the networks make of a batch, before any critic has seen it."""
        fake = self.generate(batch.latents, batch.condition, training)
        return Outputs(batch, fake, training=training)

    def views(self, out: Outputs) -> dict[str, tuple[Any, Any]]:
        """What each critic is shown as real and as made: samples, or several inputs as a tuple.

        Here packs of samples, of one as a rule.
        """
        packs = tuple(packing.packed(samples, self.pack) for samples in (out.real, out.fake))
        return dict.fromkeys(self.critics, packs)

    @property
    def judges_samples(self) -> bool:
        """Whether critics are shown samples as they are, and nothing else."""
        return type(self).views is Game.views

    def critic_terms(self, out: Outputs) -> Terms:
        """What each critic minimises: the sum of these scalars, by their names in the logs."""
        return {}

    def player_terms(self, out: Outputs) -> Terms:
        """What each of the other networks minimises, as in `critic_terms`."""
        raise NotImplementedError(f"{type(self).__name__} needs player_terms(out).")

    def extra_terms(self) -> tuple[str, ...]:
        """Names of what a class logs beside losses, penalties and scores: terms and `figures`."""
        return ()

    def figures(self, out: Outputs) -> dict[str, tf.Tensor]:
        """What is logged of an update beside terms, by names: means are taken over its images."""
        return {
            log_name(critic, kind): said["scores"]
            for critic, both in out.critics.items()
            for kind, said in zip(("real", "fake"), both, strict=True)
        }

    def critics_moved(self, out: Outputs) -> None:
        """What happens after an update of the critics, to variables that follow what they gave."""

    def step_metrics(self) -> list[keras.metrics.Metric]:
        """New metrics that a class follows its steps by, beside those of `compile`."""
        return []

    def state_logs(self) -> dict[str, tf.Tensor]:
        """What is logged of a step besides: where a variable stands, for instance."""
        return {}

    # -- one update ------------------------------------------------------------------------------

    def _others(self) -> list[str]:
        return [name for name in self.networks if name not in self.critics]

    def _batches(self, data: Any) -> list[Batch]:
        """What each of the `n_critic` updates is worked out from; none sees an image twice."""
        made = []
        parts = batches.dealt(self.unpack(data), self.n_critic, self.pack)
        for k, (own, told) in enumerate(parts):
            key = noise.key(self.seed, TRAIN, self.step.value, k, replicas.rank())
            update = self.step.value * self.n_critic + k
            made.append(self._batch(own, told, key)._replace(update=update))
        return made

    def _batch(self, real: Any, condition: Any, key: tf.Tensor) -> Batch:
        (real, condition), count, weight = replicas.share((real, condition), self.least_rows)
        if condition is None:
            condition = self.condition_of(real, key)
        latents = self._latents_for(real, noise.fold_in(key, 0))
        return Batch(real, condition, latents, key, count, weight)

    def _latents_for(self, real: Any, key: tf.Tensor) -> tf.Tensor:
        return self.prior((batches.count(real), self.latent_dim), key)

    def _update_critics(self, batch: Batch) -> None:
        """An update of the critics alone."""
        with at_rest(*(getattr(self, name) for name in self._others())):
            out = self.forward(batch, training=True)
        with tf.GradientTape(persistent=len(self.critics) > 1) as tape:
            out, losses = self._critics_side(out)
        self._log(out, self._move(tape, losses, out))

    def _critics_side(self, out: Outputs) -> tuple[Outputs, Losses]:
        out = self.examine(out._replace(views=self.views(out)))
        if out.training:
            self.observe(out)
        return out, self._loss_of(self.critic_terms(out), out)

    def _examine_again(self, out: Outputs) -> Outputs:
        """The same samples before critics that have just moved; they are left as they are."""
        with at_rest(*(getattr(self, name) for name in self.critics)):
            return self.examine(out, again=True)

    def _loss_of(self, terms: Terms, out: Outputs) -> Losses:
        terms = {name: part | self.penalty_terms(name, out) for name, part in terms.items()}
        totals = {name: total(part, getattr(self, name)) for name, part in terms.items()}
        targets = {
            name: self._optimizer(name).scale_loss(loss * out.batch.weight)
            for name, loss in totals.items()
        }
        return Losses(terms, totals, targets)

    def _moved(self, name: str) -> list[keras.Variable]:
        resting = self.resting(name)
        return [v for v in self.trained(name) if not any(v is other for other in resting)]

    def _gradients(self, tape: tf.GradientTape, losses: Losses) -> dict[str, list]:
        return {
            name: tape.gradient(target, self._moved(name))
            for name, target in losses.targets.items()
        }

    def _apply(self, gradients: dict[str, list], losses: Losses) -> dict[str, tf.Tensor]:
        """Moves the networks; returns what is logged of them."""
        health = {
            name: descend(
                self._optimizer(name), getattr(self, name).name, self._moved(name), gradients[name]
            )
            for name in gradients
        }
        return self._logs(losses, health)

    def _move(self, tape: tf.GradientTape, losses: Losses, out: Outputs) -> dict[str, tf.Tensor]:
        """Moves the critics; returns what is logged of them."""
        logs = self._apply(self._gradients(tape, losses), losses)
        self.critics_moved(out)
        return logs

    # -- logs ------------------------------------------------------------------------------------

    def _log_names(self) -> list[str]:
        losses = [log_name(name, "loss") for name in self.networks]
        return losses + [log_name(c, kind) for c in self.critics for kind in ("real", "fake")]

    def _logs(self, losses: Losses, health: dict | None = None) -> dict[str, tf.Tensor]:
        """The terms and sums of some networks, NaN where a gradient is."""
        health = health or dict.fromkeys(losses.terms, 0.0)
        logs = {
            name: value + health[network]
            for network, part in losses.terms.items()
            for name, value in part.items()
        }
        return logs | {
            log_name(network, "loss"): value + health[network]
            for network, value in losses.totals.items()
        }

    def _log(self, out: Outputs, logs: dict[str, tf.Tensor]) -> None:
        count = out.batch.count
        for name, value in (logs | self.figures(out)).items():
            self._means[name].update_state(tf.reduce_mean(value), sample_weight=count)
        for metric in self._step_metrics:
            self.update_metric(metric, out, tf.minimum(count, 1.0))

    def update_metric(self, metric: keras.metrics.Metric, out: Outputs, weight: tf.Tensor) -> None:
        """Updates a metric of `compile` that follows the steps.

        By its `update_step(out, weight)`, where it has one. Else it is taken for a classifier's:
        1 for real samples, 0 for made ones, and the logits of each critic.
        """
        if hasattr(metric, "update_step"):
            metric.update_step(out, weight)
            return
        for real, fake in out.critics.values():
            logits = [tf.reshape(said["scores"], (-1, 1)) for said in (real, fake)]
            targets = [tf.ones_like(logits[0]), tf.zeros_like(logits[1])]
            metric.update_state(tf.concat(targets, 0), tf.concat(logits, 0), sample_weight=weight)

    def _results(self) -> dict[str, tf.Tensor]:
        return replicas.as_logs(self.get_metrics_result())

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [*self._means.values(), *self._step_metrics] if self.compiled else []

    def get_metrics_result(self) -> dict[str, tf.Tensor]:
        """The means so far, and as `loss` the sum of all networks' losses."""
        names = [n for n in self._means if not (self._evaluating and n in self.state_logs())]
        means = {name: self._means[name].result() for name in names}
        health = 0.0 * sum(means.values())  # TerminateOnNaN reads the loss alone
        loss = sum(means[log_name(name, "loss")] for name in self.networks)
        return {"loss": loss + health, **means, **{m.name: m.result() for m in self._step_metrics}}
