"""Words per instance against a literal oracle: every pass and DRAM tile as sets of words, place by place.

Where a PE is and which words it needs comes from the networks on chip, which share no count with the counters.
"""

from collections import defaultdict
from itertools import product
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings

from eyeriss_jax.dims import DIMS, RELEVANT, TYPES, Dims
from eyeriss_jax.functional.counting import Counts, count
from eyeriss_jax.functional.counting.instances import dealt
from eyeriss_jax.functional.nest import Placement, place
from eyeriss_jax.functional.noc import Pass, collect, deliver
from eyeriss_jax.functional.noc.needs import Needs, Tags, needs
from eyeriss_jax.functional.noc.passes import PeTiles
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.presets import eyeriss_v1
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer
from tests.functional.execute.drawn import ROOMY, drawn_layer, host_mapping, roomy
from tests.functional.noc.cases import V2_CASES, mapped
from tests.laws.loop_walk import Tile, passes_of
from tests.laws.strategies import Case, cases

MOST_PASSES = 60
Sets = dict[Any, set]


class Oracle:
    """Walks the passes of a case and counts per place; ``case`` runs on ``accelerator``, whose GLB keeps all types."""

    def __init__(self, case: Case, layer: Layer, accelerator: Accelerator) -> None:
        self.layer, self.mapping = layer, host_mapping(case)
        self.placement: Placement = place(self.mapping, accelerator)
        self.tags = {t: Tags.of(t, layer, self.placement.spad) for t in TYPES}
        grid = tuple(getattr(accelerator, axis) for axis in ("cluster_rows", "cluster_cols", "pe_rows", "pe_cols"))
        per_pe = {t: np.zeros(grid, int) for t in TYPES}
        self.macs, self.arrivals = np.zeros(grid, int), per_pe
        self.ports = {"iact": np.zeros(grid[:2], int), "weight": np.zeros(grid[:3], int)}
        self.ports["psum"] = np.zeros((*grid[:2], grid[3]), int)
        self.visits = np.zeros_like(self.ports["psum"])
        self.fills = {t: np.zeros_like(self.ports[t]) for t in TYPES}
        self._walk(case)

    def _walk(self, case: Case) -> None:
        passes = list(passes_of(case.dims, case.mapping))
        held: dict[str, Any] = {}
        for _, tile in passes:
            tiles = self.tiles(tile)
            self.macs += np.prod(tiles.stop - tiles.start, axis=-1)
            first = tiles.stop[0, 0, 0, 0] - tiles.start[0, 0, 0, 0]
            streams = np.prod([first[DIMS.index(dim)] for dim in "NEF"]) > 1
            for t in TYPES:
                part = tuple(getattr(tile, dim) for dim in RELEVANT[t])
                if held.get(t) != part or (streams and t != "weight"):
                    self.moves(t, needs(t, self.layer, tiles, self.tags[t]))
                held[t] = part
        by_dram: dict[Tile, list[Tile]] = defaultdict(list)
        for dram, tile in passes:
            by_dram[dram].append(tile)
        held, swept = {}, set()
        for dram, inside in by_dram.items():
            for t in TYPES:
                part = tuple(getattr(dram, dim) for dim in RELEVANT[t])
                if held.get(t) != part:
                    swept = self.enters_glb(t, dram, inside, swept)
                held[t] = part

    def tiles(self, tile: Tile) -> PeTiles:
        start, stop = (Dims(**{dim: getattr(tile, dim)[i] for dim in DIMS}) for i in range(2))
        return PeTiles.of(Pass(start=start, stop=stop), self.placement)

    def moves(self, t: str, needed: Needs) -> None:
        """One fetch or visit of a data type; psums of a bank: those that no port before it in the array has."""
        for pe in np.ndindex(needed.shape):
            self.arrivals[t][pe] += len(needed[pe])
        ports = self.at_ports(t, needed)
        for port, words in ports.items():
            self.ports[t][port] += len(words)
        if t == "psum":
            for port, words in self.first_holders(ports).items():
                self.visits[port] += len(words)

    def at_ports(self, t: str, needed: Any) -> Sets:
        ports: Sets = defaultdict(set)
        for row, col, pe_row, pe_col in np.ndindex(needed.shape):
            port = {"iact": (row, col), "weight": (row, col, pe_row), "psum": (row, col, pe_col)}[t]
            words = needed[row, col, pe_row, pe_col]
            ports[port] |= set(words if isinstance(words, set) else words.tolist())
        return ports

    def first_holders(self, ports: Sets) -> Sets:
        """Words at the first port that has them, ports in the order of their places and not of the grid."""
        claimed: set = set()
        first = {}
        for port in sorted(ports, key=self.order):
            first[port] = ports[port] - claimed
            claimed |= ports[port]
        return first

    def order(self, port: tuple[int, ...]) -> tuple:
        cluster = tuple(self.placement.clusters[port[:2]])
        return (*cluster, *port[2:])

    def enters_glb(self, t: str, dram: Tile, inside: list[Tile], swept: set) -> set:
        """A DRAM tile's words that are not in the GLB yet, at the first bank whose PEs need them."""
        grid = self.arrivals["iact"].shape
        words = np.empty(grid, object)
        for pe in np.ndindex(grid):
            words[pe] = set()
        for tile in inside:
            tiles = self.tiles(tile)
            for pe in np.ndindex(grid):
                words[pe] |= self.words(t, tiles, pe)
        ports = self.at_ports(t, words)
        if t == "iact":
            along = self.slides_along()
            if along is None or getattr(dram, along)[0] == 0:
                swept = set()
            ports = {port: held - swept for port, held in ports.items()}
            swept = swept | set().union(*ports.values()) if along else swept
        for port, held in self.first_holders(ports).items():
            self.fills[t][port] += len(held)
        return swept

    def slides_along(self) -> str | None:
        loops = ["G", *(dim for group in self.mapping.dram_order for dim in ("NEF", "CRS", "M")[
            ("NEF", "CRS", "M").index(group)])]  # fmt: skip
        iterating = [d for d in loops if d not in "GM" and self.layer.extent(d) > self.mapping.glb[d]]
        return iterating[-1] if iterating and iterating[-1] in "EF" else None

    def words(self, t: str, tiles: PeTiles, pe: tuple[int, ...]) -> set:
        box = {dim: range(tiles.start[pe][i], tiles.stop[pe][i]) for i, dim in enumerate(DIMS)}
        if any(not len(indices) for indices in box.values()):
            return set()
        if t != "iact":
            return set(product(*(box[dim] for dim in RELEVANT[t])))
        rows, cols = (
            {o * stride + k * dilation for o in box[outputs] for k in box[taps]}
            for outputs, taps, stride, dilation in zip("EF", "RS", self.layer.stride, self.layer.dilation, strict=True)
        )
        return set(product(box["G"], box["N"], box["C"], rows, cols))


