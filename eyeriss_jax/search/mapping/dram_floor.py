"""The least DRAM energy of any mapping of a layer, from what the GLB can hold: what every bound of a search may add.

A DRAM tile that fits the GLB leaves so many steps over M, over C, R and S, and over the positions N, E and F. A data
type that one of these groups is irrelevant to comes again at each of its steps, unless no other group iterates inside
it (:func:`eyeriss_jax.model.reuse.iterates_inside`). Words that pass by the GLB come at least as often. Here tiles are
of any size, halos are free, and clusters need no copies, so that no mapping is below it:

    energy = min over steps and orders of sum over data types of words x visits x energy per word
"""

import math
from itertools import permutations

import numpy as np

from eyeriss_jax.dataflow.mapspace import MapSpace
from eyeriss_jax.dims import GROUPS, IRRELEVANT_GROUP, TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.search.objectives import least_dram_energies

_EVERY_UP_TO = 16
_GROWTH = 1.05
"""Numbers of steps that are tried: every small one, then intervals, each as cheap as its first and as small as its
last."""


def least_dram_energy(layer: Layer, accelerator: Accelerator, space: MapSpace) -> float:
    """DRAM energy that no mapping in ``space`` can be below, in the unit of the accelerator's table."""
    most = {group: math.prod(int(space.most_parts[dim]) for dim in members) for group, members in GROUPS.items()}
    first_m, last_m = _intervals(most["M"])
    first_crs, last_crs = _intervals(most["CRS"])
    steps = {"M": first_m[:, None], "CRS": first_crs[None, :]}
    fewest = _fewest_position_steps(
        layer, accelerator, last_m[:, None], last_crs[None, :], holds_psums=_psums_come_back(layer, accelerator, space)
    )
    possible = fewest <= most["NEF"]
    steps["NEF"] = np.where(possible, fewest, 1.0)
    passing = _passing_by(layer, accelerator, space, last_m[:, None] * last_crs[None, :])
    once, again = least_dram_energies(layer, accelerator)
    least = np.full(possible.shape, np.inf)
    for order in permutations(GROUPS):
        total = np.zeros(possible.shape)
        for t in TYPES:
            visits = _visits(t, order, steps)
            if t == "weight":
                visits = passing * steps["NEF"] + (1 - passing) * visits
            total += once[t] + again[t] * (visits - 1.0)
        least = np.minimum(least, np.where(possible, total, np.inf))
    return float(least.min(initial=math.inf))


def _intervals(most: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and last number of each interval of 1 ... ``most``."""
    starts = [1]
    while starts[-1] < most:
        starts.append(max(starts[-1] + 1, math.floor(starts[-1] * _GROWTH) if starts[-1] > _EVERY_UP_TO else 0))
    first = np.array([start for start in starts if start <= most], float)
    return first, np.append(first[1:] - 1, float(most))


def _visits(data_type: str, order: tuple[str, ...], steps: dict[str, np.ndarray]) -> np.ndarray:
    """How often a word of ``data_type`` comes from DRAM under ``order``, outermost group first."""
    group = IRRELEVANT_GROUP[data_type]
    inside = order[order.index(group) + 1 :]
    iterates = np.logical_or.reduce(np.broadcast_arrays(*(steps[other] > 1 for other in inside))) if inside else False
    return np.where(iterates, steps[group], 1.0)


def _passing_by(layer: Layer, accelerator: Accelerator, space: MapSpace, tiles: np.ndarray) -> np.ndarray:
    """The share of weights that come from DRAM at every step over positions whatever the order.

    These are the weights that the GLB does not keep and whose DRAM tile is more than the array holds at once: others of
    the same tile are in between. ``tiles``: DRAM tiles of weights per channel group.
    """
    if "weight" in accelerator.glb_keeps:
        return np.zeros(tiles.shape)
    sizes = zip(*(space.pe_tiles[dim].tolist() for dim in ("G", "M", *GROUPS["CRS"])), strict=True)
    in_array = accelerator.pes * max(math.prod(tile) for tile in sizes)
    return np.maximum(1 - tiles * in_array / (layer.weights / layer.G), 0.0)


def _psums_come_back(layer: Layer, accelerator: Accelerator, space: MapSpace) -> bool:
    """Whether no array tile holds all of C, R and S, so that psums wait in the GLB even if finished ones bypass it."""
    in_pe = max(math.prod(tile) for tile in zip(*(space.pe_tiles[dim].tolist() for dim in GROUPS["CRS"]), strict=True))
    places = math.prod(getattr(accelerator, axis) for axis in accelerator.reduce_axes)
    return not accelerator.oacts_bypass_glb or in_pe * places < layer.C * layer.R * layer.S


def _fewest_position_steps(
    layer: Layer, accelerator: Accelerator, m_steps: np.ndarray, crs_steps: np.ndarray, *, holds_psums: bool
) -> np.ndarray:
    """The fewest steps over positions whose tiles the GLB holds; infinite where it holds none."""
    rows, channels = layer.M / m_steps, layer.C / crs_steps
    weights = rows * layer.C * layer.R * layer.S / crs_steps
    positions = layer.N * layer.E * layer.F

    def fits(tile: np.ndarray) -> np.ndarray:
        """Whether tiles of so many positions fit all GLB banks together."""
        need = {"iact": channels * tile, "weight": weights, "psum": rows * tile * holds_psums}
        spilled = np.zeros(tile.shape)
        for t in accelerator.glb_keeps:
            bits = need[t] * accelerator.word_bits[t] / accelerator.clusters
            spilled += np.maximum(bits - accelerator.glb_bits[t], 0.0)
        return spilled <= accelerator.glb_shared_bits * (1 + 1e-9) + 1e-6

    shape = np.broadcast_shapes(m_steps.shape, crs_steps.shape)
    low, high = np.zeros(shape), np.full(shape, float(positions))
    low = np.where(fits(high), high, low)
    for _ in range(40):
        middle = (low + high) / 2
        fit = fits(middle)
        low, high = np.where(fit, middle, low), np.where(fit, high, middle)
    with np.errstate(divide="ignore"):
        return np.where(high >= 1, np.ceil(positions / high - 1e-6), np.inf)
