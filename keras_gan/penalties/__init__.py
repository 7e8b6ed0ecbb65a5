"""Penalties on critics, and on other players: one more term of what a network minimises."""

from keras_gan.core import names
from keras_gan.penalties.base import Penalty, PlayerPenalty, WeightPenalty
from keras_gan.penalties.gradients import R1, R2, DRAGANPenalty, GradientPenalty
from keras_gan.penalties.players import PathLength
from keras_gan.penalties.scores import Consistency, LeCam
from keras_gan.penalties.weights import Orthogonal

__all__ = [
    "R1",
    "R2",
    "Consistency",
    "DRAGANPenalty",
    "GradientPenalty",
    "LeCam",
    "Orthogonal",
    "PathLength",
    "Penalty",
    "PlayerPenalty",
    "WeightPenalty",
    "get",
]

_NAMES = {
    "gradient_penalty": GradientPenalty,
    "dragan": DRAGANPenalty,
    "r1": R1,
    "r2": R2,
    "lecam": LeCam,
    "path_length": PathLength,
    "orthogonal": Orthogonal,
}


def get(identifier: str | type[Penalty] | Penalty) -> Penalty:
    """A penalty by its name or class, as `losses.get` does; an object passes as it is.

    A name may have weight and interval behind it: `"r1:2"`, `"r1:2:4"`.

    Raises:
        ValueError: for a name that no penalty has, or anything else.
    """
    given = {}
    if isinstance(identifier, str):
        identifier, given = names.read_penalty(identifier)
    penalty = names.resolve("penalty", identifier, _NAMES)
    if not isinstance(penalty, Penalty):
        raise ValueError(
            f"A penalty is a keras_gan.penalties.Penalty or its name. Received: {penalty!r}."
        )
    return penalty.from_config(penalty.get_config() | given) if given else penalty
