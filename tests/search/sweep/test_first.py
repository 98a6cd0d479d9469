"""The first design of a sweep, as it is shown while the rest is computed."""

import numpy as np

from eyeriss_jax.report.sweep.headers import first_line
from eyeriss_jax.search.sweep import First
from tests.search.sweep.sweep_cases import reference


def test_the_first_design_is_the_one_that_is_kept():
    sweep, _ = reference()
    found = sweep.first(range(sweep.parts))
    assert found is not None
    _, _, rows = sweep.run_part(0)[1].fetch()
    assert list(found.row) == list(sweep.program.columns.names)
    np.testing.assert_array_equal(np.float32(list(found.row.values())), rows[:, 0])


def test_the_line_has_the_objectives_in_their_units():
    row = {"inferences_per_s": 1234.0, "inferences_per_energy": 56.0, "area_mm2": 13.4, "utilization": 0.8}
    objectives = "inferences_per_s", "inferences_per_energy", "area_mm2"
    line = first_line(First(index=1500, row=row), objectives, "pJ")
    assert line == "first result: design 1,500: 1,234 inf/s, 56.0 inf/J, 13.4 mm²"
    relative = first_line(First(index=1500, row=row), objectives, "energy of one 16-bit MAC")
    assert relative == line.replace("inf/J", "inf/energy")
