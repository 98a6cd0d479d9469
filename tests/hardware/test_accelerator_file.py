"""Accelerators as files: every design survives the round trip, every mistake is told with its line."""

import dataclasses
import json
import re

import jsonschema
import pytest
import yaml

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator_file import (
    MOST_LIKE,
    SCHEMA,
    accelerator_yaml,
    schema,
    schema_text,
    write_accelerator,
)
from eyeriss_jax.hardware.coupled import COUPLED, field_of
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator, preset
from eyeriss_jax.hardware.voltage import at_clock
from eyeriss_jax.names import FORMER_FIELDS
from eyeriss_jax.search.space import axis

NAMES = (*ACCELERATORS, "eyeriss_v2_64", "eyeriss_v1_4096")


@pytest.fixture
def file(tmp_path):
    """Writes a file and returns its path as a command line gives it."""

    def write(text: str) -> str:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize("name", NAMES)
def test_every_design_reads_back_exactly(name, tmp_path):
    design, path = preset(name), tmp_path / "design.yaml"
    write_accelerator(design, path)
    read = accelerator(str(path))
    assert read == design
    assert read.sources == design.sources
    assert read.build() == design.build()


@pytest.mark.parametrize("name", NAMES)
def test_every_design_keeps_the_published_schema(name):
    jsonschema.validate(yaml.safe_load(accelerator_yaml(preset(name))), schema())


def test_the_published_schema_is_current_and_itself_valid():
    """Mend with: python -c "from eyeriss_jax.hardware.accelerator_file import *; SCHEMA.write_text(schema_text())"."""
    assert SCHEMA.read_text() == schema_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


def test_the_schema_has_every_field_and_says_what_it_is():
    properties = schema()["properties"]
    assert set(properties) == {"like", *(field.name for field in dataclasses.fields(Accelerator))}
    assert all(entry["description"] for entry in properties.values())


