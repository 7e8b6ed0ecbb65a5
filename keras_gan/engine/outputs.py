"""What one step is played with, and what its networks give: all that terms are made of."""

from typing import Any, NamedTuple

import tensorflow as tf

Terms = dict[str, dict[str, tf.Tensor]]
"""What networks minimise: scalars by the network's name and by their own."""


class Batch(NamedTuple):
    """What one update is worked out from, on one replica.

    `count` are its images, `weight` their share of the global batch; `update` counts the updates of
    the critics before this one, over all steps.
    """

    real: Any
    condition: Any
    latents: tf.Tensor
    key: tf.Tensor
    count: tf.Tensor
    weight: float | tf.Tensor = 1.0
    update: int | tf.Tensor = 0


class Outputs(NamedTuple):
    """All that a step knows.

    `fake` is what `forward` makes, `extra` what it makes besides. `views` has what each critic is
    shown as real and as made, `critics` what it gives for them: two dicts, of which "scores" are
    the logits. `training` says whether this is a step, or an evaluation.
    """

    batch: Batch
    fake: Any
    extra: Any = None
    views: dict[str, tuple[Any, Any]] | None = None
    critics: dict[str, tuple[dict, dict]] | None = None
    training: bool = True

    @property
    def real(self) -> Any:
        return self.batch.real

    @property
    def condition(self) -> Any:
        return self.batch.condition

    @property
    def latents(self) -> tf.Tensor:
        return self.batch.latents

    @property
    def key(self) -> tf.Tensor:
        return self.batch.key

    def of(self, critic: str) -> "Outputs":
        """The same with the outputs of one critic alone."""
        return self._replace(critics={critic: self.critics[critic]})

    @property
    def critic(self) -> str:
        """Name of the only critic."""
        (name,) = self.critics
        return name

    @property
    def on_real(self) -> dict:
        """What the only critic gives for real samples."""
        return self.critics[self.critic][0]

    @property
    def on_fake(self) -> dict:
        """What the only critic gives for made samples."""
        return self.critics[self.critic][1]

    @property
    def real_scores(self) -> tf.Tensor:
        return self.on_real["scores"]

    @property
    def fake_scores(self) -> tf.Tensor:
        return self.on_fake["scores"]


_SHORT = {"generator": "g", "discriminator": "d"}


def log_name(network: str, what: str) -> str:
    """How a figure of a network is logged: g_loss, d_real, d_loss_a, encoder_loss.

    Args:
        network: Its name, such as "generator" or "discriminator_a".
        what: What is logged of it, such as "loss".
    """
    kind, _, rest = network.partition("_")
    if kind not in _SHORT:
        return f"{network}_{what}"
    return "_".join(part for part in (_SHORT[kind], what, rest) if part)
