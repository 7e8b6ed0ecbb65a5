"""Optimizers: several as the one of Keras' callbacks, and those of authors who used torch."""

import keras


def torch_rmsprop(learning_rate: float) -> keras.optimizers.RMSprop:
    """RMSprop as torch has it by default.

    Its epsilon, 1e-8 beside the root, is 1e-16 inside it, where Keras has it. Keras' own 1e-7 is as
    much as a gradient of 3.2e-4, and most of a generator's are smaller.
    """
    return keras.optimizers.RMSprop(learning_rate, rho=0.99, epsilon=1e-16)


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
