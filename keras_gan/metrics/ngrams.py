"""How unlike two sets of texts are, by their runs of n words or characters."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

LONGEST = 4  # runs that are measured


def ngram_divergence(real: Sequence[Sequence], fake: Sequence[Sequence], n: int) -> float:
    """Jensen-Shannon divergence, base 2, of the n-grams of two sets of texts.

    0 if all n-grams are as frequent in both, 1 if none is in both. It falls with the number of
    texts: what as many other real texts get is the least that can be expected.

    Args:
        real, fake: Strings, or rows of words' numbers.
        n: Length of the runs, at least 1.

    Raises:
        ValueError: if one of the sets has no run of n, or is neither.

    Example:

    >>> ngram_divergence(["ab", "ab"], ["ab", "cd"], n=2)
    0.31127812445913283

    References:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028, appendix.
    """
    if n < 1:
        raise ValueError(f"Expected n of at least 1. Received: n={n}.")
    p, q = _shares(real, n), _shares(fake, n)
    grams = [*p.keys() | q.keys()]
    a, b = (np.array([shares.get(gram, 0.0) for gram in grams]) for shares in (p, q))
    middle = (a + b) / 2.0
    return float(sum(_divergence(each, middle) for each in (a, b)) / 2.0)


def _shares(texts: Sequence[Sequence], n: int) -> dict:
    rows = map(_row, texts)
    counts = Counter(row[k : k + n] for row in rows for k in range(len(row) - n + 1))
    if not counts:
        raise ValueError(f"The texts have no run of {n}. Received: {len(texts)} texts.")
    total = counts.total()
    return {gram: count / total for gram, count in counts.items()}


def _row(text: Sequence) -> str | tuple:
    if isinstance(text, str):
        return text
    numbers = np.asarray(text)
    if numbers.ndim != 1:
        raise ValueError(
            f"Expected strings, or rows of numbers. Received: a text of shape {numbers.shape}. Of "
            "one-hot texts take kind.lines(texts)."
        )
    return tuple(numbers.tolist())


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Kullback and Leibler's, base 2."""
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / q[there])))
