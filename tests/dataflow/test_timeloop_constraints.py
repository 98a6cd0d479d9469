"""Constraints of Timeloop's mapper: the mapspace within them is the part of the dataflow's that keeps them."""

from pathlib import Path

import pytest
import yaml

from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.constrained import WHOLE, Limit, Restriction, constrained
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.dataflow.timeloop_constraints import read_constraints
from eyeriss_jax.dataflow.timeloop_mapping_file import mapping_yaml
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.hardware.presets import accelerator, timeloop_e168
from eyeriss_jax.layers import Layer
from eyeriss_jax.search.mapping import map_layer

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "constraints.yaml"
LAYER = Layer(name="conv", M=4, C=3, E=3, F=5, R=2, S=2)
MACHINE = timeloop_e168(pe_x=3, pe_y=4)


@pytest.fixture
def written(tmp_path):
    """Reads constraints, given as directives."""

    def read(*directives: str, machine=MACHINE) -> Restriction:
        path = tmp_path / "limits.yaml"
        path.write_text("mapspace_constraints:\n  targets:\n" + "".join(f"  - {{{each}}}\n" for each in directives))
        return read_constraints(path, machine)

    return read


def plain(choices) -> set[tuple[tuple[str, int], ...]]:
    return {tuple(sorted(each.items())) for each in choices}


def factor(choice: dict[str, int], dim: str) -> int:
    return choice.get(dim, 1)


@pytest.mark.parametrize("name", ["rs", "rs_plus"])
def test_the_eyeriss_example_is_the_part_of_the_mapspace_that_keeps_it(name: str):
    """Table by table, of which a mapspace is the product, against the example read by hand in our dimensions."""
    base, limits = DATAFLOWS[name], read_constraints(EXAMPLE, MACHINE)
    assert limits.unused == ()
    flow = constrained(base, limits)
    cols, rows = (base.axis_choices(LAYER, MACHINE, axis) for axis in ("pe_cols", "pe_rows"))
    kept = [each for each in cols if set(each) <= {"F", "M"}]
    assert plain(flow.axis_choices(LAYER, MACHINE, "pe_cols")) == plain(kept)
    kept = [each for each in rows if set(each) <= {"S", "C", "M"} and factor(each, "S") == LAYER.S]
    assert plain(flow.axis_choices(LAYER, MACHINE, "pe_rows")) == plain(kept)
    tiles = [tile for tile in base.pe_tiles(LAYER, MACHINE) if (tile.R, tile.S) == (LAYER.R, 1)]
    assert 0 < len(tiles) < len(cols) * len(rows)
    assert flow.pe_tiles(LAYER, MACHINE) == tiles
    offered = base.dram_choices(LAYER, MACHINE)
    assert flow.dram_choices(LAYER, MACHINE) == {**offered, **({"E": [1]} if "E" in offered else {})}
    dram, glb = flow.order_choices(LAYER, MACHINE)
    assert dram == [("NEF", "M", "CRS")]
    assert glb == base.order_choices(LAYER, MACHINE)[1]
    assert set(flow.parallel_dims()) == set(base.parallel_dims()) & {"F", "M", "S", "C", "G"}


def test_the_best_mapping_keeps_the_example_as_timeloop_writes_it():
    """The mapping that is found is written as a Timeloop mapping, whose factors are compared with the example's."""
    machine, layer = timeloop_e168(), Layer.conv2d("conv", 8, 16, 14, 3, padding=1)
    flow = constrained(DATAFLOWS["rs"], read_constraints(EXAMPLE, machine))
    free, found = (map_layer(layer, machine, each, objective="cycles") for each in (DATAFLOWS["rs"], flow))
    assert found.primary >= free.primary
    assert found.certified
    assert "what constraints.yaml rules out" in found.certificate
    directives = yaml.safe_load(mapping_yaml(layer, found.mapping, machine, "0.4"))["mapping"]
    loops = [each for each in directives if each["type"] != "bypass"]
    factors = {
        (each["target"], each["type"]): dict(one.split("=") for one in each.get("factors", [])) for each in loops
    }
    spread = {dim for (_, kind), of in factors.items() if kind == "spatial" for dim in of}
    assert spread <= {"Q", "M", "S", "C"}
    assert next(of["S"] for (_, kind), of in factors.items() if kind == "spatial" and "S" in of) == "3"
    assert set(factors["weights_spad", "temporal"]) <= {"C", "R"}
    assert factors["weights_spad", "temporal"]["R"] == "3"
    assert set(factors["psum_spad", "temporal"]) <= {"M"}
    assert not {"R", "S", "P"} & set(factors["DRAM", "temporal"])


