import numpy as np
import pytest
from scipy.spatial.distance import cdist

from keras_gan.metrics import distances
from keras_gan.metrics.distances import Distances


def clusters(rng, n, d, spread):
    """Far from zero, in two lumps that are small beside their distance."""
    lumps = np.where(rng.random((n, 1)) < 0.5, -3.0, 3.0)
    return (1000 + lumps + spread * rng.normal(size=(n, d))).astype("float32")


def sets():
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(300, 40))
    yield "float64", normal
    yield "float32", normal.astype("float32")
    yield "lumps", clusters(rng, 300, 40, 1e-3)
    yield "tiny", normal * 1e-30
    yield "huge", normal * 1e60
    yield "copies", normal[rng.integers(0, 5, 300)]
    yield "wide and narrow", normal * np.logspace(-2, 2, 300)[:, None]


@pytest.fixture(params=sets(), ids=lambda case: case[0])
def features(request):
    return request.param[1]


@pytest.fixture(params=[1024, 37], ids=["one tile", "many tiles"])
def _tiles(request, monkeypatch):
    monkeypatch.setattr(distances, "_TILE", request.param)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_bounds_hold(features, precision):
    if precision == np.float32 and Distances(features).precision == np.float64:
        return  # out of reach of float32, which is not used
    a, b = features[:130], features[130:]
    between = Distances(a, b)
    low = between.tile(slice(0, 130), slice(0, 170), precision).astype(np.float64)
    i, j = np.indices(low.shape)
    true = cdist(a.astype(np.float64), b.astype(np.float64), "sqeuclidean")
    assert (low <= true).all()
    assert np.median(true - low) < 0.01 * np.median(true) or precision == np.float32
    assert (true <= low + between.slack(i, j, precision)).all()


@pytest.mark.usefixtures("_tiles")
def test_nearest_of_another_set(features):
    a, b = features[:130], features[130:]
    true = cdist(a.astype(np.float64), b.astype(np.float64), "sqeuclidean")
    squares, indices = Distances(a, b).nearest(6)
    np.testing.assert_allclose(squares, np.sort(true, axis=1)[:, :6], rtol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(true, indices, 1), squares, rtol=1e-12)


@pytest.mark.usefixtures("_tiles")
def test_nearest_among_themselves(features):
    true = cdist(features.astype(np.float64), features.astype(np.float64), "sqeuclidean")
    np.fill_diagonal(true, np.inf)
    squares, indices = Distances(features).nearest(4)
    np.testing.assert_allclose(squares, np.sort(true, axis=1)[:, :4], rtol=1e-12)
    assert not (indices == np.arange(300)[:, None]).any()
    assert all(len(set(row)) == 4 for row in indices)


def test_all_others_are_neighbours():
    points = np.array([[0.0], [1], [3]])
    squares, indices = Distances(points).nearest(2)
    assert squares.tolist() == [[1, 9], [1, 4], [4, 9]]
    assert indices.tolist() == [[1, 2], [0, 2], [1, 0]]


@pytest.mark.parametrize("axis", [0, 1])
def test_pairs_inside_are_those_of_plain_float64(features, axis):
    a, b, dtype = features[:130], features[130:], features.dtype
    true = np.sqrt(cdist(a.astype(np.float64), b.astype(np.float64), "sqeuclidean").astype(dtype))
    # In float32 on the border of some pairs, in float64 (which sums in another order) between two.
    method = "nearest" if dtype == np.float32 else "midpoint"
    radii = np.quantile(true, 0.1, axis=axis, keepdims=True, method=method)
    between = Distances(a, b)
    rows, columns = slice(0, 130), slice(0, 170)
    tile = between.tile(rows, columns, between.precision)
    found = np.zeros(true.shape, bool)
    found[between.inside(tile, rows, columns, radii)] = True
    assert np.array_equal(found, true < radii)


def test_case_in_turn_and_errors_come_through():
    assert list(distances.on_all_cores(lambda x: x * x, [(i,) for i in range(50)])) == [
        i * i for i in range(50)
    ]
    with pytest.raises(ZeroDivisionError):
        list(distances.on_all_cores(lambda x: 1 / x, [(1,), (0,)]))


def test_bar(capsys, monkeypatch):
    monkeypatch.setattr(distances, "can_redraw", lambda stream: True)
    list(distances.on_all_cores(lambda x: x, [(1,), (2,)]))
    assert capsys.readouterr().err == ""
    list(distances.on_all_cores(lambda x: x, [(1,), (2,)], "real balls"))
    assert "real balls" in capsys.readouterr().err
    monkeypatch.undo()
    list(distances.on_all_cores(lambda x: x, [(1,), (2,)], "real balls"))
    assert capsys.readouterr().err == ""  # no control characters in a log
