"""A plausible result without a search: six layers of a small network on 192 PEs, or as many as wanted."""

from itertools import accumulate

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims, PerType
from eyeriss_jax.hardware import ISCA16, Accelerator, Types
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.evaluation import Access, Cycles, Energy, Evaluation
from eyeriss_jax.model.results import LayerResult, NetworkResult

ACCELERATOR = Accelerator(
    name="eyeriss_v2",
    description="192 PEs in 16 clusters",
    cluster_rows=8,
    cluster_cols=2,
    pe_rows=3,
    pe_cols=4,
    lanes=2,
    spad_words=Types(iact=10_000, weight=100_000, psum=10_000),  # any mapping fits, so that it can be counted
    word_bits=Types(iact=8, weight=8, psum=20),
    oact_bits=8,
    glb_bits=Types(iact=10**9, weight=0, psum=10**9),
    noc="mesh",
    noc_words_per_cycle=Types(iact=9, weight=3, psum=2),
    energy=ISCA16,
)

LAYERS = (
    Layer.conv2d("conv1", 3, 32, 224, 3, stride=2, padding="same"),
    Layer.conv2d("conv2_dw", 32, 32, 112, 3, padding="same", groups=32),
    Layer.conv2d("conv2_pw", 32, 64, 112, 1),
    Layer.conv2d("conv3_dw", 64, 64, 112, 3, stride=2, padding="same", groups=64),
    Layer.conv2d("conv3_pw", 64, 128, 56, 1),
    Layer(name="fc", M=1000, C=1024),
)
"""The layers of :func:`fake_result`."""

# What each step leaves of the bound before, per layer; the first entry applies to the array's peak.
_KEPT = (
    (1.0, 0.94, 0.8, 1.0, 0.9, 0.95),
    (1.0, 0.5, 0.9, 1.0, 0.45, 0.9),
    (1.0, 1.0, 1.0, 0.96, 0.98, 0.97),
    (1.0, 0.5, 0.95, 1.0, 0.4, 0.9),
    (1.0, 1.0, 1.0, 0.92, 0.97, 0.97),
    (1.0, 1.0, 0.97, 1.0, 0.11, 0.98),
)
_LIMITERS = ("array shape", "bandwidth (iact)", "storage", "bandwidth (iact)", "storage", "bandwidth (weight)")


def fake_mapping(layer: Layer) -> Mapping:
    """A mapping of ``layer`` that spreads outputs over the columns."""
    return Mapping(
        glb=Dims.build(layer.extent),
        pe_cols=Dims(F=min(4, layer.F)),
        cluster_rows=Dims(G=min(8, layer.G)),
        spad=Dims(S=layer.S, R=layer.R, E=layer.E, C=min(16, layer.C), M=min(16, layer.M)),
    )


def fake_layer_result(layer: Layer, kind: int = 0) -> LayerResult:
    """One layer whose losses follow pattern ``kind``."""
    peak = float(ACCELERATOR.macs_per_cycle)
    tail = list(accumulate(_KEPT[kind], lambda bound, kept: bound * kept, initial=peak))[2:]
    bounds = (float(layer.macs), min(layer.macs, 40 * peak), *tail)
    cycles = layer.macs / bounds[-1]
    inputs = layer.macs / (2 * layer.M * layer.R) ** 0.6
    weights = layer.macs / max(1, layer.E * layer.F) ** 0.5
    outputs = layer.macs / (layer.C * layer.R * layer.S) ** 0.7
    return LayerResult(
        layer=layer,
        mapping=fake_mapping(layer),
        evaluation=_evaluation(layer, bounds, cycles, inputs, weights, outputs),
        bounds=bounds,
        reasons=(
            "",
            "",
            "M = 1 leaves one of two SIMD lanes idle" if kind in (1, 3) else "",
            "C = 3 fills 3 of 4 PE columns",
            "",
            f"{_LIMITERS[kind]}: 1.4 of 3 words per cycle",
            "the first fill takes 120 cycles",
        ),
        limiter=_LIMITERS[kind],
        mapspace_size=12_345_678,
        evaluated=54_321,
        certified=kind != 2,
        certificate="all 12,345,678 points enumerated" if kind != 2 else "search stopped at its budget",
    )


def _evaluation(
    layer: Layer, bounds: tuple[float, ...], cycles: float, inputs: float, weights: float, outputs: float
) -> Evaluation:
    """Every number of the model, of a plausible size."""
    return Evaluation(
        code=0,
        macs=float(layer.macs),
        work=float(layer.macs),
        compressed=0.0,
        oact_bits=float(ACCELERATOR.oact_bits),
        active_pes=round(bounds[4] / ACCELERATOR.lanes),
        utilization=bounds[-1] / ACCELERATOR.macs_per_cycle,
        cycles=Cycles(
            compute=cycles * 0.6,
            chain=cycles * 0.05,
            waiting=0.0,
            delivery=PerType(iact=cycles * 0.9, weight=cycles * 0.2, psum=cycles * 0.1),
            returning=cycles * 0.05,
            glb=cycles * 0.1,
            dram=0.0,
            exposed=cycles * 0.3,
            ramp=cycles * 0.05,
            bandwidth_bound=layer.macs / bounds[5],
            total=cycles,
        ),
        spad=PerType.build(lambda _: Access(reads=float(layer.macs), fills=inputs, updates=0.0)),
        noc=PerType(iact=inputs * 4, weight=weights * 2, psum=outputs * 2),
        hops=PerType(iact=inputs * 2, weight=0.0, psum=outputs),
        glb=PerType(
            iact=Access(reads=inputs, fills=inputs / 3, updates=0.0),
            weight=Access(reads=0.0, fills=0.0, updates=0.0),
            psum=Access(reads=outputs, fills=0.0, updates=outputs * 2),
        ),
        dram=PerType(
            iact=Access(reads=inputs / 3, fills=0.0, updates=0.0),
            weight=Access(reads=weights, fills=0.0, updates=0.0),
            psum=Access(reads=0.0, fills=0.0, updates=float(layer.G * layer.N * layer.M * layer.E * layer.F)),
        ),
        energy=Energy(
            mac=layer.macs * 1.0,
            spad=layer.macs * 2.2,
            noc=layer.macs * 0.3,
            glb=layer.macs * 0.5,
            dram=layer.macs * 0.9,
            static=0.0,
            total=layer.macs * 4.9,
        ),
    )


def fake_result(layers: tuple[Layer, ...] = LAYERS, network: str = "tinynet") -> NetworkResult:
    """A network result for ``layers``."""
    return NetworkResult(
        network=network,
        accelerator=ACCELERATOR,
        dataflow="rs_plus",
        objective="cycles",
        layers=tuple(fake_layer_result(layer, index % len(_KEPT)) for index, layer in enumerate(layers)),
        inferences=layers[0].N,
    )


def many_layers(count: int) -> tuple[Layer, ...]:
    """``count`` distinct layers, depthwise and pointwise in turn, smaller and deeper as they go."""
    layers = []
    for index in range(count - 1):
        size, channels = max(7, 112 >> (index // 5)), min(1024, 32 << (index // 5))
        if index % 2:
            layers.append(Layer.conv2d(f"conv{index // 2 + 1}_pw", channels, channels, size, 1))
        else:
            layers.append(Layer.depthwise(f"conv{index // 2 + 1}_dw", channels, size, 3, padding="same"))
    return (*layers, Layer(name="fc", M=1000, C=1024))
