"""The accelerator: a grid of PE clusters with their SPads, GLB banks, routers and the DRAM behind them."""

import dataclasses
import math
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, ClassVar

from eyeriss_jax.dims import TYPES, PerType
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.hardware.energy import EnergyArrays, EnergyTable
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.hardware.sparse_pe import SparsePe, no_sparse_pe
from eyeriss_jax.hardware.voltage import check_clock_volts

__all__ = [
    "AXES", "NOC_KINDS", "Accelerator", "AcceleratorArrays", "EnergyArrays", "EnergyTable", "Types",
]  # fmt: skip

AXES: tuple[str, ...] = ("cluster_rows", "cluster_cols", "pe_rows", "pe_cols")
"""The physical axes, outermost first; each is also the field with its length."""

NOC_KINDS: tuple[str, ...] = ("mesh", "bus")
"""The networks on chip: hierarchical mesh (v1.5, v2) and flat multicast bus (v1)."""


DATAFLOW_NAMES: tuple[str, ...] = ("rs", "rs_plus", "rs_r1", "rs_isca16", "ws", "os_a", "os_b", "os_c", "nlr")
"""The dataflows a machine can be built for: row stationary (v1; ``rs_r1`` with channels that meet in the GLB), RS+
(v2), and those that ISCA 2016 compares (RS on an array without a shape, weight and output stationary, no local
reuse)."""


def _sparse_pe(where: str, value: Any) -> None:
    if value is not None and not isinstance(value, SparsePe):
        raise SpecError(f"{where} = {value!r} must be a SparsePe, or None for dense PEs.")


def _energy_table(where: str, value: Any) -> None:
    if not isinstance(value, EnergyTable):
        raise SpecError(f"{where} = {value!r} must be an EnergyTable; look one up with energy_table().")


def _cited(where: str, value: Any) -> None:
    checks.known_names(where, tuple(value), _field_names())


