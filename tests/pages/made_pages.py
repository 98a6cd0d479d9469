"""Every kind of page, made from results that need no search."""

import copy
import json

from eyeriss_jax.hardware.presets.field import field_machine
from eyeriss_jax.layers import network
from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.comparison import comparison_page, read_runs
from eyeriss_jax.report.field import FieldMatrix, Missing, cell_of_field, chip_of, field_page, reason_against
from eyeriss_jax.report.page import render_page
from eyeriss_jax.report.scoreboard.page import scoreboard_page
from eyeriss_jax.report.scoreboard.summary import scoreboard_summary
from eyeriss_jax.report.summary import summary
from eyeriss_jax.report.sweep.answers import Answers, Found, Sensitivity
from eyeriss_jax.report.sweep.ladder import Rung
from eyeriss_jax.report.sweep.page import sweep_page
from eyeriss_jax.search.space import METRICS
from eyeriss_jax.search.sweep import Base
from tests.report.fake_results import fake_result, many_layers
from tests.report.test_scoreboard import ENTRIES

RESULT = fake_result(many_layers(12))
SUMMARY = summary(RESULT, {"network": "tinynet"})


def eyexam():
    return render_page(RESULT, SUMMARY)


def compare(folder):
    after = copy.deepcopy(SUMMARY)
    after["accelerator"] = "wide"
    for layer in after["layers"][::2]:
        layer["bounds_macs_per_cycle"] = [bound / 2 for bound in layer["bounds_macs_per_cycle"]]
        layer["cycles"] *= 2
    paths = []
    for name, data in (("before", SUMMARY), ("after", after)):
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(data))
    return comparison_page(read_runs(paths))


def sweep_answers():
    fields = ("cluster_rows", "cluster_cols", "pe_rows", "pe_cols", "glb_bits.iact", "noc_words_per_cycle.weight")

    def found(index):
        row = {"useful share": 0.5, **{f"{loss} share": 0.01 for loss in LOSSES}, "psum accumulation share": 0.1}
        row |= dict.fromkeys(METRICS, 10.0 ** (index - 4)) | {"dram_words": 26_478_204.0}
        return Found(index=index, fields=dict.fromkeys(fields, 18432), row=row)

    designs = tuple(found(index) for index in range(4))
    base = Base(
        name="eyeriss_v2", fields=designs[0].fields, index=2, row=found(2).row,
        broken=("area_mm2 is 22.5, 12.5 % above at_most 20",),
    )  # fmt: skip
    return Answers(
        objectives=("inferences_per_s", "area_mm2"), networks=("tinynet",), energy_unit="pJ", designs=4, feasible=4,
        evaluations=100, front=designs, top=designs[:2], budgets=((2.0, designs[0]),), marginals=(),
        sensitivity=(Sensitivity(field="cluster_rows", best_value=4, best_ratio=2.0, mean_ratio=1.5),),
        binds=tuple((loss, 1, 0.1) for loss in LOSSES), base=base,
        rungs=tuple(Rung(design=d, costs=1.5) for d in designs[2::-1]), knee=Rung(design=designs[1], costs=1.5),
        costs={"cluster_rows": ("area",), "noc_words_per_cycle.weight": ()}, unmapped=3,
    )  # fmt: skip


def sweep():
    return sweep_page(sweep_answers(), {"config": {}, "git_revision": None, "versions": {}})


def scoreboard():
    return scoreboard_page(ENTRIES, scoreboard_summary(ENTRIES, {"topics": ""}))


def field():
    chips = [(name, field_machine(name)) for name in ("diannao", "tpu_v1", "eie")]
    nets = [network("alexnet"), network("bert_base_64")]
    cells = {
        (name, net.name): Missing(reason) if (reason := reason_against(net, chip)) else cell_of_field(net, chip)
        for name, chip in chips
        for net in nets
    }
    matrix = FieldMatrix(
        chips=tuple(chip_of(*each) for each in chips), networks=tuple(net.name for net in nets), cells=cells
    )
    return field_page(matrix, {**matrix.plain(), "config": {}, "git_revision": None, "versions": {}})


PAGES = ("eyexam", "compare", "sweep", "scoreboard", "field")


def write(name, folder):
    """Writes a page and returns its path."""
    path = folder / f"{name}.html"
    path.write_text(compare(folder) if name == "compare" else globals()[name](), encoding="utf-8")
    return path
