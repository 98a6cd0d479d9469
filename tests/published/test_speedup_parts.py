"""The rule set behind the nine speed-ups: its parts are real, each is tagged, and the table shows what each does."""

import pytest

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.published import Workbench, claims
from eyeriss_jax.published.scaling import NETWORKS, PES
from eyeriss_jax.published.speedup_parts import DERIVED, FITTED, PARTS, PUBLISHED, StudyRule, points
from eyeriss_jax.report.scoreboard import markdown_speedups, speedup_table

RULE_SET, *OTHERS = PARTS


def _machines(part: StudyRule) -> tuple[object, ...]:
    v1, v2 = accelerator("eyeriss_v1_256"), accelerator("eyeriss_v2_256")
    return v1.replace(**part.v1), v2.replace(**part.v2), part.flow


def test_the_rule_set_is_that_of_the_presets() -> None:
    assert (RULE_SET.v1, RULE_SET.v2) == ({}, {})
    assert RULE_SET.flow.name == accelerator("eyeriss_v1_256").dataflow


@pytest.mark.parametrize("part", OTHERS, ids=lambda part: part.rule)
def test_every_part_says_what_it_is_and_changes_something(part: StudyRule) -> None:
    assert part.tag in (PUBLISHED, DERIVED, FITTED)
    assert _machines(part) != _machines(RULE_SET)
    assert len({each.rule for each in PARTS}) == len(PARTS)


def test_no_speed_up_counts_as_validation() -> None:
    # The rules were chosen with all nine in sight.
    speedups = [claim for claim in claims("scaling")["scaling"] if claim.statement.startswith("speed-up")]
    assert len(speedups) == 9
    assert all(claim.fitted for claim in speedups)


def test_the_table_has_a_row_per_part_and_a_column_per_speed_up() -> None:
    errors = {(part.rule, name, pes): number / 1000 for number, (part, name, pes) in enumerate(points())}
    table = speedup_table(errors)
    assert len(table.records) == len(PARTS)
    assert len([key for key in table.records[0] if key.endswith("_error_percent")]) == len(NETWORKS) * len(PES)
    assert table.records[1]["alexnet_256_error_percent"] == pytest.approx(0.9)
    page = markdown_speedups(table)
    assert page.startswith("# ") and "| +0.9 % |" in page


@pytest.mark.slow
def test_an_error_is_that_of_the_cycles_of_both_machines() -> None:
    bench, (name, published) = Workbench(), ("MobileNet", 15.7)
    slow, fast = (bench.mapped(NETWORKS[name], f"eyeriss_{version}_256").cycles for version in ("v1", "v2"))
    assert RULE_SET.error(bench, name, 256) == pytest.approx(slow / fast / published - 1)
