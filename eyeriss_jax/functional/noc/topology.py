"""The router clusters of the hierarchical mesh: which ports each router has and how wide they are.

JETCAS 2019, section III: one router cluster per PE cluster. The iact routers reach every PE of their cluster and
have links to all neighbours; each weight router feeds one PE row and has horizontal links only; each psum router
serves one PE column and has vertical links only, north to south.
"""

from dataclasses import dataclass
from enum import IntEnum

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator

COUNT_BITS: int = 4
"""Bits of the zero count that travels with every value of a compressed stream (JETCAS 2019, the CSC format)."""


class Port(IntEnum):
    """A side of a router.

    ``CLUSTER`` is its own cluster: as an input the GLB bank or off-chip feed, as an output the PEs.
    """

    CLUSTER = 0
    NORTH = 1
    SOUTH = 2
    EAST = 3
    WEST = 4


HORIZONTAL: tuple[Port, ...] = (Port.EAST, Port.WEST)
VERTICAL: tuple[Port, ...] = (Port.NORTH, Port.SOUTH)
OPPOSITE: dict[Port, Port] = {
    Port.NORTH: Port.SOUTH,
    Port.SOUTH: Port.NORTH,
    Port.EAST: Port.WEST,
    Port.WEST: Port.EAST,
}
STEP: dict[Port, tuple[int, int]] = {
    Port.NORTH: (-1, 0),
    Port.SOUTH: (1, 0),
    Port.EAST: (0, 1),
    Port.WEST: (0, -1),
}
"""(rows, columns) from a router to its neighbour on that side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Routers:
    """The routers of one data type.

    Attributes:
        data_type: ``iact``, ``weight`` or ``psum``.
        grid: Cluster rows and columns.
        per_cluster: Routers in one router cluster; each is one plane of the mesh.
        inputs: Mesh sides from which a router inside the grid can take a stream.
        outputs: Mesh sides to which it can pass one on.
        cluster_inputs: Ports from its own cluster (GLB bank or off-chip; psum: the top PE of the column as well).
        cluster_outputs: Ports to its own cluster (PEs; psum: the bottom PE of the column and the GLB bank).
        port_bits: Width of every port and link, in bits per cycle.
        values: Values that one port passes per cycle.
    """

    data_type: str
    grid: tuple[int, int]
    per_cluster: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    cluster_inputs: int
    cluster_outputs: int
    port_bits: int
    values: int

    @property
    def source_ports(self) -> int:
        """Input ports of one router. Two columns share one horizontal port: a router has a neighbour on one side."""
        return self.cluster_inputs + self._mesh_ports(self.inputs)

    @property
    def destination_ports(self) -> int:
        """Output ports of one router."""
        return self.cluster_outputs + self._mesh_ports(self.outputs)

    def _mesh_ports(self, sides: tuple[Port, ...]) -> int:
        neighbours = {HORIZONTAL: self.grid[1] - 1, VERTICAL: self.grid[0] - 1}
        return sum(min(sum(side in axis for side in sides), n) for axis, n in neighbours.items())


def routers_per_cluster(accelerator: Accelerator, data_type: str) -> int:
    """Routers of ``data_type`` in one cluster, each paired with one GLB bank; a flat bus counts as one router.

    One weight router per PE row, one psum router per PE column, and as many iact routers as PE rows (3 on v2, 4 in
    the scaling study).
    """
    if accelerator.noc == "bus":
        return 1
    return accelerator.pe_cols if data_type == "psum" else accelerator.pe_rows


def routers(accelerator: Accelerator, data_type: str, *, compressed: bool = False) -> Routers:
    """The routers of ``data_type`` in every router cluster of ``accelerator``.

    A port is as wide as the words it passes per cycle: 24, 24 and 40 bits on Eyeriss v2. With ``compressed`` a port
    passes (value, count) pairs of iacts and weights instead of raw values; psums are never compressed.

    Raises:
        SpecError: not a hierarchical mesh, a port without a whole number of words, or one narrower than a pair.
    """
    where = f"accelerator {accelerator.name!r}"
    if accelerator.noc != "mesh":
        raise SpecError(f"{where}: noc = {accelerator.noc!r} has no routers; use 'mesh', or deliver over the bus")
    per_cluster = routers_per_cluster(accelerator, data_type)
    shared_by = per_cluster if data_type == "iact" else 1
    words = accelerator.noc_words_per_cycle[data_type] / shared_by
    if not words.is_integer():
        raise SpecError(
            f"{where}: noc_words_per_cycle.{data_type} = {accelerator.noc_words_per_cycle[data_type]} over "
            f"{shared_by} router(s) is not a whole number of words per port and cycle; use a multiple of {shared_by}"
        )
    word_bits = int(accelerator.word_bits[data_type])
    port_bits = int(words) * word_bits
    unit = word_bits + COUNT_BITS if compressed and data_type != "psum" else word_bits
    if port_bits < unit:
        raise SpecError(
            f"{where}: a {port_bits}-bit {data_type} port cannot pass a compressed pair of {unit} bits; widen "
            f"noc_words_per_cycle.{data_type} or send raw values"
        )
    is_psum = data_type == "psum"
    mesh = VERTICAL + HORIZONTAL if data_type == "iact" else HORIZONTAL
    return Routers(
        data_type=data_type,
        grid=(accelerator.cluster_rows, accelerator.cluster_cols),
        per_cluster=per_cluster,
        inputs=(Port.NORTH,) if is_psum else mesh,
        outputs=(Port.SOUTH,) if is_psum else mesh,
        cluster_inputs=2 if is_psum else 1,
        cluster_outputs=2 if is_psum else 1,
        port_bits=port_bits,
        values=port_bits // unit,
    )
