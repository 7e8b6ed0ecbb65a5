"""How all of a model is kept in a file, and files whole."""

import inspect
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_gan.core import files
from keras_gan.engine import replicas


class SavedWhole(keras.Model):
    """A model of which nothing is lost in a file, and whose files are whole.

    A subclass has `networks`, `averaged`, `ema_decay` and `step`.
    """

    def save(
        self, filepath: str | Path, overwrite: bool = True, zipped: bool | None = None
    ) -> None:
        """Saves all of the model, optimizers included, as `keras.Model.save` does, but whole.

        The file is written beside its place and renamed into it. Of several workers, only the chief
        leaves one.

        Args:
            filepath: Path that ends in `.keras`.
            overwrite: Whether a file that stands there may be replaced.
        """
        if Path(filepath).suffix != ".keras":
            raise ValueError(
                f"A model is saved to a .keras file. Received: filepath={str(filepath)!r}."
            )
        with files.replacing(
            filepath, overwrite, keep=replicas.is_chief(self.distribute_strategy)
        ) as part:
            super().save(part, zipped=zipped)

    def save_weights(self, filepath: str | Path, overwrite: bool = True) -> None:
        """Saves weights and optimizers to a `.weights.h5` file, whole, as `save` does."""
        if not str(filepath).endswith(".weights.h5"):
            raise ValueError(
                f"Weights are saved to a .weights.h5 file. Received: filepath={str(filepath)!r}."
            )
        with files.replacing(
            filepath, overwrite, keep=replicas.is_chief(self.distribute_strategy)
        ) as part:
            super().save_weights(part)

    def load_weights(
        self, filepath: str | Path, skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Loads weights and optimizers; a file of another architecture changes nothing.

        Args:
            filepath: Path to a `.weights.h5` or `.keras` file.
            skip_mismatch: As in Keras.

        Raises:
            ValueError: if the file is missing, damaged, or of another architecture.
        """
        if not Path(filepath).is_file():
            raise ValueError(f"There is no file to load. Received: filepath={str(filepath)!r}.")
        variables = [*self.variables, *(v for o in self.optimizers for v in o.variables)]
        before = [np.copy(variable.numpy()) for variable in variables]
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)
        except Exception as error:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            raise ValueError(
                f"{filepath} is damaged, or was saved by a model of another architecture than this "
                f"{type(self).__name__}, which is left as it was."
            ) from error
        for warning in caught:
            warnings.warn(warning.message, stacklevel=2)

    def _optimizer(self, network: str) -> keras.optimizers.Optimizer:
        return getattr(self, f"{network}_optimizer")

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """Those of the `networks`, once compiled."""
        return [self._optimizer(name) for name in self.networks] if self.compiled else []

    # -- what a file holds -------------------------------------------------------------------------

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

    def stateful_parts(self) -> list:
        """Parts of the game that may have variables, which Keras does not save."""
        return []

    def _part_states(self) -> dict[str, keras.Variable]:
        parts = self.stateful_parts() if self.compiled else []
        return {f"{part.name}_{k}": v for part in parts for k, v in enumerate(part.variables)}

    @property
    def variables(self) -> list[keras.Variable]:
        """All state but the optimizers': weights, metrics, seeds, what the game remembers."""
        return [*super().variables, *self._part_states().values()]

    def __dir__(self) -> list[str]:
        """Keras saves what is in here, under the first of its names: a network's own."""
        names = super().__dir__()
        averages = {f"ema_{name}" for name in self.averaged}
        return [name for name in names if self.ema_decay != 0 or name not in averages]

    def save_own_variables(self, store: Any) -> None:
        self.sync_averages()
        store["0"] = self.step.numpy()
        for k, variable in enumerate(self._own_variables()):
            store[f"own_{k}"] = variable.numpy()
        for k, state in enumerate(self._random_states()):
            store[f"random_{k}"] = state.numpy()
        for name, state in self._part_states().items():
            store[name] = state.numpy()

    def load_own_variables(self, store: Any) -> None:
        self.step.assign(store["0"])
        numbered = {"own": self._own_variables(), "random": self._random_states()}
        for kind, variables in numbered.items():
            for k, variable in enumerate(variables):
                if f"{kind}_{k}" in store:  # a file of a class that had fewer of them
                    value = np.asarray(store[f"{kind}_{k}"])
                    if getattr(variable, "one_a_replica", False):  # as many as there are here
                        value = np.resize(value, variable.shape)
                    variable.assign(value)
        for name, state in self._part_states().items():
            if name in store:  # a file of a game without this penalty leaves it as it is
                state.assign(store[name])

    def get_config(self) -> dict:
        """The networks, and all arguments of `__init__` that are attributes of the same name."""
        classes = [cls for cls in type(self).__mro__ if issubclass(cls, SavedWhole)]
        arguments = [
            a for cls in classes for a in inspect.signature(cls.__init__).parameters.values()
        ]
        named = {a.name for a in arguments if a.kind in (a.POSITIONAL_OR_KEYWORD, a.KEYWORD_ONLY)}
        named |= set(self.networks)
        kept = {name: getattr(self, name) for name in sorted(named) if hasattr(self, name)}
        return {name: keras.saving.serialize_keras_object(value) for name, value in kept.items()}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> "SavedWhole":
        networks = {
            name: keras.saving.deserialize_keras_object(value, custom_objects=custom_objects)
            for name, value in config.items()
            if isinstance(value, dict)
        }
        return cls(**config | networks)
