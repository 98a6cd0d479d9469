"""The way of a tuning: designs are counted from one, and the ticks of a field are values that it has."""

import itertools

import numpy as np
import pytest

from eyeriss_jax.report.figures.trajectory import trajectory

FIELDS = {"pe_cols": (4, 6), "glb_bits.iact": (18432, 36864, 73728), "psum_chain_cycles": (0.5, 1.0), "lanes": (2,)}


def drawn(fields, designs, seed=0):
    """The panels of a tuning that scored random designs."""
    random = np.random.default_rng(seed)
    values = np.stack([random.choice(np.asarray(each, float), designs) for each in fields.values()], axis=1)
    costs = random.uniform(0.5, 2.0, designs)
    costs[designs // 2] = np.inf
    figure = trajectory(list(fields), values, costs, "edp")
    return [axes for axes in figure.axes if axes.get_visible()], values


@pytest.mark.parametrize("designs", [2, 12, 128])
def test_designs_are_counted_from_one(designs):
    panels, _ = drawn(FIELDS, designs)
    for axes in panels[1:]:
        assert list(axes.lines[-1].get_xdata()) == list(range(1, designs + 1))
    left, right = panels[0].get_xlim()
    ticks = [tick for tick in panels[0].get_xticks() if left <= tick <= right]
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= designs for tick in ticks)


def test_a_field_has_its_own_values_as_ticks():
    panels, _ = drawn(FIELDS, 40)
    ticks = [[label.get_text() for label in axes.get_yticklabels()] for axes in panels[1:]]
    assert ticks == [["4", "6"], ["18,432", "36,864", "73,728"], ["0.5", "1"], ["2"]]
    assert all(len(axes.get_yticks(minor=True)) == 0 for axes in panels[1:])


@pytest.mark.parametrize("values", [range(1, 25), range(100, 125), (100, 101, 102, 199), (1, 2, 3, 4, 6, 12)])
def test_ticks_of_many_values_are_some_of_them_and_do_not_touch(values):
    (_, axes), scored = drawn({"field": tuple(values)}, 200)
    assert set(axes.get_yticks()) <= set(scored[:, 0])
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert len(boxes) > 1
    assert all(below.y1 <= above.y0 for below, above in itertools.pairwise(boxes))