@given(cases(), st.data())
@settings(max_examples=60)
def test_every_instance_moves_the_words_of_its_place(case: Case, data: st.DataObject) -> None:
    layer, mapping = drawn_layer(case), host_mapping(case)
    assume(sum(1 for _ in passes_of(case.dims, case.mapping)) <= MOST_PASSES)
    accelerator = roomy(mapping, TYPES, lanes=1, bypass=data.draw(st.booleans()))
    counts = count(layer, mapping, accelerator)
    oracle = Oracle(case, layer, accelerator)
    where = counts.instances
    for t in TYPES:
        np.testing.assert_array_equal(where.arrivals[t], oracle.arrivals[t], t)
        ports = where.ports[t].sum(axis=2) if t == "iact" else where.ports[t]
        np.testing.assert_array_equal(ports, oracle.ports[t], t)
        banks = where.banks[t].fills.sum(axis=2) if t == "iact" else where.banks[t].fills
        if t != "psum":
            np.testing.assert_array_equal(banks, oracle.fills[t], t)
    np.testing.assert_array_equal(where.spads.weight.reads, oracle.macs)
    np.testing.assert_array_equal(where.spads.psum.updates, oracle.macs)
    if not accelerator.oacts_bypass_glb:
        np.testing.assert_array_equal(where.banks.psum.updates, oracle.visits)


def single_pass(name: str) -> tuple[Layer, Any, Accelerator]:
    """A published layer cut to its first pass, on a v2 that has room for whatever it needs."""
    case = V2_CASES[name]
    room = Types(iact=ROOMY, weight=ROOMY, psum=ROOMY)
    one_pass = Pass.first(case.layer, case.mapping)
    sizes = {dim: one_pass.stop[dim] for dim in DIMS}
    layer = Layer(name="pass", **sizes, stride=case.layer.stride, dilation=case.layer.dilation)
    return layer, case.mapping, case.accelerator.replace(spad_words=room, glb_bits=room)


def router_first(grid: np.ndarray) -> np.ndarray:
    return np.moveaxis(grid, -1, 0)


@pytest.mark.parametrize("name", V2_CASES)
def test_routers_pass_in_the_simulation_what_is_counted_at_their_ports(name: str) -> None:
    """One pass through the simulated mesh, router by router; iact banks inject at the clusters that count as sources.

    (Weights come from outside once, but enter every row of clusters: their routers have no vertical links.)
    """
    layer, mapping, accelerator = single_pass(name)
    where = count(layer, mapping, accelerator).instances
    for t in ("iact", "weight"):
        mesh = deliver(layer, mapping, accelerator, t)
        np.testing.assert_array_equal(mesh.words_per_port, router_first(where.ports[t]), t)
        if t == "iact":
            assert mesh.words_per_source.sum() == where.banks.iact.reads.sum()
    psums = collect(layer, mapping, accelerator)
    leaving = psums.results.sum(axis=0) + psums.to_south.sum(axis=0)
    np.testing.assert_array_equal(leaving, router_first(where.ports.psum))
    assert psums.results.sum() == where.source_reads.psum.sum()


def test_eyeriss_v2_has_three_iact_and_four_psum_banks_per_cluster() -> None:
    where = count(*single_pass("conv: iact shared along columns, weight along rows")).instances
    assert where.ports.iact.shape == where.banks.iact.reads.shape == (8, 2, 3)
    assert where.ports.weight.shape == (8, 2, 3)
    assert where.ports.psum.shape == where.banks.psum.updates.shape == (8, 2, 4)
    assert not where.banks.weight.reads.any() and not where.banks.weight.fills.any()


def test_a_bus_is_one_port() -> None:
    case = mapped(
        Layer.fully_connected("fc", 40, 28), eyeriss_v1(), pe_rows={"C": 12}, pe_cols={"M": 14}, spad={"M": 2, "C": 4}
    )
    counts: Counts = count(case.layer, case.mapping, case.accelerator)
    assert counts.instances.ports.iact.tolist() == [[[40]]]
    assert counts.instances.ports.weight.tolist() == [[[40 * 28]]]
    assert counts.port.psum == counts.instances.ports.psum.sum() == 28


def test_words_are_dealt_in_turn() -> None:
    np.testing.assert_array_equal(dealt(np.array([0, 1, 7, 9]), 3), [[0, 0, 0], [1, 0, 0], [3, 2, 2], [3, 3, 3]])