@dataclass(frozen=True, kw_only=True, slots=True)
class Accelerator:
    """An Eyeriss-like accelerator. Words are in the data type's own width unless a name says bits.

    Units stand in brackets. Files (:mod:`~eyeriss_jax.hardware.accelerator_file`) and axes of a sweep use these names.

    Attributes:
        name: Short name, used in messages and reports.
        description: One sentence on what the design is.
        cluster_rows: [clusters] PE clusters along the vertical axis.
        cluster_cols: [clusters] PE clusters along the horizontal axis.
        pe_rows: [PEs] PEs along the vertical axis of one cluster.
        pe_cols: [PEs] PEs along the horizontal axis of one cluster.
        lanes: [MACs/cycle] MACs per PE and cycle (SIMD over output channels).
        spad_words: [words] Capacity of one PE's SPad.
        word_bits: [bits] Width of one word.
        oact_bits: [bits] Width of a finished psum on its way to DRAM.
        glb_bits: [bits] GLB capacity per cluster dedicated to a data type.
        glb_shared_bits: [bits] GLB capacity per cluster shared by all that the GLB keeps.
        glb_keeps: Data types that the GLB stores; the others pass it by.
        oacts_bypass_glb: Whether finished psums leave the array straight for DRAM, so that only psums that come back
            use the GLB.
        glb_read_words_per_cycle: [words/cycle] What one cluster's GLB can read.
        glb_write_words_per_cycle: [words/cycle] What one cluster's GLB can write.
        noc: ``"mesh"`` (hierarchical mesh) or ``"bus"`` (flat multicast bus).
        noc_words_per_cycle: [words/cycle] Mesh: what enters one cluster (iact), one PE row of a cluster (weight) and
            one PE column of a cluster (psum). Bus: what all the array gets, whatever its size.
        overlap: Data types whose delivery is hidden behind compute (double-buffered); for psums in both directions.
        reduce_axes: Physical axes along which psums of different PEs can be accumulated.
        chained_axes: Physical axes along which PEs only pass psums on to each other, so that nothing but reduced
            dimensions can be spread over them.
        psum_chain_cycles: [cycles] Time to add one psum to its neighbour's on the vertical chain.
        pass_ramp_cycles: [cycles] Time to fill and drain the PE pipeline, once per pass.
        sends_windows_ahead: Whether the first iact windows of a pass arrive while the pass before computes; otherwise
            every pass waits for them.
        gates_zero_iacts: Whether a MAC on a zero iact costs no energy where it is not skipped; it takes its cycle.
        sparse_pe: What the PEs need to compute on compressed data; None for PEs that cannot.
        dram_read_bits_per_cycle: [bits/cycle] What can be read from DRAM, per core cycle.
        dram_write_bits_per_cycle: [bits/cycle] What can be written to DRAM, per core cycle.
        dram_total_bits_per_cycle: [bits/cycle] What DRAM can read and write together, per core cycle.
        clock_hz: [Hz] Core clock.
        clock_volts: [Hz, V] Pairs of a clock and the supply voltage that it needs, rising: what a design at another
            clock takes its energies from. Empty: a clock costs nothing.
        dataflow: The dataflow that the machine is built for; what mappers use unless told otherwise.
        energy: Energy per access.
        sources: Where each number comes from: field name -> citation. It takes no part in equality.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.

    Example:
        >>> v2 = accelerator("eyeriss_v2")
        >>> v2.pes, v2.macs_per_cycle, v2.peak_gops
        (192, 384, 153.6)
        >>> v2.replace(lanes=4).macs_per_cycle
        768
    """

    name: str
    description: str
    cluster_rows: int
    cluster_cols: int
    pe_rows: int
    pe_cols: int
    lanes: int = 1
    spad_words: Types
    word_bits: Types
    oact_bits: int
    glb_bits: Types
    glb_shared_bits: int = 0
    glb_keeps: tuple[str, ...] = ("iact", "psum")
    oacts_bypass_glb: bool = False
    glb_read_words_per_cycle: float = math.inf
    glb_write_words_per_cycle: float = math.inf
    noc: str
    noc_words_per_cycle: Types
    overlap: tuple[str, ...] = ("iact", "weight", "psum")
    reduce_axes: tuple[str, ...] = ("cluster_rows", "pe_rows")
    chained_axes: tuple[str, ...] = ()
    psum_chain_cycles: float = 1.0
    pass_ramp_cycles: float = 0.0
    sends_windows_ahead: bool = True
    gates_zero_iacts: bool = False
    sparse_pe: SparsePe | None = None
    dram_read_bits_per_cycle: float = math.inf
    dram_write_bits_per_cycle: float = math.inf
    dram_total_bits_per_cycle: float = math.inf
    clock_hz: float = 200e6
    clock_volts: tuple[tuple[float, ...], ...] = ()
    dataflow: str = "rs_plus"
    energy: EnergyTable
    sources: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    RULES: ClassVar[dict[str, checks.Rule]] = {
        "name": checks.named,
        **dict.fromkeys((*AXES, "lanes", "oact_bits"), partial(checks.integer, least=1)),
        "spad_words": partial(checks.per_type, check=partial(checks.whole_number, least=0)),
        "word_bits": partial(checks.per_type, check=partial(checks.whole_number, least=1)),
        "glb_bits": partial(checks.per_type, check=partial(checks.whole_number, least=0)),
        "glb_shared_bits": partial(checks.integer, least=0),
        "glb_keeps": partial(checks.known_names, known=TYPES),
        **dict.fromkeys(("oacts_bypass_glb", "sends_windows_ahead", "gates_zero_iacts"), checks.truth),
        "noc": partial(checks.known_name, known=NOC_KINDS),
        "noc_words_per_cycle": partial(checks.per_type, check=checks.bandwidth),
        "overlap": partial(checks.known_names, known=TYPES),
        "reduce_axes": partial(checks.known_names, known=AXES),
        "chained_axes": partial(checks.known_names, known=AXES),
        "psum_chain_cycles": checks.finite,
        "pass_ramp_cycles": checks.finite,
        **dict.fromkeys(
            (
                "glb_read_words_per_cycle", "glb_write_words_per_cycle", "dram_read_bits_per_cycle",
                "dram_write_bits_per_cycle", "dram_total_bits_per_cycle",
            ),
            checks.bandwidth,
        ),
        "clock_hz": checks.clock,
        "dataflow": partial(checks.known_name, known=DATAFLOW_NAMES),
        "sparse_pe": _sparse_pe,
        "energy": _energy_table,
        "sources": _cited,
    }  # fmt: skip
    """What each field must be by itself."""

    def __post_init__(self) -> None:
        """Validates every field by itself, then those that must fit each other."""
        where = f"accelerator {self.name!r}: "
        checks.fields(where, self, self.RULES)
        self._check_kept_types_have_room(where)
        check_clock_volts(where, self.clock_volts, self.clock_hz)
        if self.oact_bits > self.word_bits.psum:
            raise SpecError(
                f"psums of {self.word_bits.psum:g} bits cannot become oacts of {self.oact_bits}; raise word_bits.psum "
                "or lower oact_bits.",
                where=where,
                field="oact_bits",
            )

    def _check_kept_types_have_room(self, where: str) -> None:
        for data_type in self.glb_keeps:
            if self.glb_bits[data_type] + self.glb_shared_bits == 0:
                raise SpecError(
                    f"glb_keeps = {self.glb_keeps!r} keeps {data_type!r} in a GLB without room for it; raise "
                    f"glb_bits.{data_type} or glb_shared_bits above 0, or leave {data_type!r} out of glb_keeps.",
                    where=where,
                    field="glb_keeps",
                )

    @property
    def clusters(self) -> int:
        """Number of PE clusters, each with its GLB cluster and router cluster."""
        return self.cluster_rows * self.cluster_cols

    @property
    def pes(self) -> int:
        """Number of PEs."""
        return self.clusters * self.pe_rows * self.pe_cols

    @property
    def macs_per_cycle(self) -> int:
        """MAC units: the most MACs that the whole array finishes in one cycle."""
        return self.pes * self.lanes

    @property
    def glb_total_bits(self) -> float:
        """GLB capacity of all clusters and data types, in bits."""
        return self.clusters * (self.glb_bits.total + self.glb_shared_bits)

    @property
    def peak_gops(self) -> float:
        """Peak performance in GOPS, two operations per MAC."""
        return 2 * self.macs_per_cycle * self.clock_hz / 1e9

    def replace(self, **changes: Any) -> "Accelerator":
        """A copy with some fields changed and validated again.

        Unless ``sources`` is given too, a changed field loses its citation: its source then says that it was
        changed, and from which value.

        Raises:
            SpecError: an unknown field, with the closest known one, or a value that breaks a rule.
        """
        checks.known_names(f"accelerator {self.name!r}: replace", tuple(changes), _field_names())
        copy = dataclasses.replace(self, **changes)
        if "sources" in changes:
            return copy
        changed = (name for name in changes if name in self.sources and getattr(copy, name) != getattr(self, name))
        cited = {name: f"changed from {_former(getattr(self, name), getattr(copy, name))}" for name in changed}
        return dataclasses.replace(copy, sources={**self.sources, **cited})

    def build(self) -> AcceleratorArrays:
        """The accelerator as a pytree of Python floats, the form the laws take."""
        scalars = {
            name: float(getattr(self, name))
            for name in (
                *AXES, "lanes", "oact_bits", "glb_shared_bits", "glb_read_words_per_cycle", "glb_write_words_per_cycle",
                "psum_chain_cycles", "pass_ramp_cycles", "dram_read_bits_per_cycle", "dram_write_bits_per_cycle",
                "dram_total_bits_per_cycle", "clock_hz",
            )
        }  # fmt: skip
        return AcceleratorArrays(
            **scalars,
            spad_words=self.spad_words.build(),
            word_bits=self.word_bits.build(),
            glb_bits=self.glb_bits.build(),
            glb_keeps=PerType.build(lambda data_type: float(data_type in self.glb_keeps)),
            oacts_bypass_glb=float(self.oacts_bypass_glb),
            noc_is_mesh=float(self.noc == "mesh"),
            noc_words_per_cycle=self.noc_words_per_cycle.build(),
            reduces={axis: float(axis in self.reduce_axes) for axis in AXES},
            chained={axis: float(axis in self.chained_axes) for axis in AXES},
            overlap=PerType.build(lambda data_type: float(data_type in self.overlap)),
            sends_windows_ahead=float(self.sends_windows_ahead),
            gates_zero_iacts=float(self.gates_zero_iacts),
            sparse_pe=self.sparse_pe.build() if self.sparse_pe else no_sparse_pe(),
            energy=self.energy.build(),
        )


def _former(before: Any, after: Any) -> str:
    """What a field was before it was changed: an energy table by its name, of several values those that differ."""
    if isinstance(before, EnergyTable):
        return before.name
    if isinstance(before, Types | SparsePe) and type(after) is type(before):
        values = ((each.name, getattr(before, each.name), getattr(after, each.name)) for each in fields(before))
        return ", ".join(f"{name} = {value!r}" for name, value, new in values if value != new)
    return repr(before)


def _field_names() -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(Accelerator))
