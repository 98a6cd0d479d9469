"""What an execution counted, as exact Python integers, and the reuse factors that follow."""

from dataclasses import dataclass

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.tiles import Ints
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Words at one level for one data type.

    ``reads``: read towards the MACs, or (psums) to go on accumulating and, where charged, to drain. ``fills``:
    written from the level above. ``updates``: psum words written from below.
    """

    reads: int = 0
    fills: int = 0
    updates: int = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Instances:
    """Words per instance and data type.

    Attributes:
        spad_fills: per PE [cluster_rows, cluster_cols, pe_rows, pe_cols]: words that arrive (iact, weight) or that
            the PE hands on at the end of its psum visits (psum).
        cluster_words: per cluster [cluster_rows, cluster_cols]: distinct words delivered to it at each position
            (iact) or pass (weight), psum words of its PEs' visits before they are reduced across clusters.
        source_reads: per cluster: the words that its GLB cluster (or its DRAM port, for what bypasses the GLB) reads
            or, for psums, writes. Clusters that share a word have it from the first of them.
    """

    spad_fills: PerType
    cluster_words: PerType
    source_reads: PerType


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Everything that moved in one layer. Words unless said otherwise.

    Attributes:
        macs: multiply-accumulates executed, padding included.
        passes: array tiles processed.
        compute_cycles: MAC cycles of the most loaded PE, summed over passes.
        chain_steps: psum additions between PEs on the most loaded chain, ``lanes`` along M at once.
        active_pes: PEs with work in the fullest pass.
        spad: :class:`Words` of all SPads per data type.
        noc: words that arrive at PEs; for psums the words that leave a PE for its neighbour or the GLB.
        port: words through the busiest port: into cluster 0 (iact), into PE row 0 of it (weight), out of PE
            column 0 of it (psum).
        glb: :class:`Words` of the GLB per data type; zero for a type that bypasses it.
        dram: :class:`Words` of the DRAM per data type.
        instances: the same words per instance.
    """

    macs: int
    passes: int
    compute_cycles: int
    chain_steps: int
    active_pes: int
    spad: PerType
    noc: PerType
    port: PerType
    glb: PerType
    dram: PerType
    instances: Instances


@dataclass(frozen=True, kw_only=True, slots=True)
class Reuse:
    """Reuse factors of one data type at DRAM, GLB, array and RF (SPad), ISCA'16 section VI-B.

    Each value is read ``dram`` times from DRAM (psum: written), ``dram * glb`` times from the GLB, sent
    ``dram * glb * array`` times over the array and read ``dram * glb * array * rf`` times from SPads (psum:
    accumulated). A data type that bypasses the GLB has ``glb = 1``.
    """

    dram: float
    glb: float
    array: float
    rf: float


def reuse_factors(layer: Layer, counts: Counts) -> PerType:
    """The :class:`Reuse` of each data type.

    Distinct values are those of the layer that are used: true input positions that an output reads, all weights, all
    outputs.
    """
    values = {
        "iact": layer.G * layer.N * layer.C * layer.touched_input[0] * layer.touched_input[1],
        "weight": layer.weights,
        "psum": layer.oacts,
    }

    def of(data_type: str) -> Reuse:
        psum = data_type == "psum"
        dram = counts.dram[data_type].updates if psum else counts.dram[data_type].reads
        sent = _total(counts.instances.source_reads[data_type])
        uses = counts.macs if psum else counts.spad[data_type].reads
        return Reuse(
            dram=dram / values[data_type],
            glb=sent / dram,
            array=counts.noc[data_type] / sent,
            rf=uses / counts.noc[data_type],
        )

    return PerType.build(of)


def _total(words: Ints) -> int:
    return int(words.sum())
