"""A dataflow within limits that somebody gives: factors per axis, tiles of a PE, DRAM tiles and loop orders."""

import math
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import NamedTuple

from eyeriss_jax.dataflow.candidates import axis_factors, maximal_axis_factors
from eyeriss_jax.dataflow.dataflow import Dataflow, spread
from eyeriss_jax.dataflow.mapping import ORDERS, Order
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

WHOLE = 0
"""A factor that is all of the dimension."""


class Limit(NamedTuple):
    """What a factor must be: exactly a number (:data:`WHOLE`: the whole dimension), or at most one."""

    exactly: int | None = None
    at_most: int | None = None

    def allows(self, factor: int, extent: int) -> bool:
        """Whether a dimension of ``extent`` may have ``factor``; one that is smaller than a factor has its own."""
        if self.exactly is not None:
            return factor == (extent if self.exactly == WHOLE else min(self.exactly, extent))
        return self.at_most is None or factor <= self.at_most


Limits = Dictionary[str, Limit]
"""Limits by dimension; one that is not in it is free."""


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """Limits on a mapspace.

    Attributes:
        source: where they are from, for messages.
        axes: by physical axis; an axis that is not in it is free, and one that is carries no dimension without a limit.
        pe: tiles of one PE.
        dram_parts: into how many DRAM tiles each dimension is cut.
        orders: loop groups from the innermost, at ``dram`` and ``glb``; the others lie outside them.
        unused: what was asked for and cannot be expressed, each with the reason.
    """

    source: str
    axes: Dictionary[str, Limits] = field(default_factory=dict)
    pe: Limits = field(default_factory=dict)
    dram_parts: Limits = field(default_factory=dict)
    orders: Dictionary[str, tuple[str, ...]] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Constrained(Dataflow):
    """``base`` within ``restriction``: its mapspace is the part of the base's that keeps all limits.

    Loop orders that make no difference are not merged. Where the base offers only spatial factors that cannot grow, so
    does this, within the limits.
    """

    base: Dataflow
    restriction: Restriction

    def parallel_dims(self) -> tuple[str, ...]:
        """Those of the base that some axis may carry."""
        if not all(axis in self.restriction.axes for axis in ("pe_rows", "pe_cols")):
            return self.base.parallel_dims()
        allowed = {dim for limits in self.restriction.axes.values() for dim, limit in limits.items() if _spreads(limit)}
        return tuple(dim for dim in self.base.parallel_dims() if dim in allowed)

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """Those of the base within the limits."""
        found = self.base.spatial_dims(layer, accelerator)
        return {axis: tuple(dim for dim in found[axis] if _spreads(self._limit(axis, dim))) for axis in AXES}

    def axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """The base's factors within the limits."""
        dims, length = spread(self, layer, accelerator)[axis], getattr(accelerator, axis)
        limits = {dim: self._limit(axis, dim) for dim in dims}
        fixed = {
            dim: min(limit.exactly or layer.extent(dim), layer.extent(dim))
            for dim, limit in limits.items()
            if limit.exactly is not None
        }
        asked = {dim: limit for dim, limit in self.restriction.axes.get(axis, {}).items() if (limit.exactly or 1) > 1}
        missing = [dim for dim in asked if dim not in dims and layer.extent(dim) > 1]
        used = math.prod(fixed.values())
        if missing or used > length:
            what = f"{missing[0]} on {axis}" if missing else f"{used} places on {axis}, which has {length}"
            raise self._empty(layer, what)
        free = {d: min(limits[d].at_most or layer.extent(d), layer.extent(d)) for d in dims if d not in fixed}
        every = {dim: layer.extent(dim) for dim in spread(self.base, layer, accelerator)[axis]}
        offers_all = self.base.axis_choices(layer, accelerator, axis) == axis_factors(length, every)
        found = (axis_factors if offers_all else maximal_axis_factors)(length // used, free)
        return [{dim: factor for dim, factor in (fixed | each).items() if factor > 1} for each in found]

    def short_axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """All of them: a restricted axis has few."""
        return self.axis_choices(layer, accelerator, axis)

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """The base's tiles within the limits."""
        self.dram_choices(layer, accelerator)  # refuses what no mapping has before any is enumerated
        tiles = self.base.pe_tiles(layer, accelerator)
        found = [tile for tile in tiles if all(self._holds(tile[dim], dim, layer) for dim in DIMS)]
        if tiles and not found:
            asked = ", ".join(f"{dim} {_told(limit)}" for dim, limit in self.restriction.pe.items())
            raise self._empty(layer, f"a tile of one PE with {asked}")
        return found

    def _holds(self, tile: int, dim: str, layer: Layer) -> bool:
        limit = self.restriction.pe.get(dim)
        return limit is None or limit.allows(tile, layer.extent(dim))

    def dram_dims(self, layer: Layer, accelerator: Accelerator) -> tuple[str, ...]:
        """Those of the base."""
        return self.base.dram_dims(layer, accelerator)

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """The base's numbers of parts within the limits; an exact number is offered whether the base has it or not."""
        return self._parts(layer, self.base.dram_choices(layer, accelerator))

    def short_dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """The same of the numbers that a sweep chooses from."""
        return self._parts(layer, self.base.short_dram_choices(layer, accelerator))

    def _parts(self, layer: Layer, offered: dict[str, list[int]]) -> dict[str, list[int]]:
        limits = self.restriction.dram_parts
        for dim, limit in limits.items():
            if dim not in offered and layer.extent(dim) > 1 and limit.exactly not in (None, 1):
                raise self._empty(layer, f"{dim} in parts at DRAM")
        found = {}
        for dim, parts in offered.items():
            limit, extent = limits.get(dim, Limit()), layer.extent(dim)
            if limit.exactly is not None:
                found[dim] = [min(limit.exactly or extent, extent)]
            else:
                found[dim] = [part for part in parts if limit.allows(part, extent)]
        return found

    def order_choices(self, layer: Layer, accelerator: Accelerator) -> tuple[list[Order], list[Order]]:
        """The base's orders, or all that end in the groups that are asked for."""
        dram, glb = self.base.order_choices(layer, accelerator)
        return self._orders("dram", dram), self._orders("glb", glb)

    def _orders(self, level: str, offered: list[Order]) -> list[Order]:
        inner = self.restriction.orders.get(level)
        if not inner:
            return offered
        return [order for order in ORDERS if order[::-1][: len(inner)] == inner]

    def _limit(self, axis: str, dim: str) -> Limit:
        """What the factor of a dimension on an axis must be."""
        limits = self.restriction.axes.get(axis)
        return Limit() if limits is None else limits.get(dim, Limit(exactly=1))

    def _empty(self, layer: Layer, what: str) -> SpecError:
        return SpecError(
            f"layer {layer.name!r}: {self.restriction.source} asks for {what}, of which {self.base.name} has no "
            f"mapping; loosen it, or choose another dataflow"
        )

    @property
    def left_out(self) -> str:
        """What the base leaves out, and what the limits do."""
        return f"{self.base.left_out}; and what {self.restriction.source} rules out"


def _spreads(limit: Limit) -> bool:
    """Whether a factor may be more than 1."""
    return limit.exactly != 1 and limit.at_most != 1


def _told(limit: Limit) -> str:
    if limit.exactly is not None:
        return "whole" if limit.exactly == WHOLE else f"= {limit.exactly}"
    return f"<= {limit.at_most}"


def constrained(base: Dataflow, restriction: Restriction) -> Constrained:
    """``base`` within ``restriction``, under a name that says so."""
    return Constrained(name=f"{base.name} within {restriction.source}", base=base, restriction=restriction)
