"""What an execution counted, as exact Python integers, and the reuse factors that follow."""

from dataclasses import dataclass

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.nest import Ints
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


@dataclass(frozen=True, slots=True, eq=False)
class BankedWords:
    """:class:`Words` of each of many like memories: arrays of one shape."""

    reads: Ints
    fills: Ints
    updates: Ints

    @property
    def total(self) -> Words:
        """The words of all of them."""
        return Words(reads=int(self.reads.sum()), fills=int(self.fills.sum()), updates=int(self.updates.sum()))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Instances:
    """Words per instance and data type, each in its physical place.

    Routers and banks: on Eyeriss v2 a cluster has 3 iact routers and banks, 3 weight routers (one per PE row) and 4
    psum routers and banks (one per PE column). Which address is in which iact bank is not published: words are dealt to
    the routers and banks of a cluster in turn. A flat bus has one port, and each of its clusters one bank.

    Attributes:
        spads: :class:`BankedWords` per PE [cluster_rows, cluster_cols, pe_rows, pe_cols].
        arrivals: per PE: words that arrive (iact, weight) or that it hands on at the end of its psum visits (psum).
        ports: per router [cluster_rows, cluster_cols, routers]: words into the PEs, or (psum) out of the PE column.
        banks: :class:`BankedWords` per GLB bank [cluster_rows, cluster_cols, banks]. What clusters share counts at the
            first of them.
        cluster_words: per cluster [cluster_rows, cluster_cols]: distinct words delivered to it at each position
            (iact) or pass (weight), psum words of its PEs' visits before they are reduced across clusters.
        source_reads: per cluster: the words that its GLB cluster (or its DRAM port, for what bypasses the GLB) reads
            or, for psums, writes. Clusters that share a word have it from the first of them.
    """

    spads: PerType
    arrivals: PerType
    ports: PerType
    banks: PerType
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
        hops: words that clusters of a mesh have from other clusters, or (psum) hand on to others.
        port: words through the busiest port: into a cluster (iact, all its routers), into a PE row of one (weight),
            out of a PE column of one (psum); on a flat bus through the bus.
        returns: psum words that come back through that port.
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
    hops: PerType
    port: PerType
    returns: int
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
