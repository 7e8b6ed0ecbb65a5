"""What Keras' callbacks ask of `model.optimizer`, answered for a model with several."""

import keras


class Optimizers:
    """All optimizers of a model as one, for those who count its steps or list its variables.

    It is no `keras.optimizers.Optimizer`: Keras would apply gradients, scale losses and average
    weights by it.

    Args:
        model: With `step`, `optimizers` and `networks`.
    """

    built = True

    def __init__(self, model: keras.Model):
        self._model = model

    @property
    def iterations(self) -> keras.Variable:
        """Steps of Keras so far."""
        return self._model.step

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for each in self._model.optimizers for variable in each.variables]

    def __getattr__(self, name: str) -> None:
        if name.startswith("_"):  # what copying and the like ask before there is a model
            raise AttributeError(name)
        own = ", ".join(f"{network}_optimizer" for network in self._model.networks)
        raise AttributeError(
            f"A {type(self._model).__name__} has several optimizers. Received: "
            f"model.optimizer.{name}. Expected one of model.{own}."
        )
