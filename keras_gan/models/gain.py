"""GAIN. Yoon et al., 2018, https://arxiv.org/abs/1806.02920

Idea: missing values of a table are made so that a discriminator, which is given a hint, cannot say
of a row which values were observed.
Differs from the paper: hints as in the authors' code, in which what is not told is 0; both networks
learn from one pass; values are not rounded where a column has few of them; in use the noise is its
mean, so that a row has one answer.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_gan.builders import gain_discriminator, gain_generator
from keras_gan.core import noise
from keras_gan.core.kinds import Table
from keras_gan.engine import checks, inputs
from keras_gan.engine.game import Game
from keras_gan.engine.model import call_network
from keras_gan.engine.outputs import Batch, Outputs, Terms

NOISE = 0.01  # values in gaps are U(0, NOISE) before the generator has seen them
GAPS, HINTS = 1 << 22, 1 << 23  # the keys of noise and hints, beyond those of the engine


@keras.saving.register_keras_serializable("keras_gan")
class GAIN(Game):
    r"""Fills in a table's missing values, which are NaN. A batch is rows.

    `fit` first learns the range of each column over what is observed, by which values are brought
    to [0, 1]; it is kept with the model. Let m be 1 where a value x is observed, D the probability
    that it was. The discriminator minimises the cross-entropy of m; the generator -E[(1 - m) log D]
    + `reconstruction`, alpha times the mean squared difference from observed values.

    Args:
        generator, discriminator: Keras models from `(batch, features, 2)` to `(batch, features)`.
        image_shape: `(features,)`.
        width: Units of the hidden layers; as many as there are columns if not given.
        hint_rate: Share of the observed values that the discriminator is told of.
        alpha: Factor of the reconstruction. 10 is in the paper, 100 in the authors' code.

    The other arguments are those of `keras_gan.GAN`.

    Example:

    >>> gan = keras_gan.GAIN(image_shape=(table.shape[1],))
    >>> gan.compile()
    >>> gan.fit(table, batch_size=128, epochs=500)
    >>> whole = gan.impute(table)

    References:
        Yoon et al., 2018, https://arxiv.org/abs/1806.02920.
    """

    networks = ("generator", "discriminator")
    condition_from = "samples"
    sampler_inputs = ("condition",)
    kind = Table(gaps=True)

    def __init__(
        self,
        generator: keras.Model | tuple[int, ...] | None = None,
        discriminator: keras.Model | None = None,
        *,
        hint_rate: float = 0.9,
        alpha: float = 10.0,
        **options: Any,
    ):
        super().__init__({"generator": generator, "discriminator": discriminator}, **options)
        self.hint_rate, self.alpha = hint_rate, alpha
        size = {"shape": self.image_shape, "trainable": False, "aggregation": "only_first_replica"}
        self.low = self.add_weight(name="low", initializer="zeros", **size)
        self.high = self.add_weight(name="high", initializer="ones", **size)
        self.knows_range = self.add_weight(
            name="knows_range",
            shape=(),
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )

    def build_generator(
        self, image_shape: tuple[int, ...], latent_dim: int = 0, **options: Any
    ) -> keras.Model:
        return gain_generator(image_shape, **options)

    build_discriminator = staticmethod(gain_discriminator)

    def check_networks(self) -> None:
        super().check_networks()
        pairs = (*self.image_shape, 2)
        for name in self.networks:
            checks.check_reads(name, getattr(self, name), pairs)
        found = self.discriminator.output_shape[1:]
        if found != self.image_shape:
            raise ValueError(
                "The discriminator of GAIN gives a logit for each value. Received: an output of "
                f"shape {found}. Expected {self.image_shape}."
            )

    def defaults(self) -> dict[str, Any]:
        return self.each_optimizer(lambda: keras.optimizers.Adam(1e-3))

    # -- the range -------------------------------------------------------------------------------

    def fit(self, x: Any = None, *arguments: Any, **options: Any) -> keras.callbacks.History:
        if x is not None and not float(self.knows_range.numpy()):
            self.learn_range(x)
        return super().fit(x, *arguments, **options)

    def learn_range(self, table: Any) -> None:
        """Takes each column's lowest and highest observed value for 0 and 1.

        Args:
            table: As in `fit`.

        Raises:
            ValueError: for what is no such table, or a column of which nothing is observed.
        """
        parts = table if hasattr(table, "element_spec") else [table]
        lows, highs = [], []
        for part in parts:
            rows = np.asarray(inputs.as_pair(part)[0])
            self.kind.check(rows, self.image_shape)
            rows = rows.astype("float32")
            lows.append(np.where(np.isnan(rows), np.inf, rows).min(axis=0))
            highs.append(np.where(np.isnan(rows), -np.inf, rows).max(axis=0))
        low, high = np.min(lows, axis=0), np.max(highs, axis=0)
        empty = np.flatnonzero(low > high)
        if len(empty):
            raise ValueError(
                "Each column needs an observed value. Received: NaN alone in "
                f"column {', '.join(map(str, empty))}. Expected a table without it."
            )
        self.low.assign(low)
        self.high.assign(high)
        self.knows_range.assign(1.0)

    def _span(self) -> Any:
        return self.high.value - self.low.value + 1e-6

    # -- the game --------------------------------------------------------------------------------

    def condition_of(self, samples: Any, key: Any) -> Any:
        shape = ops.shape(samples)
        return self._pairs(samples, NOISE * noise.uniform(shape, noise.fold_in(key, GAPS)))

    def _pairs(self, rows: Any, fill: Any) -> Any:
        """Values in [0, 1], or what fills the gaps, and 1 where they are observed."""
        missing = ops.isnan(rows)
        scaled = (rows - self.low.value) / self._span()
        return ops.stack([ops.where(missing, fill, scaled), ops.cast(~missing, "float32")], axis=-1)

    def _whole(self, made: Any, condition: Any) -> Any:
        """Observed values, and what is made in the gaps, in [0, 1]."""
        return ops.where(condition[..., 1] > 0.5, condition[..., 0], made)

    def made_by(self, network: keras.Model, latents: Any, condition: Any, training: bool) -> Any:
        made = super().made_by(network, latents, condition, training)
        return self._whole(made, condition) * self._span() + self.low.value

    def forward(self, batch: Batch, training: bool) -> Outputs:
        """`extra` is what is made of each value, and the discriminator's logits."""
        condition = batch.condition
        made = call_network(self.network("generator", training), condition, None, training)
        told = noise.uniform(ops.shape(made), noise.fold_in(batch.key, HINTS)) < self.hint_rate
        hints = condition[..., 1] * ops.cast(told, "float32")
        shown = ops.stack([self._whole(made, condition), hints], axis=-1)
        logits = call_network(self.discriminator, shown, None, training)
        return Outputs(batch, made, extra=(made, logits), training=training)

    def extra_terms(self) -> tuple[str, ...]:
        return ("reconstruction",)

    def player_terms(self, out: Outputs) -> Terms:
        made, logits = out.extra
        values, observed = out.condition[..., 0], out.condition[..., 1]
        fooled = ops.mean((1.0 - observed) * ops.softplus(-logits))
        squares = ops.mean(observed * ops.square(values - made))
        reconstruction = self.alpha * squares / ops.maximum(ops.mean(observed), 1e-6)
        entropy = ops.mean(ops.softplus(logits) - observed * logits)
        return {
            "generator": {"g_loss": fooled, "reconstruction": reconstruction},
            "discriminator": {"d_loss": entropy},
        }

    # -- use -------------------------------------------------------------------------------------

    def impute(self, table: np.ndarray) -> np.ndarray:
        """A table with what the averaged generator makes in place of NaN.

        Args:
            table: Rows `(n, features)`. Without missing values they come back as they are.

        Returns:
            A copy of the same dtype, float32 for integers.

        Raises:
            ValueError: for what is no such table.
        """
        table = np.asarray(table)
        self.kind.check(table, self.image_shape)
        if table.dtype.kind != "f":
            return table.astype("float32")
        condition = self._pairs(ops.convert_to_tensor(table.astype("float32")), NOISE / 2.0)
        made = self.samples_for(len(table), ops.convert_to_numpy(condition))
        return np.where(np.isnan(table), made, table).astype(table.dtype)
