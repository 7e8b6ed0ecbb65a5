"""Lines of text: one-hot characters of one length, and what is refused."""

import numpy as np
import pytest

from keras_gan import data
from keras_gan.core.kinds import Tokens, Wave
from keras_gan.data import tokens


def test_lines_are_cut_and_filled_up():
    texts, kind = tokens(["ba", "abba!"], 4)
    assert kind == Tokens(("\n", "a", "b"), padding="\n")
    numbers = [[2, 1, 0, 0], [1, 2, 2, 1]]
    np.testing.assert_array_equal(texts, np.eye(3)[numbers])
    assert texts.dtype == np.uint8
    assert kind.lines(texts) == ["ba", "abba"]
    again, same = tokens(["ab"], 4, kind.vocabulary, kind.padding)
    assert same == kind
    assert same.numbers(again).tolist() == [[1, 2, 0, 0]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lines": ["äb?"], "vocabulary": "ab\n"}, r"2 such as '\?', 'ä'. Expected those of 'ab"),
        ({"lines": ["ab"], "vocabulary": "ab"}, r"not in the vocabulary. .*'\\n'"),
        ({"lines": []}, "There is no text"),
        ({"lines": "ab"}, "a list of lines. Received: str"),
        ({"lines": [1]}, "a list of lines"),
        ({"lines": ["a b"], "padding": " "}, "padding is a character of the text"),
        ({"lines": ["a"], "length": 0}, "length"),
    ],
)
def test_what_is_no_such_text(given, message):
    with pytest.raises(ValueError, match=message):
        tokens(**{"length": 3} | given)


def test_a_text_file_is_a_source(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("ab\n\n  ba \nabb\n", encoding="utf-8")
    for source in (path, str(path)):
        assert data.source_type(source) == "text"
    dataset = data.load(path, length=3, batch_size=2, shuffle=False)
    assert (dataset.image_shape, dataset.size, dataset.num_classes) == ((3, 3), 3, None)
    assert dataset.kind == Tokens(("\n", "a", "b"), padding="\n")
    found = np.concatenate(list(dataset.as_numpy_iterator()))
    assert found.dtype == np.float32
    assert dataset.kind.lines(found) == ["ab", "ba", "abb"]
    assert data.load(path, length=3, limit=2).size == 2

    known = Tokens(("\n", "c", "b", "a"), padding="\n")
    other = data.load(path, length=3, kind=known, shuffle=False)
    assert (other.image_shape, other.fingerprint) == ((3, 4), dataset.fingerprint)
    assert known.lines(next(other.as_numpy_iterator())) == ["ab", "ba", "abb"]

    (tmp_path / "latin.txt").write_bytes(b"\xff")
    (tmp_path / "blank.txt").write_text("\n", encoding="utf-8")
    for name, options, message in (
        ("corpus", {}, "length=None. Expected a number of characters"),
        ("corpus", {"length": 3, "kind": Tokens("\na", padding="\n")}, "not in the vocabulary"),
        ("corpus", {"length": 3, "kind": Wave()}, "This source holds texts"),
        ("corpus", {"length": 3, "split": "test"}, "no splits"),
        ("corpus", {"length": 3, "image_size": 8}, "a size of pictures"),
        ("latin", {"length": 3}, "cannot be read"),
        ("blank", {"length": 3}, "There is no text"),
        ("nowhere", {"length": 3}, "cannot be read"),
    ):
        with pytest.raises(ValueError, match=message):
            data.load(tmp_path / f"{name}.txt", **options)
