"""The closed form against the array simulation: layer kinds, densities and real masks."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from eyeriss_jax.functional.sparse import (
    ArrayQueues,
    ArrayRun,
    ArraySplit,
    ArrayWork,
    LayerMasks,
    array_work,
    column_words,
    random_masks,
    real_masks,
    run_array,
)
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.sparsity import IACT_CORRELATION, WEIGHT_CORRELATION
from eyeriss_jax.model.density import (
    Densities,
    PeGroup,
    WindowStats,
    channel_stats,
    measured_stats,
    window_stats,
)
from eyeriss_jax.model.sparse import Queues, window_cycles

MODELS = ("uniform", "clustered", "channels", "measured")
"""The density models, from the least known to the most."""

# One layer of each kind with a split that suits it: 128 to 192 PEs.
RANDOM_LAYERS: tuple[tuple[str, Layer, ArraySplit], ...] = (
    (
        "1x1, large map",
        Layer(name="PW", M=64, C=64, E=16, F=16),
        ArraySplit(M0=16, C0=8, channel_tiles=8, m_tiles=4, position_blocks=6),
    ),
    (
        "1x1, small map",
        Layer(name="PW", M=256, C=192, E=4, F=4),
        ArraySplit(M0=16, C0=8, channel_tiles=24, m_tiles=8),
    ),
    (
        "3x3",
        Layer.conv2d("CONV", 32, 64, 12, 3, padding=1),
        ArraySplit(M0=16, C0=4, channel_tiles=4, m_tiles=4, position_blocks=4),
    ),
    (
        "3x3, stride 2",
        Layer.conv2d("CONV1", 3, 16, 48, 3, stride=2, padding="same"),
        ArraySplit(M0=16, C0=3, channel_tiles=1, m_tiles=1, position_blocks=64),
    ),
    (
        "fully connected",
        Layer.fully_connected("FC", 384, 512),
        ArraySplit(M0=16, C0=16, channel_tiles=24, m_tiles=8),
    ),
)


class Comparison(NamedTuple):
    """One case: simulated cycles, and those of the closed form by density model (NaN where a model is undefined)."""

    kind: str
    iact_density: float
    weight_density: float
    simulated: float
    predicted: dict[str, float]
    work: ArrayWork
    run: ArrayRun

    def error(self, model: str) -> float:
        """Relative error of a model."""
        return self.predicted[model] / self.simulated - 1


def compare(kind: str, masks: LayerMasks, split: ArraySplit, queues: ArrayQueues) -> Comparison:
    """Simulates a layer and predicts its cycles."""
    work = array_work(masks, split)
    run = run_array(work, split.M0, split.lanes, queues)
    windows, chain = work.macs.shape[0], work.macs.shape[1]
    passes = windows // -(-masks.layer.E * masks.layer.F // split.position_blocks)
    load = work.loads.sum() / (chain * split.m_tiles) if not queues.weights_ahead else 0.0
    overlap = max(masks.layer.S / masks.layer.stride[1], 1.0)
    around = Queues(queues.psum_fifo, windows, split.position_blocks, windows / passes, overlap)
    predicted = {}
    for model, stats in _statistics(masks, split, work, passes).items():
        total = window_cycles(stats, split.M0, split.lanes, chain, around).total
        predicted[model] = float(total) * windows + float(load) + chain
    densities = float(masks.iacts.mean()), float(masks.weights.mean())
    return Comparison(kind, *densities, float(run.cycles), predicted, work, run)


def _statistics(masks: LayerMasks, split: ArraySplit, work: ArrayWork, passes: int) -> dict[str, WindowStats]:
    """What each density model says of one layer; per-channel counts are defined for 1x1 filters only."""
    layer = masks.layer
    chain = split.channel_tiles * layer.R
    group = PeGroup(split.M0, split.C0, layer.S, split.lanes, chain, split.channel_tiles, split.m_tiles)
    iact, weight = float(masks.iacts.mean()), float(masks.weights.mean())
    result = {
        "uniform": window_stats(Densities(iact, weight), group),
        "clustered": window_stats(Densities(iact, weight, IACT_CORRELATION, WEIGHT_CORRELATION), group),
        "measured": measured_stats(jnp.asarray(work.macs), passes),
    }
    if layer.R * layer.S == 1:
        words = column_words(masks.weights, split.M0, split.lanes)[:, :, 0, 0].astype(np.float32)
        active = jnp.asarray(masks.iacts.mean((1, 2), dtype=np.float32))
        result["channels"] = channel_stats(active, jnp.asarray(words), split.C0, split.channel_tiles, split.m_tiles)
    return result


def random_cases(densities: tuple[float, ...], queues: ArrayQueues) -> list[Comparison]:
    """Every kind of layer at every pair of densities."""
    return [
        compare(kind, random_masks(layer, iact, weight), split, queues)
        for kind, layer, split in RANDOM_LAYERS
        for iact in densities
        for weight in densities
    ]


def real_cases(queues: ArrayQueues) -> list[Comparison]:
    """The four layers with public masks, on 192 PEs with M0 = 16 and C0 = 8, the split of the ground truth."""
    cases = []
    for number, masks in real_masks().items():
        tiles = masks.layer.C // 8
        chain = 24 if tiles % 24 == 0 else min(tiles, 8)
        split = ArraySplit(M0=16, C0=8, channel_tiles=chain, m_tiles=4, position_blocks=192 // (4 * chain))
        cases.append(compare(f"{number}, real masks", masks, split, queues))
    return cases
