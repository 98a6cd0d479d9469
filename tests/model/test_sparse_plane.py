"""The density plane: the dense corner, what compression and raw mode need, and designs that are refused."""

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.sparse_plane import Surroundings, all_designs, plane

AROUND = Surroundings(
    chain=8.0, m_tiles=4.0, positions=64.0, psum_fifo=8.0, weight_tiles=32.0, iact_correlation=0.57,
    weight_correlation=0.04,
)  # fmt: skip
DENSITIES = np.asarray([0.1, 0.5, 1.0])


def one(**fields):
    """Rates of one design, [A, B] each."""
    sizes = {"spad_pairs": 192, "lanes": 2, "M0": 16, "C0": 8} | fields
    designs = all_designs(**{name: (value,) for name, value in sizes.items()})
    rates = plane(designs, DENSITIES, DENSITIES, AROUND)
    return type(rates)(*(np.asarray(part)[0] for part in rates))


def test_dense_corner_is_the_dense_law():
    """128 MACs in 64 cycles of two lanes and 8 of drain, with the weights in beats of two or three over 64 windows."""
    rates = one()
    assert rates.compressed[-1, -1] == pytest.approx(128 / (64 + 8 + 64 / 64), rel=1e-3)
    assert rates.raw[-1, -1] == pytest.approx(128 / (64 + 8 + 128 / 3 / 64), rel=1e-5)
    assert rates.utilization[-1, -1] == pytest.approx(rates.compressed[-1, -1] / 2, rel=1e-5)


def test_raw_mode_wins_only_where_both_are_dense():
    rates = one()
    assert rates.raw[-1, -1] > rates.compressed[-1, -1]
    assert (rates.raw < rates.compressed).sum() == DENSITIES.size**2 - 1
    assert np.ptp(rates.raw) == 0


def test_sparser_is_faster():
    rates = one()
    assert (np.diff(rates.compressed, axis=0) < 0).all() and (np.diff(rates.compressed, axis=1) < 0).all()


def test_a_tile_that_does_not_fit_does_nothing():
    """512 weights fit 192 slots when few are nonzero, 80 never do raw."""
    rates = one(M0=32, C0=16)
    assert (rates.compressed[:, 0] > 0).all()
    assert not rates.compressed[:, 1:].any() and not rates.raw.any()
    assert not one(spad_pairs=64, M0=16, C0=5).raw.any()


def test_more_lanes_are_faster_but_less_busy():
    two, four = one(), one(lanes=4)
    assert (four.compressed > two.compressed).all()
    assert (four.utilization < two.utilization).all()


def test_every_combination_is_there_once():
    designs = all_designs(spad_pairs=(96, 192), lanes=(1, 2), M0=(8,), C0=(4, 8, 12))
    assert len(set(zip(*designs, strict=True))) == 12


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"M0": ()}, r"M0 = \(\)"), ({"C0": (0,)}, r"C0 = \(0,\)"), ({"lanes": (9,)}, "9 lanes exceed the 8")],
)
def test_bad_designs_are_refused(fields, message):
    with pytest.raises(SpecError, match=message):
        all_designs(**({"spad_pairs": (192,), "lanes": (2,), "M0": (16,), "C0": (8,)} | fields))


def test_bad_densities_are_refused():
    with pytest.raises(SpecError, match=r"density of weights = 1.2 must lie in \[0, 1\]"):
        plane(all_designs((192,), (2,), (16,), (8,)), DENSITIES, np.asarray([1.2]), AROUND)
