"""The list of pairs is complete, has nothing twice, and is sorted as wakes act."""

import numpy as np
import pytest
import torch

from windopt.problem.layout import FloatArray
from windopt.surrogate.wake_pairs import MIN_DOWNSTREAM_M, WakePairs, rotate_to_wind, wake_pairs

N, FARMS, GROWTH = 21, 6, 0.06
HALF_WIDTH = np.where(np.arange(N) % 3, 220.0, 350.0)


@pytest.fixture(scope="module")
def places() -> FloatArray:
    """Six farms, wind along +x, the second with rows exactly in line, the last two with gaps."""
    places = np.random.default_rng(4).uniform(0, 5000, (FARMS, N, 2))
    places[1] = 700.0 * np.stack(np.divmod(np.arange(N), 5), axis=1)
    places[4, 15:] = np.nan
    places[5, [0, 7]] = np.nan
    return places


@pytest.fixture(scope="module")
def pairs(places: FloatArray) -> WakePairs:
    x, y = torch.tensor(places).unbind(-1)
    return wake_pairs(x, y, torch.tensor(HALF_WIDTH), GROWTH)


def listed(pairs: WakePairs) -> list[tuple[int, int]]:
    """Source and receiver of each pair, by the farms' own numbers."""
    sources, receivers = (pairs.order[i].tolist() for i in (pairs.source, pairs.receiver))
    return list(zip(sources, receivers, strict=True))


def test_every_near_pair_is_listed_once(places: FloatArray, pairs: WakePairs) -> None:
    expected = []
    for farm, layout in enumerate(places):
        dx, dy = np.moveaxis(layout[None] - layout[:, None], 2, 0)  # [source, receiver]
        near = (dx > MIN_DOWNSTREAM_M) & (np.abs(dy) < HALF_WIDTH[:, None] + GROWTH * dx)
        expected += [(farm * N + i, farm * N + j) for i, j in np.argwhere(near).tolist()]
    assert len(expected) > 150
    assert sorted(listed(pairs)) == sorted(expected)


def test_distances_are_from_source_to_receiver(places: FloatArray, pairs: WakePairs) -> None:
    flat = places.reshape(-1, 2)
    source, receiver = np.array(listed(pairs)).T
    distance = flat[receiver] - flat[source]
    np.testing.assert_allclose(pairs.dx, distance[:, 0], rtol=1e-12)
    np.testing.assert_allclose(pairs.dy, distance[:, 1], rtol=1e-12)


def test_levels_are_as_low_as_wakes_allow(pairs: WakePairs) -> None:
    level = np.searchsorted(pairs.node_ends, np.arange(pairs.n_nodes), side="right")
    source, receiver = level[pairs.source], level[pairs.receiver]
    assert (source < receiver).all()
    for node in np.flatnonzero(level):
        assert source[(pairs.receiver == node).numpy()].max() == level[node] - 1
    assert set(range(pairs.n_nodes)) == set(pairs.order.tolist())
    assert level.max() >= 4


def test_by_level_cuts_between_receivers(pairs: WakePairs) -> None:
    levels = pairs.by_level()
    assert len(levels) == len(pairs.node_ends)
    assert sum(len(some.source) for some in levels) == len(pairs.source)
    first = 0
    for some, end in zip(levels, pairs.node_ends, strict=True):
        assert all(first <= node < end for node in some.receiver.tolist())
        assert all(node < first for node in some.source.tolist())
        first = end


def test_no_turbine_has_no_pairs(places: FloatArray, pairs: WakePairs) -> None:
    gaps = set(np.flatnonzero(np.isnan(places[..., 0]).ravel()).tolist())
    assert len(gaps) == 8
    assert gaps.isdisjoint({number for pair in listed(pairs) for number in pair})
    assert gaps <= set(pairs.order[: pairs.node_ends[0]].tolist())


def test_values_go_back_to_the_farms_own_order(pairs: WakePairs) -> None:
    assert torch.equal(pairs.original(pairs.order), torch.arange(FARMS * N))


def test_speeds_repeat_nodes_and_pairs(pairs: WakePairs) -> None:
    three = pairs.at_speeds(3)
    assert three.node_ends == tuple(3 * end for end in pairs.node_ends)
    for old, new in ((pairs.order, three.order), (pairs.source, three.source)):
        assert torch.equal(new, (3 * old[:, None] + torch.arange(3)).flatten())
    assert torch.equal(three.dx.view(-1, 3)[:, 2], pairs.dx)


@pytest.mark.parametrize(
    ("wd", "x", "y"), [(270.0, 3.0, 4.0), (0.0, -4.0, 3.0), (90.0, -3.0, -4.0), (180.0, 4.0, -3.0)]
)
def test_wind_blows_along_x(wd: float, x: float, y: float) -> None:
    """Wind from the north carries a turbine 3 m east and 4 m north of the middle 4 m upstream."""
    place = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    found = torch.stack(rotate_to_wind(place, torch.tensor(wd, dtype=torch.float64)))
    torch.testing.assert_close(found.flatten(), torch.tensor([x, y], dtype=torch.float64))
