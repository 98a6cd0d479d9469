"""The psum columns, cycle by cycle: GLB -> router -> up the PEs of a column -> router -> next cluster or GLB.

A psum router sends the psums that its GLB bank reads back (zeros on a first visit) to the bottom PE of its column. Each
PE adds its own to what passes, one PE per cycle. The top PE returns them to the router, which sends them south to the
bottom PE of the next cluster if that one works on the same outputs, and to its GLB bank otherwise.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import lax

from eyeriss_jax.dims import DIMS, GROUPS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import Ints, Placement
from eyeriss_jax.functional.noc.mesh import shift
from eyeriss_jax.functional.noc.streams import EMPTY


@dataclass(frozen=True, kw_only=True)
class Chains:
    """How the psum routers are set, ``[cluster_rows, cluster_cols]``; all routers of a cluster alike.

    ``from_north``: the bottom PEs listen to the north link, not to the GLB. ``to_south``: the top PEs' psums go to the
    south link, not to the GLB. ``length``: clusters of the longest chain.
    """

    from_north: npt.NDArray[np.bool_]
    to_south: npt.NDArray[np.bool_]
    length: int

    @classmethod
    def of(cls, placement: Placement) -> Self:
        """Chains of the clusters that differ in C, R, S only.

        Raises:
            SpecError: C, R or S on a horizontal axis, where psums have no link.
        """
        for axis, index in (("cluster_cols", placement.clusters), ("pe_cols", placement.pes)):
            for dim in GROUPS["CRS"]:
                places = index[..., DIMS.index(dim)]
                if (places != places[:, :1])[places >= 0].any():
                    raise SpecError(
                        f"mapping: {axis}.{dim} spreads a reduced dimension over columns, but psums pass "
                        f"vertically only; move {dim} to cluster_rows or pe_rows"
                    )
        relevant = [DIMS.index(dim) for dim in DIMS if dim not in GROUPS["CRS"]]
        indices = placement.clusters[..., relevant]
        same = (indices[1:] == indices[:-1]).all(axis=-1) & placement.used[1:]
        edge = np.zeros((1, same.shape[1]), bool)
        from_north, to_south = np.concatenate([edge, same]), np.concatenate([same, edge])
        reduced = placement.clusters[:, 0][:, [DIMS.index(dim) for dim in GROUPS["CRS"]]]
        return cls(from_north=from_north, to_south=to_south, length=int(np.prod(1 + reduced.max(axis=0))))


class PsumTrace(NamedTuple):
    """What reached the GLB banks: ids and sums ``[cycles, pe_cols, cluster_rows, cluster_cols, values]``.

    ``to_south`` ``[cycles, pe_cols, cluster_rows, cluster_cols]``: values on the links to the next cluster.
    """

    ids: Ints
    sums: Ints
    to_south: Ints


class _Beat(NamedTuple):
    """Psums on their way: word ids (-1 where empty) and what was added up so far."""

    ids: jax.Array
    sums: jax.Array

    def where(self, condition: jax.Array) -> "_Beat":
        """Empty where ``condition`` does not hold."""
        return _Beat(jnp.where(condition, self.ids, EMPTY), jnp.where(condition, self.sums, 0))


def simulate(chains: Chains, refills: Ints, shares: Ints) -> PsumTrace:
    """Sends ``refills`` through the chains until all psums are back.

    Args:
        chains: the configuration.
        refills: word ids that the GLB banks read, ``[cycles, pe_cols, cluster_rows, cluster_cols, values]``.
        shares: what each PE of the word's column adds, ``[ids, cluster_rows, pe_rows]``; 0 if it has no part.
    """
    cycles = len(refills) + chains.length * (shares.shape[2] + 1)
    padded = np.full((1 << (cycles - 1).bit_length(), *refills.shape[1:]), EMPTY, np.int32)
    padded[: len(refills)] = refills
    trace = _run(
        jnp.asarray(chains.from_north),
        jnp.asarray(chains.to_south),
        jnp.asarray(padded),
        jnp.asarray(shares, jnp.int32),
    )
    return PsumTrace(*(values[:cycles] for values in jax.device_get(trace)))


@jax.jit
def _run(from_north: jax.Array, to_south: jax.Array, refills: jax.Array, shares: jax.Array) -> tuple[jax.Array, ...]:
    """The scan over cycles. Registers: one per PE, and one at the end of each south link."""
    pe_rows, ports = shares.shape[2], refills.shape[1:]
    listens, passes = (jnp.broadcast_to(switch[None, :, :, None], ports) for switch in (from_north, to_south))
    pe_row, cluster_row = (lax.broadcasted_iota(jnp.int32, (pe_rows, *ports), axis) for axis in (0, 2))

    def add_up(beat: _Beat) -> _Beat:
        own = shares[jnp.maximum(beat.ids, 0), cluster_row, pe_row]
        return _Beat(beat.ids, beat.sums + jnp.where(beat.ids != EMPTY, own, 0))

    def cycle(state: tuple[_Beat, _Beat], refill: jax.Array) -> tuple[tuple[_Beat, _Beat], tuple[jax.Array, ...]]:
        column, north = state
        top = jax.tree.map(lambda register: register[-1], column)
        bottom = _Beat(jnp.where(listens, north.ids, refill), jnp.where(listens, north.sums, 0))
        moved = jax.tree.map(lambda entry, register: jnp.concatenate([entry[None], register[:-1]]), bottom, column)
        result, south = top.where(~passes), top.where(passes)
        arriving = _Beat(shift(south.ids, 1, axis=1), shift(south.sums, 1, axis=1))
        return (add_up(moved), arriving), (result.ids, result.sums, (south.ids != EMPTY).sum(axis=-1, dtype=jnp.int32))

    def empty(shape: tuple[int, ...]) -> _Beat:
        return _Beat(jnp.full(shape, EMPTY, jnp.int32), jnp.zeros(shape, jnp.int32))

    return lax.scan(cycle, (empty((pe_rows, *ports)), empty(ports)), refills)[1]
