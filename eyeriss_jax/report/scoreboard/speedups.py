"""What each part of the rule set behind the nine speed-ups does to them: a table, and a page of the documentation."""

from collections.abc import Mapping

from eyeriss_jax.published.scaling import NETWORKS, PES
from eyeriss_jax.published.speedup_parts import PARTS
from eyeriss_jax.report.formats import to_markdown
from eyeriss_jax.report.table import Column, Table

_INTRODUCTION = """# The nine speed-ups and their rule set

arXiv 1807.07928v1 and JETCAS 2019 compare v2 with a v1 of 256 to 16,384 PEs: 10.4 to 17.9, 37.7 to 71.5 and 448.8 to
1086.7 times as fast. Neither paper says all that its v1 is. Ours is a set of rules; *published* ones are in the papers,
*derived* ones follow from their numbers or from other results, *fitted* ones were chosen with the speed-ups in sight.
So the nine speed-ups validate nothing but that such a set of rules exists. Each row takes one rule away. Errors are
percentages of the published speed-up; the printed ends of the ranges are AlexNet's and GoogLeNet's, MobileNet's figures
are remembered.

This page is written by `python -m experiments.reproduce --sensitivity --update_docs`.
"""


def speedup_table(errors: Mapping[tuple[str, str, int], float]) -> Table:
    """One row per part, one column per network and size of array; ``errors`` by rule, network and PEs."""
    columns = [
        Column.of("rule", "rule", [part.rule for part in PARTS], numeric=False, priority=0, least=24),
        Column.of("tag", "tag", [part.tag for part in PARTS], numeric=False, priority=3),
        Column.of("instead", "instead", [part.instead for part in PARTS], numeric=False, priority=1),
    ]
    columns += [
        Column.of(
            f"{network.lower()}_{pes}_error_percent",
            f"{network}\n{pes:,} PEs",
            [100 * errors[part.rule, network, pes] for part in PARTS],
            "{:+.1f} %".format,
            priority=2,
        )
        for network in NETWORKS
        for pes in PES
    ]
    return Table(name="speedups", title="Error of the nine speed-ups without each rule", columns=tuple(columns))


def markdown_speedups(table: Table) -> str:
    """The page of the documentation."""
    return f"{_INTRODUCTION}\n{to_markdown([table])}"
