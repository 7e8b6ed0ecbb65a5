"""The n-gram divergence against numbers worked out by hand."""

import math

import numpy as np
import pytest

from keras_gan.core.kinds import Tokens
from keras_gan.data import tokens
from keras_gan.metrics import NGrams, Sample, Words, ngram_divergence


def test_by_hand():
    # shares of "a" and "b": 3/4, 1/4 and 1/4, 3/4, in the middle 1/2 each
    expected = 0.75 * math.log2(1.5) + 0.25 * math.log2(0.5)
    assert ngram_divergence(["aaab"], ["abbb"], 1) == pytest.approx(expected)
    # "ab" alone, and half "ab", half "cd": in the middle 3/4 and 1/4
    expected = (math.log2(4 / 3) + 0.5 * math.log2(2 / 3) + 0.5 * math.log2(2)) / 2
    assert ngram_divergence(["ab", "ab"], ["ab", "cd"], 2) == pytest.approx(expected)


def test_from_nothing_to_everything():
    for n in (1, 2, 3):
        assert ngram_divergence(["abcabc"], ["abcabc"] * 2, n) == pytest.approx(0.0)
        assert ngram_divergence(["aaaa"], ["bbbb"], n) == pytest.approx(1.0)
    assert ngram_divergence([[0, 1], [1, 0]], np.array([[1, 0]]), 1) == pytest.approx(0.0)
    # runs do not go from one text to the next
    assert ngram_divergence(["ab", "cd"], ["bc"], 2) == pytest.approx(1.0)
    with pytest.raises(ValueError, match=r"no run of 3\. Received: 2 texts"):
        ngram_divergence(["ab", "ab"], ["abc"], 3)
    with pytest.raises(ValueError, match=r"a text of shape \(2, 3\)\. Of one-hot texts take kind"):
        ngram_divergence(np.eye(3)[[[0, 1]]], np.eye(3)[[[1, 2]]], 1)
    with pytest.raises(ValueError, match="n of at least 1"):
        ngram_divergence(["ab"], ["ab"], 0)


def test_the_metric_reads_tokens():
    lines = ["abab", "bab"], ["abba", "aabb"]
    samples = []
    for each in lines:
        texts, kind = tokens(each, 4, "ab\n")
        samples.append(Sample(texts, of=kind))
    figures = NGrams().measure(*samples)
    assert [*figures] == ["ngrams_4", "ngrams_3", "ngrams_2", "ngrams_1"]
    filled = [[line.ljust(4, "\n") for line in each] for each in lines]
    for n in (1, 2, 3, 4):
        assert figures[f"ngrams_{n}"] == pytest.approx(ngram_divergence(*filled, n))
    again = NGrams.from_config(NGrams(samples=5).get_config())
    assert (type(again.extractor), again.samples) == (Words, 5)
    short = Sample(np.eye(3)[None, :2], of=Tokens())
    assert [*NGrams().measure(short, short)] == ["ngrams_2", "ngrams_1"]
