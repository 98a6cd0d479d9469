"""The way of a tuning: designs are counted from one, and the ticks of a field are values that it has."""

import itertools
import math

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
    figure = trajectory(list(fields), values, costs, "edp", base=[each[0] for each in fields.values()])
    return [axes for axes in figure.axes if axes.get_visible()], values


@pytest.mark.parametrize("designs", [2, 12, 128])
def test_designs_are_counted_from_one(designs):
    panels, _ = drawn(FIELDS, designs)
    for axes in panels[1:]:
        assert list(axes.lines[1].get_xdata()) == list(range(1, designs + 1))
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


@pytest.mark.parametrize(("base", "stars"), [((4, 0.5), [2]), ((4, 0.25), []), ((4, np.inf), [])])
def test_the_base_design_is_a_line_in_every_panel_and_a_star_where_it_was_scored(base, stars):
    values = np.array([(6, 1.0), (4, 0.5), (4, 1.0)])
    figure = trajectory(["pe_cols", "psum_chain_cycles"], values, np.array([1.2, 1.0, 0.8]), "edp", base=base)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    for axes, value in zip(panels, (1.0, *base), strict=True):
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert [np.asarray(line.get_ydata())[0] for line in dashed] == [value] * math.isfinite(value)
        assert not dashed or axes.get_ylim()[0] < value < axes.get_ylim()[1]
        assert [x for marks in axes.collections for x, _ in np.asarray(marks.get_offsets())] == stars * len(dashed)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()].count("base design") == 1


@pytest.mark.parametrize("meets", [(False, True, False, True), (False, False, False, False), (True, True, True, True)])
def test_the_best_so_far_meets_all_constraints(meets):
    """What misses a constraint is a ring, never on the line, however cheap it is."""
    costs, lanes = np.array([0.5, 1.2, 0.1, 1.0]), np.array([[1.0], [2.0], [3.0], [4.0]])
    figure = trajectory(["lanes"], lanes, costs, "edp", [1.0], np.array(meets))
    lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    best = [np.asarray(line.get_ydata(), float) for label, line in lines.items() if label.startswith("best so far")]
    expected = {
        (False, True, False, True): [[np.nan, 1.2, 1.2, 1.0]],
        (False,) * 4: [],
        (True,) * 4: [[0.5, 0.5, 0.1, 0.1]],
    }
    np.testing.assert_array_equal(best, expected[meets])
    rings = lines.get("scored, misses a constraint")
    assert (rings is None) == all(meets)
    if rings is not None:
        assert list(rings.get_xdata()) == [i + 1 for i, kept in enumerate(meets) if not kept]
        assert ("best so far that meets all constraints" in lines) == any(meets)


def test_a_legend_names_only_what_is_drawn():
    """Where no design meets the constraints there is no best so far; where none has a mapping, nothing to scale by."""
    none = np.zeros(3, bool)
    for costs in (np.array([0.5, 1.2, 0.1]), np.full(3, np.inf)):
        figure = trajectory(["lanes"], np.array([[1.0], [2.0], [3.0]]), costs, "edp", [1.0], none)
        figure.canvas.draw()
        names = [text.get_text() for text in figure.legends[0].get_texts()]
        assert "scored, misses a constraint" in names
        assert not {"scored", "best so far", "best so far that meets all constraints"} & set(names)
