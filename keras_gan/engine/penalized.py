"""What critics say of samples, and the penalties of all players."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_gan import layers
from keras_gan.core import noise, packing
from keras_gan.engine import compilation, replicas
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Outputs
from keras_gan.engine.players import Players
from keras_gan.engine.updates import at_rest
from keras_gan.penalties import Penalty, WeightPenalty


class Penalized(Players):
    """Players of which some are critics, and any may have penalties."""

    critic_outputs: tuple[str, ...] = ("scores",)
    """What each output of a critic is: the logits, and what else a model's terms are made of."""

    fakes_per_real: int = 1
    """Samples that `forward` makes for each real one of the batch."""

    # -- critics ---------------------------------------------------------------------------------

    def criticize(
        self, critic: str, samples: Any, condition: Any, training: bool
    ) -> dict[str, tf.Tensor]:
        """What a critic gives for samples, float32, by the names of `critic_outputs`.

        One that has no input for the condition is not told it.
        """
        network = getattr(self, critic)
        told = len(network.inputs) > len(keras.tree.flatten(samples))
        said = call_network(network, samples, condition if told else None, training)
        said = said if isinstance(said, list) else [said]
        return dict(zip(self.critic_outputs, said, strict=True))

    def examine(self, out: Outputs, again: bool = False) -> Outputs:
        """One pass of each critic over what is real, one over what is made.

        They are apart because batch statistics shall not mix. `again` is for critics that have
        moved: what they say of real samples is as it was where no player asks for it.
        """
        critics = {}
        for name, (real, fake) in out.views.items():
            if again and not self.scores_real_again(out):
                on_real = out.critics[name][0]
            else:
                on_real = self._criticized(name, real, out)
                on_real["scores"] = _repeated(on_real["scores"], self.fakes_per_real)
            with layers.norms_at_rest():
                on_fake = self._criticized(name, fake, out, self.fakes_per_real)
            critics[name] = (on_real, on_fake)
        return out._replace(critics=critics)

    def scores_real_again(self, out: Outputs) -> bool:
        """Whether, in alternating updates, the players need what moved critics say of real ones."""
        return True

    def told(self, critic: str, out: Outputs) -> Any:
        """The condition of what a critic is shown as real, row by row."""
        return packing.packed(out.condition, self.pack)

    def augmented(self, samples: Any, key: tf.Tensor) -> Any:
        """What critics see of samples in a step: the same change for place i, whoever asks."""
        return samples

    def _criticized(self, critic: str, samples: Any, out: Outputs, times: int = 1) -> dict:
        samples = self.augmented(samples, out.key) if out.training else samples
        told = _repeated(self.told(critic, out), times)
        return self.criticize(critic, samples, told, out.training)

    def observe(self, out: Outputs) -> None:
        """Lets penalties that remember something see the mean scores, over all replicas."""
        for critic, (on_real, on_fake) in out.critics.items():
            for _, penalty in self._penalties[critic]:
                if penalty.variables:
                    scores = (said["scores"] for said in (on_real, on_fake))
                    penalty.observe(*(self.global_mean(x, out) for x in scores))

    def global_mean(self, x: tf.Tensor, out: Outputs) -> tf.Tensor:
        """The mean over the batch of all replicas, of a replica's part of it."""
        return replicas.total(out.batch.weight * tf.reduce_mean(x))

    # -- penalties -------------------------------------------------------------------------------

    def set_penalties(self, penalties: list[Penalty]) -> None:
        """Gives each network those that are its own."""
        self.penalties = penalties
        self._penalties = compilation.assign_penalties(penalties, self.networks, self.critics)
        for part in self.stateful_parts():
            part.build()
        for own in self._penalties.values():
            for _, penalty in own:
                penalty.pack = self.pack

    def stateful_parts(self) -> list:
        return [penalty for own in self._penalties.values() for _, penalty in own]

    def _penalty_names(self) -> list[str]:
        return [penalty.name for own in self._penalties.values() for _, penalty in own]

    def penalty_terms(self, name: str, out: Outputs) -> dict[str, tf.Tensor]:
        """The penalties of one network, weighted."""
        is_critic = name in self.critics
        terms = {}
        for k, penalty in self._penalties[name]:
            term = self._critic_penalty if is_critic else self._player_penalty
            term = self._weight_penalty if isinstance(penalty, WeightPenalty) else term
            key = noise.fold_in(out.key, k + 1)
            if is_critic and len(self.critics) > 1:
                key = noise.fold_in(key, self.critics.index(name))
            terms[penalty.name] = term(name, penalty, out, key)
        return terms

    def _critic_penalty(
        self, name: str, penalty: Penalty, out: Outputs, key: tf.Tensor
    ) -> tf.Tensor:
        real, fake = out.views[name]
        real = _repeated(real, self.fakes_per_real)

        def critic(samples: Any) -> tf.Tensor:
            return self._criticized(name, samples, out, self.fakes_per_real)["scores"]

        def worked_out() -> tf.Tensor:
            arguments = [critic, real, fake, key]
            if penalty.uses_scores:
                arguments.append(tuple(said["scores"] for said in out.critics[name]))
            return penalty(*arguments)

        (term,) = self._when_due(penalty, name, out, out.batch.update, lambda: [worked_out()])
        return term

    def _player_penalty(
        self, name: str, penalty: Penalty, out: Outputs, key: tf.Tensor
    ) -> tf.Tensor:
        function, given = self.penalized(name, out)
        due = self.step.value % penalty.interval == 0
        term, seen = self._when_due(
            penalty, name, out, self.step.value, lambda: penalty(function, given, key), outputs=2
        )
        if penalty.variables and out.training:
            penalty.observe(self.global_mean(seen, out), due)
        return term

    def _weight_penalty(
        self, name: str, penalty: Penalty, out: Outputs, key: tf.Tensor
    ) -> tf.Tensor:
        kernels = [weight for weight in self.trained(name) if weight.name == "kernel"]
        update = out.batch.update if name in self.critics else self.step.value
        (term,) = self._when_due(penalty, name, out, update, lambda: [penalty(kernels)])
        return term

    def _when_due(
        self,
        penalty: Penalty,
        name: str,
        out: Outputs,
        update: Any,
        worked_out: Callable,
        outputs: int = 1,
    ) -> list[tf.Tensor]:
        """The penalty, weighted, and what else is worked out; zeros where it is not due."""
        weight = penalty.weight_at(self.step.value) * (penalty.interval if out.training else 1)

        def weighted() -> list[tf.Tensor]:
            term, *seen = worked_out()
            return [weight * term, *seen]

        if not out.training:
            return weighted()
        with at_rest(getattr(self, name)):
            if penalty.interval == 1:
                return weighted()
            zeros = [tf.constant(0.0)] * outputs
            return tf.cond(update % penalty.interval == 0, weighted, lambda: zeros)

    def penalized(self, name: str, out: Outputs) -> tuple[Callable, Any]:
        """For penalties of a player that is no critic: its network as a function, and its inputs.

        Raises:
            ValueError: for a network of which the class does not say it.
        """
        if name != self.sampler:
            raise ValueError(
                f"{type(self).__name__} does not say what its {name} is given, which penalties of "
                "it need. Expected a method penalized(name, out)."
            )
        return lambda latents: self.generate(latents, out.condition, out.training), out.latents


def _repeated(x: Any, times: int) -> Any:
    if times == 1:
        return x
    return keras.tree.map_structure(lambda t: None if t is None else tf.concat([t] * times, 0), x)