@pytest.mark.parametrize(
    "content",
    [
        {"like": "eyeriss_v2", "clusters": 3},
        {"like": "eyeriss_v2", "noc": "torus"},
        {"like": "eyeriss_v2", "lanes": 1.5},
        {"name": "x"},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(content, file):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema())
    with pytest.raises(SpecError):
        accelerator(file(yaml.safe_dump(content)))


def test_a_design_like_another_gives_only_the_differences(file):
    path = file("# half a chip\nlike: eyeriss_v2\ncluster_rows: 4\nclock_hz: 400e6 # overclocked\nenergy: ISCA16\n")
    mine, v2 = accelerator(path), preset("eyeriss_v2")
    text = f"{v2.description}; with another cluster_rows, clock_hz, energy"
    assert mine == v2.replace(name="mine", description=text, cluster_rows=4, clock_hz=400e6, energy=mine.energy)
    assert mine.energy.name == "ISCA16"
    assert mine.sources["cluster_rows"] == "changed from 8"


def test_nested_maps_of_a_design_like_another_keep_what_they_do_not_give(file):
    v2 = preset("eyeriss_v2")
    path = file(
        "like: eyeriss_v2\nspad_words: {weight: 256}\nsparse_pe: {weight_pairs: 128}\n"
        "energy: {dram: {psum: 100}}\nsources: {lanes: mine}\n"
    )
    mine = accelerator(path)
    assert mine.spad_words == dataclasses.replace(v2.spad_words, weight=256)
    assert mine.sparse_pe == dataclasses.replace(v2.sparse_pe, weight_pairs=128)
    assert mine.energy.dram == dataclasses.replace(v2.energy.dram, psum=100)
    assert (mine.energy.spad, mine.energy.name) == (v2.energy.spad, "EYERISS_V2_65NM, changed")
    assert mine.energy.source == f"{v2.energy.source}; changed: dram"
    assert mine.sources["lanes"] == "mine"
    assert mine.sources["cluster_rows"] == v2.sources["cluster_rows"]
    assert mine.sources["spad_words"] == "changed from weight = 192"
    assert mine.sources["energy"] == "changed from EYERISS_V2_65NM"


@pytest.mark.parametrize("field", [*COUPLED, *COUPLED.values()])
def test_one_piece_of_hardware_moves_as_one_in_a_file_as_on_an_axis(field, file):
    v2 = preset("eyeriss_v2")
    (name, inner), value = field.split("."), int(2 * field_of(v2, field))
    mine = accelerator(file(f"like: eyeriss_v2\n{name}: {{{inner}: {value}}}\n"))
    swept = axis(field, (value,), v2)
    assert mine.build() == swept.apply(v2, value).build()
    assert mine.description == f"{v2.description}; with another {name}, and {swept.partner} with it"
    same = accelerator(file(f"like: eyeriss_v2\n{name}: {{{inner}: {field_of(v2, field)}}}\n"))
    assert same.build() == v2.build()


def test_a_part_of_a_port_is_a_number_that_somebody_would_write(file):
    mine = accelerator(file("like: eyeriss_v2\nnoc_words_per_cycle: {weight: 1}\n"))
    assert mine.sparse_pe is not None
    assert mine.sparse_pe.weight_noc_pairs_per_cycle == 0.666667


@pytest.mark.parametrize("clock", [100e6, 250e6])
def test_a_clock_takes_its_energies_along_in_a_file_as_on_an_axis(clock, file):
    v1 = preset("eyeriss_v1")
    mine, swept = accelerator(file(f"like: eyeriss_v1\nclock_hz: {clock}\n")), at_clock(v1, clock)
    assert mine.build() == swept.build()
    assert mine.energy != v1.energy
    assert mine.description == f"{v1.description}; with another clock_hz, and energy with it"
    part = accelerator(file(f"like: eyeriss_v1\nclock_hz: {clock}\nenergy: {{dram: {{psum: 7}}}}\n"))
    assert (part.energy.mac, part.energy.dram.psum) == (swept.energy.mac, 7)
    own = accelerator(file(f"like: eyeriss_v1\nclock_hz: {clock}\nenergy: ISCA16\n"))
    assert own.energy == v1.energy
    table = f"[[100e6, 0.8], [200e6, 1.0], [{max(clock, 200e6) + 1}, 1.2]]"
    other = accelerator(file(f"like: eyeriss_v1\nclock_hz: {clock}\nclock_volts: {table}\n"))
    assert other.energy.mac == at_clock(v1.replace(clock_volts=other.clock_volts), clock).energy.mac


def test_wider_words_take_energies_and_pairs_along_in_a_file_as_on_an_axis(file):
    """16-bit operands on v2: accesses by their bits, a MAC by the product of its operands, pairs of 20 bits."""
    base = preset("eyeriss_v2")
    wide = accelerator(file("like: eyeriss_v2\nword_bits: {iact: 16, weight: 16}\n"))
    assert wide.energy.mac == pytest.approx(4 * base.energy.mac)
    assert wide.energy.glb.iact == pytest.approx(2 * base.energy.glb.iact)
    assert wide.energy.glb.psum == base.energy.glb.psum
    assert wide.sparse_pe
    assert wide.sparse_pe.pair_bits == 20
    assert wide.description.endswith("with another word_bits, and energy, sparse_pe.pair_bits with it")
    swept = base
    for field in ("word_bits.iact", "word_bits.weight"):
        swept = axis(field, (16,), base).apply(swept, 16)
    assert swept.build() == wide.build()
    own = accelerator(file("like: eyeriss_v2\nword_bits: {iact: 16, weight: 16}\nenergy: {mac: 7}\n"))
    assert (own.energy.mac, own.energy.glb) == (7, wide.energy.glb)


def test_psums_narrower_than_the_oacts_that_they_become_are_refused(file):
    with pytest.raises(SpecError, match=r"psums of 4 bits cannot become oacts of 8; raise word_bits\.psum or lower"):
        accelerator(file("like: eyeriss_v2\nword_bits: {psum: 4}\n"))


def test_a_clock_without_a_voltage_is_told_with_its_line(file):
    with pytest.raises(SpecError, match=r"line 2, column 11: .*clock_hz = 4e\+08 is not within 1e\+08 to 2.5e\+08 Hz"):
        accelerator(file("like: eyeriss_v1\nclock_hz: 400e6\n"))
    free = accelerator(file("like: eyeriss_v1\nclock_hz: 400e6\nclock_volts: []\n"))
    assert free.energy == preset("eyeriss_v1").energy


def test_a_map_on_a_design_without_one_must_be_whole(file):
    with pytest.raises(SpecError, match=r"line 2, column 12: the keys 'weight_columns', 'iact_pairs', .* are missing"):
        accelerator(file("like: eyeriss_v1\nsparse_pe: {weight_pairs: 128}\n"))
    with pytest.raises(SpecError, match="line 2, column 27: weight_pairs = 0 must be an integer"):
        accelerator(file("like: eyeriss_v2\nsparse_pe: {weight_pairs: 0}\n"))


@pytest.mark.parametrize("name", NAMES)
def test_numbers_in_a_file_are_what_somebody_would_write(name):
    """No product's last digits: 6.96 pJ, not 6.959999999999999."""
    assert not re.findall(r"\d+\.\d{6,}", accelerator_yaml(preset(name)))


BAD = {
    "name": "[1]", "description": "{}", "cluster_rows": "0", "cluster_cols": "-2", "pe_rows": "1.5", "pe_cols": "x",
    "lanes": "0", "spad_words": "{iact: 1, weight: -3, psum: 2}", "word_bits": "{iact: 0, weight: 8, psum: 8}",
    "oact_bits": "0", "glb_bits": "{iact: -1, weight: 0, psum: 0}", "glb_shared_bits": "-1", "glb_keeps": "[iacts]",
    "oacts_bypass_glb": "maybe", "glb_read_words_per_cycle": "0", "glb_write_words_per_cycle": "-1", "noc": "torus",
    "noc_words_per_cycle": "{iact: 0, weight: 1, psum: 1}", "overlap": "[x]", "reduce_axes": "[pe_row]",
    "psum_chain_cycles": "-1", "pass_ramp_cycles": "unlimited", "dram_read_bits_per_cycle": "0",
    "dram_write_bits_per_cycle": "none", "dram_total_bits_per_cycle": "-4",
    "clock_hz": "0", "dataflow": "wss", "energy": "{mac: -1}", "sources": "{bitz: x}",
}  # fmt: skip


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_of_any_field_is_told_with_its_line(field, file):
    with pytest.raises(SpecError) as error:
        accelerator(file(f"like: eyeriss_v2\n\n{field}: {BAD[field]}\n"))
    assert "mine.yaml, line 3, column" in str(error.value)


def test_all_that_is_wrong_in_a_file_is_told_at_once(file):
    text = (
        "like: eyeriss_v2\nlanes: -1\nclck: 3\npe_cols: x\nspad_words: {weight: 1.5}\n"
        "energy: {mac: -1, dram: {iact: y}}\nsparse_pe: {psum_fifo: 0}\n"
    )
    with pytest.raises(SpecError) as error:
        accelerator(file(text))
    told = str(error.value)
    assert re.findall(r"line (\d+), column \d+: (\w+)", told) == [
        ("3", "unknown"), ("2", "lanes"), ("4", "expected"), ("5", "spad_words"), ("6", "mac"), ("6", "expected"),
        ("7", "psum_fifo"),
    ]  # fmt: skip
    assert told.count("mine.yaml") == 1
    with pytest.raises(SpecError, match=r"(?s)line 1, column 1: the keys .* line 2, column 8: lanes = 0 must"):
        accelerator(file("name: x\nlanes: 0\n"))


def test_the_line_is_that_of_the_value_in_a_nested_entry(file):
    text = "like: eyeriss_v2\nspad_words:\n  iact: 16\n  weight: 192.5\n  psum: 32\n"
    with pytest.raises(SpecError, match=r"line 4, column 11: spad_words.weight = 192.5 must be a whole number"):
        accelerator(file(text))
    with pytest.raises(SpecError, match="line 3, column 3: unknown key 'iacts'; did you mean 'iact'"):
        accelerator(file(text.replace("iact:", "iacts:")))


def test_a_missing_field_and_an_unknown_design_are_told(file):
    with pytest.raises(SpecError, match=r"the keys 'description', 'cluster_rows', .*'energy' are missing"):
        accelerator(file("name: x\n"))
    with pytest.raises(SpecError, match="line 2, column 7: accelerator: unknown name 'eyeris_v2'; did you mean"):
        accelerator(file("\nlike: eyeris_v2\n"))


@pytest.mark.parametrize(("former", "now"), FORMER_FIELDS.items())
def test_a_former_name_is_answered_with_the_one_of_today(former, now, file):
    nested = former.endswith("_pairs")
    text = f"sparse_pe: {{{former}: 1}}" if nested else f"{former}: 1"
    with pytest.raises(SpecError, match=f"unknown key '{former}'; it is called '{now}' now"):
        accelerator(file(f"like: eyeriss_v2\n{text}\n"))
    if not nested:
        with pytest.raises(SpecError, match=f"unknown name '{former}'; it is called '{now}' now"):
            preset("eyeriss_v2").replace(**{former: 1})


def test_a_file_is_like_another_beside_it(file, tmp_path):
    (tmp_path / "family.yaml").write_text("like: eyeriss_v2\ncluster_rows: 4\nspad_words: {weight: 256}\n")
    mine = accelerator(file("like: family.yaml\nclock_hz: 100e6\n"))
    v2 = preset("eyeriss_v2")
    assert (mine.name, mine.cluster_rows, mine.clock_hz, mine.spad_words.weight) == ("mine", 4, 100e6, 256)
    assert (mine.spad_words.iact, mine.energy) == (v2.spad_words.iact, v2.energy)
    assert "with another cluster_rows, spad_words" in mine.description
    assert mine.description.endswith("; with another clock_hz")
    (tmp_path / "family.yaml").write_text("like: eyeriss_v2\n\ncluster_rows: 0\n")
    with pytest.raises(SpecError, match=r"family\.yaml, line 3, column 15: cluster_rows = 0"):
        accelerator(file("like: family.yaml\n"))


@pytest.mark.parametrize("names", [("mine",), ("mine", "other"), ("mine", "other", "third")])
def test_files_that_are_like_each_other_in_a_circle_are_refused(tmp_path, names):
    for name, following in zip(names, (*names[1:], names[0]), strict=True):
        (tmp_path / f"{name}.yaml").write_text(f"like: {following}.yaml\n")
    around = " -> ".join(f"{name}.yaml" for name in (*names, names[0]))
    with pytest.raises(
        SpecError, match=rf"line 1, column 7: files that are like each other in a circle: {around}; name"
    ):
        accelerator(str(tmp_path / "mine.yaml"))


def test_a_chain_of_files_has_an_end(tmp_path):
    for number in range(MOST_LIKE + 1):
        (tmp_path / f"{number}.yaml").write_text(f"like: {number - 1}.yaml\n" if number else "like: eyeriss_v2\n")
    assert accelerator(str(tmp_path / f"{MOST_LIKE - 1}.yaml")).pes == 192
    with pytest.raises(SpecError, match=f"more than {MOST_LIKE} files that are like each other"):
        accelerator(str(tmp_path / f"{MOST_LIKE}.yaml"))


@pytest.mark.parametrize(
    ("name", "said"), [("../mine.yaml", "lies outside the folder of this file"), ("nope.yaml", "No such file")]
)
def test_a_file_is_like_none_that_is_elsewhere_or_nowhere(file, name, said):
    with pytest.raises(SpecError, match=said):
        accelerator(file(f"like: {name}\n"))
