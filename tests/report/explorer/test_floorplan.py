"""The picture is to scale: what is drawn of every part has the area that the area model gives it."""

import pytest

from eyeriss_jax.hardware.area import area_of
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator, eyeriss_v2
from eyeriss_jax.model.eyexam import BURSTS, LOSSES
from eyeriss_jax.report.explorer.floorplan import cluster_boxes, floorplan
from eyeriss_jax.report.explorer.parts import PARTS, control_data, glowing
from eyeriss_jax.search.explore import controls
from tests.search.explore.small import MACHINE, MAPPINGS


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_part_has_its_area(name):
    machine = accelerator(name)
    found = area_of(machine)
    boxes = cluster_boxes(machine, found)
    scale = found.mm2 / found.total / machine.clusters

    def drawn(chosen):
        return sum(box.width * box.height for box in boxes if chosen(box.mark))

    assert drawn(lambda mark: mark.startswith("pe-")) == pytest.approx(found.pes * scale)
    assert drawn(lambda mark: mark.startswith("glb-")) == pytest.approx(found.glb * scale)
    assert drawn(lambda mark: mark.startswith("router-")) == pytest.approx(found.noc * scale)
    assert drawn(lambda mark: mark.startswith("spad-")) == pytest.approx(found.spads * scale)
    assert drawn(lambda mark: mark == "mac") == pytest.approx(found.macs * scale)
    assert drawn(lambda mark: mark == "control") == pytest.approx(found.pe_control * scale)


def test_what_a_mapping_gives_work_is_told_by_axis():
    plan = floorplan(MACHINE, MAPPINGS["conv"], area_of(MACHINE))
    assert plan["shape"] == [8, 2, 3, 4]
    assert all(1 <= used <= there for used, there in zip(plan["used"], plan["shape"], strict=True))


def test_of_very_many_pes_one_is_drawn_in_full_and_all_have_their_place():
    machine = eyeriss_v2().replace(pe_rows=32, pe_cols=32)
    marks = [box[0] for box in floorplan(machine, MAPPINGS["conv"], area_of(machine))["boxes"]]
    assert sum(mark.startswith("pe-") for mark in marks) == 1024
    assert marks.count("spad-weight") == 1


def test_every_control_belongs_to_a_part():
    for name in ACCELERATORS:
        for each in control_data(controls(accelerator(name))):
            assert each["part"] in PARTS
            assert each["label"]


def test_what_limits_a_layer_glows_on_marks_that_are_drawn():
    marks = {box.mark for box in cluster_boxes(MACHINE, area_of(MACHINE))}
    marks |= {
        "dram",
        "pe",
        "array",
        "chain",
        "glb-weight",
        "glb-shared",
        *(f"link-{t}" for t in ("iact", "weight", "psum")),
    }
    for cause in (*LOSSES, *BURSTS):
        assert set(glowing(cause, MACHINE.overlap)) <= marks
    assert glowing("exposed delivery", ("iact", "psum")) == ("link-weight", "router-weight")
    assert glowing("weight bandwidth", ()) == ("link-weight", "router-weight")
