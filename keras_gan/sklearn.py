"""Estimators for scikit-learn's users."""

from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from keras_gan.metrics.networks import apart
from keras_gan.models import GAIN

_TOGETHER = 50  # steps of one execution
_DTYPES = (np.float64, np.float32)


class GAINImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fills in missing values, NaN, by `keras_gan.GAIN`.

    A table without missing values passes as it is, and nothing can be learnt from it.

    Args:
        steps: Of training; whole multiples of 50 are taken.
        batch_size: Rows of a step, all of a smaller table.
        width: Units of the hidden layers; as many as there are columns if not given.
        hint_rate, alpha: As in `keras_gan.GAIN`.
        learning_rate: Of both networks' Adam.
        random_state: Of the weights and all noise.

    Attributes:
        gan_: The trained model; None of a table without missing values.

    Example:

    >>> whole = GAINImputer(random_state=0).fit_transform(table)

    References:
        Yoon et al., 2018, https://arxiv.org/abs/1806.02920.
    """

    def __init__(
        self,
        *,
        steps: int = 2000,
        batch_size: int = 128,
        width: int | None = None,
        hint_rate: float = 0.9,
        alpha: float = 10.0,
        learning_rate: float = 1e-3,
        random_state: Any = None,
    ):
        self.steps = steps
        self.batch_size = batch_size
        self.width = width
        self.hint_rate = hint_rate
        self.alpha = alpha
        self.learning_rate = learning_rate
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any = None) -> "GAINImputer":
        """Learns from rows with gaps.

        Args:
            X: Table `(n, features)`, NaN where something is missing.
            y: Not used.

        Raises:
            ValueError: for what is no such table, or a column of which nothing is observed.
        """
        table = validate_data(self, X, dtype=_DTYPES, ensure_all_finite="allow-nan")
        self.gan_ = None
        if np.isnan(table).any():
            self._train(table.astype("float32"))
        return self

    def _train(self, table: np.ndarray) -> None:
        random = check_random_state(self.random_state)
        seed, size = int(random.randint(2**31)), min(self.batch_size, len(table))
        passes = -(-self.steps // _TOGETHER) * _TOGETHER * size // len(table) + 1
        rows = np.concatenate([random.permutation(len(table)) for _ in range(passes)])
        rows = rows[: len(rows) // (_TOGETHER * size) * _TOGETHER * size]
        with apart(seed):
            gan = GAIN(
                image_shape=table.shape[1:],
                width=self.width,
                hint_rate=self.hint_rate,
                alpha=self.alpha,
                seed=seed,
            )
            gan.compile(
                **gan.each_optimizer(lambda: keras.optimizers.Adam(self.learning_rate)),
                steps_per_execution=_TOGETHER,
            )
            gan.learn_range(table)
            gan.fit(table[rows], batch_size=size, verbose=0, shuffle=False)
        self.gan_ = gan

    def transform(self, X: Any) -> np.ndarray:
        """Rows with what the model makes in place of NaN; others as they are.

        Args:
            X: Table `(n, features)`.

        Raises:
            ValueError: for missing values, where `fit` has seen none.
        """
        check_is_fitted(self, "gan_")
        table = validate_data(self, X, reset=False, dtype=_DTYPES, ensure_all_finite="allow-nan")
        if not np.isnan(table).any():
            return table.copy()
        if self.gan_ is None:
            raise ValueError(
                "Nothing was missing in the table that GAINImputer was fitted on, so it has learnt "
                "nothing. Received: NaN. Expected fit on a table with missing values."
            )
        return self.gan_.impute(table)
