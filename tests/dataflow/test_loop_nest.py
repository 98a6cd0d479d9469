"""A mapping as text: a loop nest that covers the layer, and files that come back as they went."""

import json
import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import given

from eyeriss_jax.dataflow.loop_nest import from_dict, loop_nest, to_dict
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer

from .strategies import layers, mappings

# 3x3 over 5 channels: 10 output columns in tiles of 4 leave 2, 16 output channels in 2 tiles of 8.
LAYER = Layer.conv2d("c", in_channels=5, out_channels=16, input_size=10, kernel=3, padding=1)
MAPPING = Mapping(
    glb=Dims(M=8, C=5, E=10, F=4, R=3, S=3),
    spad=Dims(M=4, C=2, E=10, R=3),
    pe_rows=Dims(S=3),
    pe_cols=Dims(F=2, M=2),
    dram_order=("NEF", "M", "CRS"),
    glb_order=("CRS", "NEF", "M"),
)


def test_the_loop_nest_of_a_known_mapping() -> None:
    lines = loop_nest(MAPPING, LAYER).splitlines()
    assert [line for line in lines if not line.lstrip().startswith("#")] == [
        "for F in 3 tiles of 4, last 2",
        "  for M in 2 tiles of 8",
        "    for C in 3 tiles of 2, last 1",
        "      for F in 2 tiles of 2",
        "        parallel over PE rows: S=3",
        "          parallel over PE cols: M=2, F=2",
        "            for E in 10",
        "              for C in 2",
        "                for R in 3",
        "                  for M in 4",
        "                    psum += iact * weight",
    ]
    levels = [(depth, line.split(":")[0].strip()) for depth, line in enumerate(lines) if "#" in line]
    assert levels == [(0, "# DRAM"), (3, "# GLB"), (8, "# PE")]


def test_tiles_that_exceed_the_layer_are_no_loops() -> None:
    layer = Layer.fully_connected("fc", in_features=3, out_features=1)
    lines = loop_nest(Mapping(glb=Dims(M=9, C=9), spad=Dims(M=9, C=9)), layer).splitlines()
    assert [line.strip() for line in lines if "for" in line] == ["for C in 3"]


@given(mappings(), layers())
def test_the_loops_of_every_dimension_cover_its_extent(mapping: Mapping, layer: Layer) -> None:
    text = loop_nest(mapping, layer)
    covered = dict.fromkeys(DIMS, 1)
    for dim, count in re.findall(r"for (\w) in (\d+)", text):
        covered[dim] *= int(count)
    for line in re.findall(r"parallel over .*: (.*)", text):
        for dim, count in re.findall(r"(\w)=(\d+)", line):
            covered[dim] *= int(count)
    assert all(covered[dim] >= layer.extent(dim) for dim in DIMS)


@given(mappings(), layers())
def test_every_loop_is_inside_the_one_before(mapping: Mapping, layer: Layer) -> None:
    loops = [line for line in loop_nest(mapping, layer).splitlines() if "#" not in line]
    assert [len(line) - len(line.lstrip()) for line in loops] == [2 * depth for depth in range(len(loops))]


@given(mappings())
def test_a_mapping_survives_the_dictionary_and_the_files(mapping: Mapping) -> None:
    data = to_dict(mapping)
    assert from_dict(data) == mapping
    assert from_dict(json.loads(json.dumps(data))) == mapping
    assert from_dict(yaml.safe_load(yaml.safe_dump(data))) == mapping


@given(mappings())
def test_the_dictionary_is_plain_data_and_shows_the_tiles_whole(mapping: Mapping) -> None:
    data = to_dict(mapping)
    assert list(data["glb"]) == list(data["spad"]) == list(DIMS)
    assert all(n > 1 for axis in ("cluster_rows", "cluster_cols", "pe_rows", "pe_cols") for n in data[axis].values())
    assert math.prod(data["pe_rows"].values()) == math.prod(mapping.pe_rows[d] for d in DIMS)


def test_left_out_axes_and_orders_take_their_defaults() -> None:
    assert from_dict({"glb": {"M": 4}, "spad": {}}) == Mapping(glb=Dims(M=4), spad=Dims())


FIELDS = "glb, cluster_rows, cluster_cols, pe_rows, pe_cols, spad, dram_order, glb_order"
GOOD: dict[str, Any] = {"glb": {}, "spad": {}}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, f"m.yaml: expected fields {FIELDS}, found NoneType"),
        ([1, 2], f"m.yaml: expected fields {FIELDS}, found list"),
        ("glb", f"m.yaml: expected fields {FIELDS}, found str"),
        (GOOD | {"gbl": {}}, f"m.yaml: unknown field 'gbl'; the fields are {FIELDS}"),
        (GOOD | {3: {}}, f"m.yaml: unknown field 3; the fields are {FIELDS}"),
        ({"spad": {}}, "m.yaml: field 'glb' is missing; give a tile size per dimension"),
        ({"glb": {}}, "m.yaml: field 'spad' is missing; give a tile size per dimension"),
        (GOOD | {"glb": 4}, f"m.yaml: glb = 4 must give integers for some of {', '.join(DIMS)}"),
        (GOOD | {"spad": None}, f"m.yaml: spad = None must give integers for some of {', '.join(DIMS)}"),
        (
            GOOD | {"pe_rows": {"K": 2}},
            f"m.yaml: pe_rows = {{'K': 2}} must give integers for some of {', '.join(DIMS)}",
        ),
        (GOOD | {"pe_rows": {1: 2}}, f"m.yaml: pe_rows = {{1: 2}} must give integers for some of {', '.join(DIMS)}"),
        (
            GOOD | {"dram_order": ["M", "CRS"]},
            "m.yaml: dram_order = ['M', 'CRS'] must name M, CRS and NEF once each, outermost first",
        ),
        (
            GOOD | {"glb_order": "M CRS NEF"},
            "m.yaml: glb_order = 'M CRS NEF' must name M, CRS and NEF once each, outermost first",
        ),
    ],
)
def test_bad_files_are_refused_by_the_name_of_the_field(data: Any, message: str) -> None:
    with pytest.raises(SpecError) as error:
        from_dict(data, "m.yaml")
    assert str(error.value) == message


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", [4], {"x": 1}, None, True])
def test_bad_numbers_in_files_are_refused_with_level_and_dimension(value: Any) -> None:
    with pytest.raises(SpecError, match=r"glb\.M = .* is not a positive integer") as error:
        from_dict({"glb": {"M": value}, "spad": {}})
    assert repr(value) in str(error.value)
