"""The shortlist of one design: its mappings fit, and none is better than the certified one."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.sweep import shortlisted
from tests.search.explore.small import MACHINE, NET, score


@pytest.mark.slow
def test_its_mappings_fit_and_the_certified_ones_are_at_least_as_good():
    machine, told = MACHINE.replace(cluster_rows=2), []
    found = shortlisted(NET, machine, progress=lambda *at: told.append(at))
    result = score()(machine, found)
    for layer in result.layers:
        best = map_layer(layer.layer, machine).primary
        assert best <= layer.evaluation.cycles.total * (1 + 1e-9)
        assert layer.evaluation.cycles.total < 1.5 * best
    assert told == [(0, 3, "conv"), (1, 3, "dw"), (2, 3, "fc")]


def test_spads_that_hold_nothing_are_refused():
    with pytest.raises(SpecError, match="no SPad for psum"):
        shortlisted(NET, MACHINE.replace(spad_words=Types(iact=16, weight=192, psum=0)))
