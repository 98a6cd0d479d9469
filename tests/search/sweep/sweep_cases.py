"""A small sweep that all tests of the engine share, so that it compiles once a process."""

from functools import lru_cache

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.search.space import design_space
from eyeriss_jax.search.sweep import Result, Settings, Sweep, merged

NETWORK = Network(
    name="tiny",
    layers=(
        Layer.conv2d("conv", 8, 24, 14, 3, padding=1),
        Layer.depthwise("dw", 24, 14, 3, padding=1),
        Layer.fully_connected("fc", 96, 40),
    ),
    source="made up",
)
AXES = {
    "cluster_rows": (2, 4),
    "noc_words_per_cycle": {"iact": (3, 9), "weight": (1, 3)},
    "glb_bits.iact": (12288, 36864),
    "clock_hz": (1e8, 2e8, 4e8),
}
OBJECTIVES = ("inferences_per_s", "inferences_per_energy", "area_mm2")


def small_sweep(devices=(), axes=None, constraints=None, objectives=OBJECTIVES, network=NETWORK, **settings) -> Sweep:
    """48 designs, three layers, a handful of mappings each."""
    space = design_space(accelerator("eyeriss_v2"), axes or AXES, constraints, accelerator)
    chosen = {"inners": 8, "tilings": 3, "top": 5, "front": 64, "designs_per_call": 16} | settings
    return Sweep(
        space=space, networks=(network,), objectives=objectives, settings=Settings(**chosen), devices=tuple(devices)
    )


def run(sweep: Sweep) -> Result:
    """All parts, merged."""
    total = sweep.blank
    for number in range(sweep.parts):
        total = merged(total, sweep.run_part(number)[0], sweep.program.top)
    return total


@lru_cache
def reference() -> tuple[Sweep, Result]:
    """The small sweep, run once in one part."""
    sweep = small_sweep()
    return sweep, run(sweep)


def same(first: Result, second: Result) -> bool:
    """Bit for bit."""
    one, two = first.arrays(), second.arrays()
    return all(one[name].tobytes() == two[name].tobytes() for name in one) and one.keys() == two.keys()