FREE, ONE = Limit(), Limit(exactly=1)
READ = {
    "factors of a fan-out": (
        ("target: GLB, type: spatial, split: 1, permutation: QMSC, factors: 'Q<=2 M=1 S=2 C=1'",),
        {"axes": {"pe_cols": {"F": Limit(at_most=2)}, "pe_rows": {"M": ONE, "S": Limit(exactly=2), "C": ONE}}},
    ),
    "levels of the PE together": (
        (
            "target: weights_spad, type: temporal, factors: [M=2, C=3]",
            "target: psum_spad, type: temporal, factors: M=4 C=1 N=1",
            "target: ifmap_spad, type: temporal, factors: M=1 N=1",
        ),
        {"pe": {"M": Limit(exactly=8)}},
    ),
    "one level of several says nothing of all": (("target: weights_spad, type: temporal, factors: M=2",), {"pe": {}}),
    "a register file for all data": (("target: RegisterFile, type: temporal, factors: M=2",), {"pe": {"M": Limit(2)}}),
    "DRAM": (
        ("target: DRAM, type: temporal, factors: M=3 C<=4 P=1, permutation: PQMC",),
        {"dram_parts": {"M": Limit(3), "C": Limit(at_most=4), "E": ONE}, "orders": {"dram": ("NEF", "M", "CRS")}},
    ),
    "no loop at the GLB": (
        ("target: GLB, type: temporal, factors: M=1, permutation: CM",),
        {"dram_parts": {"M": Limit(exactly=WHOLE)}, "orders": {"glb": ("CRS",)}},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_a_directive_restricts(written, name: str):
    directives, expected = READ[name]
    limits = written(*directives)
    for field, value in expected.items():
        found = getattr(limits, field)
        if field == "axes":
            found = {axis: {d: limit for d, limit in of.items() if d in value[axis]} for axis, of in found.items()}
        assert found == value


UNUSED = {
    "target: weights_spad, type: temporal, permutation: RC": "a PE here has its own loop order",
    "target: GLB, type: temporal, factors: C=4": "it follows from what is in the array",
    "target: GLB, type: temporal, factors: P=1": "positions that a PE walks through",
    "target: DRAM, type: temporal, factors: C=0": "it follows from",
    "target: DRAM, type: temporal, permutation: CMR": "the loops of CRS are in pieces",
    "target: DRAM, type: utilization, min: 0.5": "has no counterpart here",
    "target: GLB, type: spatial, permutation: QM": "without a split it says no axis",
    "target: DummyBuffer, type: temporal, factors: M=2": "it stores nothing",
    "target: DRAM, type: bypass, bypass: [Weights]": "DRAM holds everything",
    "target: weights_spad, type: bypass, keep: [Inputs]": "a PE has a SPad for each data type",
}


@pytest.mark.parametrize("directive", UNUSED)
def test_what_cannot_be_expressed_is_named(written, directive: str):
    assert any(UNUSED[directive] in told and "line 3" in told for told in written(directive).unused)


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("target: buffer, type: temporal", "the level 'buffer' is not recognised"),
        ("target: DRAM, type: temporal, factors: X=3", "factors 'X=3': write each of"),
        ("target: DRAM, type: temporal, factors: M=3 K=4", "write each of"),
        ("target: DRAM, type: temporal, permutation: MZ", "permutation 'MZ'"),
        ("target: GLB, type: bypass, keep: [Weights]", "the GLB is to keep Weights, but that of 'timeloop_e168'"),
        ("target: GLB, type: bypass, bypass: [Things]", "'Things' is no data space"),
        ("target: DRAM, type: bypass, keep: [Things]", "'Things' is no data space"),
        ("type: temporal", "'target' is missing"),
    ],
)
def test_bad_files_are_one_line(written, directive: str, message: str):
    with pytest.raises(SpecError, match=message.replace("(", r"\(")) as error:
        written(directive)
    assert "\n" not in str(error.value)


