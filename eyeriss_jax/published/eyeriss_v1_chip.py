"""The Eyeriss v1 chip on AlexNet CONV1-5, batch 4, with the mappings of its papers (JSSC 2017, ISSCC 2016).

Latency has two parts: processing, and the transfer of feature maps from and to DRAM, which the chip does not overlap
with it (weights are prefetched). Feature maps are run-length coded in DRAM, all but the image that CONV1 reads.
"""

import csv
import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

import jax

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims, PerType
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.run_length import coded_bits
from eyeriss_jax.model.storage import glb_need
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.numerics import real
from eyeriss_jax.search.mapping import evaluate_exactly

BATCH: int = 4
CHIP: str = "eyeriss_v1"
_BYTES_PER_WORD = 2
_LINK_BYTES_PER_S = 64 / 8 * 60e6  # 64 bits at 60 MHz (ISSCC 2016)

# Densities of inputs and outputs that Sparseloop validated against this chip (MICRO 2022 artifact, table 7).
IACT_DENSITY = {"CONV1": 0.999, "CONV2": 0.600, "CONV3": 0.275, "CONV4": 0.207, "CONV5": 0.230}
_OACT_DENSITY = {"CONV1": 0.378, "CONV2": 0.169, "CONV3": 0.303, "CONV4": 0.304, "CONV5": 0.100}


@dataclass(frozen=True)
class ChipRun:
    """One layer on the chip: what was published of it, the layer and its mapping."""

    published: dict[str, float]
    layer: Layer
    mapping: Mapping

    @cached_property
    def evaluation(self) -> Evaluation:
        """Ours; not before it is asked for, so that claims can be listed without a compiled program."""
        return evaluate_exactly(accelerator(CHIP), self.layer, self.mapping)

    @property
    def processing_ms(self) -> float:
        """Processing latency in ms."""
        return 1e3 * self.evaluation.cycles.total / accelerator(CHIP).clock_hz

    @property
    def dram_phase_ms(self) -> float:
        """Time in ms to load coded iacts and dump coded oacts over the link, which nothing hides."""
        return 1e3 * (self.iact_bytes + self.oact_bytes) / _LINK_BYTES_PER_S

    @property
    def iact_bytes(self) -> float:
        """Bytes of iacts read from DRAM, as stored there."""
        raw = self.evaluation.dram.iact.reads * _BYTES_PER_WORD
        if self.layer.name == "CONV1":
            return raw
        assert self.layer.input_size is not None  # of AlexNet's layers it is known
        return raw * _coded_share(self.layer.input_size[1], IACT_DENSITY[self.layer.name])

    @property
    def oact_bytes(self) -> float:
        """Bytes of coded oacts written to DRAM."""
        raw = self.evaluation.dram.psum.updates * _BYTES_PER_WORD
        return raw * _coded_share(self.layer.F, _OACT_DENSITY[self.layer.name])

    @property
    def dram_mb(self) -> float:
        """MB (10^6 bytes) over the link, feature maps coded."""
        weights = self.evaluation.dram.weight.reads * _BYTES_PER_WORD
        return (self.iact_bytes + weights + self.oact_bytes) / 1e6

    @property
    def raw_dram_mb(self) -> float:
        """MB over the link if feature maps were stored as they are, padding included."""
        glb, dram = self.evaluation.glb, self.evaluation.dram
        return (glb.iact.fills + dram.weight.reads + dram.psum.updates) * _BYTES_PER_WORD / 1e6

    @property
    def glb_mb(self) -> float:
        """MB read from and written to the GLB."""
        levels = (self.evaluation.glb.iact, self.evaluation.glb.psum)
        return sum(level.reads + level.fills + level.updates for level in levels) * _BYTES_PER_WORD / 1e6

    @property
    def glb_kb(self) -> tuple[float, float]:
        """kB (1024 bytes) that the GLB holds of iacts and of psums."""
        need = self.needs
        return need.iact * _BYTES_PER_WORD / 1024, need.psum * _BYTES_PER_WORD / 1024

    @property
    def needs(self) -> PerType:
        """Words of each data type in the GLB."""
        layer, mapping = jax.tree.map(real, (self.layer.build(), self.mapping.build()))
        need = glb_need(layer, tile_all(layer.dims, mapping), oacts_bypass=0.0)
        return jax.tree.map(float, need)


def _coded_share(row: int, density: float) -> float:
    """Coded over raw size of rows of ``row`` values."""
    return coded_bits(row, density) / (row * 8 * _BYTES_PER_WORD)


@cache
def chip_runs() -> dict[str, ChipRun]:
    """The five layers by name, and what was published of each."""
    layers = {layer.name: layer for layer in network("alexnet", batch=BATCH).layers}
    runs = {}
    for row in published_rows():
        name = row["layer"]
        if name in layers:
            mapping = published_mapping(row)
            numbers = {key: float(value) for key, value in row.items() if key != "layer" and value}
            runs[name] = ChipRun(numbers, layers[name], mapping)
    return runs


def published_rows() -> list[dict[str, str]]:
    """The published table: JSSC 2017 Tables III and V, ISSCC 2016."""
    file = resources.files("eyeriss_jax.published").joinpath("data", "eyeriss_v1_alexnet.csv")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def published_mapping(row: dict[str, str]) -> Mapping:
    """A row's (m, n, e, p, q, r, t) as a mapping; rows of the papers are columns here (see ``dataflow/rs.py``).

    A set of R rows by e columns; r sets on other channels and t on other filters are stacked on the rows, or lie side
    by side where the filter leaves no room (CONV1); a set wider than the array is folded into segments on further
    rows. The GLB holds q r channels of n inputs and the psums of m filters for one strip.
    """
    n, m, e, p, q, r, t, filters, height = (int(row[key]) for key in ("n", "m", "e", "p", "q", "r", "t", "R", "E"))
    chip = accelerator(CHIP)
    segments = math.ceil(e / chip.pe_cols)
    stacked = filters * r * t * segments <= chip.pe_rows
    return Mapping(
        glb=Dims(N=n, M=m, C=q * r, E=height, F=e, R=filters, S=filters),
        pe_rows=Dims(S=filters, C=r, M=t if stacked else 1, F=segments),
        pe_cols=Dims(F=min(e, chip.pe_cols), M=1 if stacked else t),
        spad=Dims(N=n, M=p, C=q, E=height, R=filters),
        dram_order=("NEF", "M", "CRS"),
        glb_order=("M", "CRS", "NEF"),
    )
