"""A run that begins with the weights of another one, or of a model file."""

from pathlib import Path
from typing import Any

from keras_gan.core import checkpoints
from keras_gan.engine.game import Game
from keras_gan.engine.transfer import freeze, take_weights
from keras_gan.runs.directory import Run
from keras_gan.runs.settings import MODELS, Settings

# Of a run: what its model and its training are, not its data nor how long it lasts.
TAKEN = ("model", "conditional", "image_size", "latent_dim", "width", "mirror")
TAKEN += ("loss", "penalties", "augment", "learning_rates", "beta_1", "beta_2")
TAKEN += ("n_critic", "ema_decay", "updates")


def settings_of(path: str | Path) -> dict[str, Any]:
    """What a run, or a model file, says of a training like its own.

    Raises:
        ValueError: for a file of no model that the command line trains.
    """
    if Path(path).is_dir():
        settings = Run(path).settings()
        found = {name: getattr(settings, name) for name in TAKEN}
        return {name: value for name, value in found.items() if value is not None}
    loaded = checkpoints.load_model(path)
    named = [name for name, model in MODELS.items() if model is type(loaded)]
    if not named:
        raise ValueError(f"{path} is a {type(loaded).__name__}, which cannot be trained on here.")
    return {"model": named[0]} | ({"latent_dim": loaded.latent_dim} if loaded.latent_dim else {})


def begin(gan: Game, other: Game, settings: Settings) -> str:
    """Takes the weights that fit, and freezes what is asked for; what was done, in a sentence."""
    taken = take_weights(gan, other)
    parts = [f"{n} of {of} weights of the {name}" for name, (n, of) in taken.items()]
    frozen = ""
    if settings.freeze_d:
        for critic in gan.critics:
            freeze(getattr(gan, critic), settings.freeze_d)
        frozen = f" Frozen: the first {settings.freeze_d} layers of the {', '.join(gan.critics)}."
    return f"Begins with {settings.begin}: {', '.join(parts)}.{frozen}"