def test_files_and_machines_that_do_not_suit(tmp_path, written):
    path = tmp_path / "other.yaml"
    path.write_text("mapping: []\n")
    with pytest.raises(SpecError, match="no constraints found"):
        read_constraints(path, MACHINE)
    path.write_text("mapspace:\n  constraints: rows\n  constraints_rows: []\n")
    with pytest.raises(SpecError, match="line 2, column 3: the mapspace of Timeloop's first versions is not read; put"):
        read_constraints(path, MACHINE)
    with pytest.raises(
        SpecError, match=r"line 3.*'eyeriss_v2' spreads work twice, over 16 clusters .*all others apply"
    ):
        written("target: PE, type: spatial, factors: M=4", machine=accelerator("eyeriss_v2"))


def test_a_machine_of_clusters_keeps_all_but_spatial_constraints(written):
    """Tiles of a PE, DRAM tiles and orders mean the same whatever the array: of all that fit they leave the best."""
    machine, layer = accelerator("eyeriss_v2"), Layer.conv2d("conv", 8, 32, 14, 3, padding=1)
    limits = written(
        "target: DRAM, type: temporal, factors: M=2, permutation: RSCPQNM",
        "target: spad, type: temporal, factors: M<=1",
        machine=machine,
    )
    assert limits.unused == ()
    base = DATAFLOWS[machine.dataflow]
    flow = constrained(base, limits)
    free, found = (map_layer(layer, machine, each) for each in (base, flow))
    assert found.certified
    assert found.primary >= free.primary
    assert found.mapping.spad.M == 1 < free.mapping.spad.M
    assert found.mapping.dram_order == ("M", "NEF", "CRS")
    assert -(-layer.M // found.mapping.glb.M) == 2


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        ({"axes": {"pe_cols": {"R": Limit(exactly=2)}}}, "R on pe_cols"),
        ({"axes": {"pe_rows": {"S": Limit(2), "C": Limit(3)}}}, "6 places on pe_rows, which has 4"),
        ({"pe": {"R": ONE}}, "a tile of one PE with R = 1"),
        ({"dram_parts": {"R": Limit(2)}}, "R in parts at DRAM"),
    ],
)
def test_limits_without_a_mapping_are_told(limits: dict, what: str):
    flow = constrained(DATAFLOWS["rs"], Restriction(source="limits.yaml", **limits))
    with pytest.raises(SpecError, match=f"limits.yaml asks for {what}, .* has no mapping; loosen it"):
        mapspace(LAYER, MACHINE, flow)


def test_no_limits_leave_the_mapspace():
    base = DATAFLOWS["rs_plus"]
    flow = constrained(base, Restriction(source="nothing"))
    for axis in AXES:
        assert plain(flow.axis_choices(LAYER, MACHINE, axis)) == plain(base.axis_choices(LAYER, MACHINE, axis))
    assert flow.pe_tiles(LAYER, MACHINE) == base.pe_tiles(LAYER, MACHINE)
    assert flow.dram_choices(LAYER, MACHINE) == base.dram_choices(LAYER, MACHINE)
    assert flow.order_choices(LAYER, MACHINE) == base.order_choices(LAYER, MACHINE)


def test_limits_hold_of_every_factor():
    limit = Limit(at_most=2)
    flow = constrained(
        DATAFLOWS["rs_plus"], Restriction(source="x", axes={"pe_cols": dict.fromkeys(DIMS, limit)}, pe={"M": limit})
    )
    found = flow.axis_choices(LAYER, MACHINE, "pe_cols")
    every = DATAFLOWS["rs_plus"].axis_choices(LAYER, MACHINE, "pe_cols")
    assert plain(found) == plain(each for each in every if all(times <= 2 for times in each.values()))
    assert {tile.M for tile in flow.pe_tiles(LAYER, MACHINE)} == {1, 2}
    assert len(found) > 1
