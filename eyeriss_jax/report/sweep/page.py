"""The page of a sweep: front, best design per budget, sensitivity and what binds, in one file that opens offline."""

from collections.abc import Mapping
from typing import Any

from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.sweep.answers import Answers, shown
from eyeriss_jax.report.sweep.headers import NAMES
from eyeriss_jax.report.sweep.interactive import interactive_front
from eyeriss_jax.report.sweep.terminal import sweep_tables
from eyeriss_jax.report.table import Table
from eyeriss_jax.report.units import scaled, significant

_INTROS = {
    "front": "Designs that no other beats or equals in every objective.",
    "top": "The best designs by the first objective alone.",
    "best_per_budget": "The best design of the front that is no larger; budgets that buy nothing more are left out.",
    "sensitivity": "Between the best and the worst value of a field: the best design that has it, and the geometric "
    "mean over all designs that have it. 1 is no influence.",
    "binds": "Cycles that each cause adds, following the seven steps of Eyexam; step 6 by port, step 7 by cause.",
}

_STYLE = "body { max-width: 90rem; } th, td { padding-inline: .4rem; } td { white-space: nowrap; }"
"""Designs have many columns: headers wrap, and every design keeps to one line."""


def sweep_page(answers: Answers, summary: Mapping[str, Any]) -> str:
    """The page as HTML."""
    picture, scripts = interactive_front(answers)
    tables = sweep_tables(answers)
    first = Section(
        title="Pareto front",
        intro="Every dot is a design of the front, which no other beats or equals in every objective; the rest are not "
        "drawn. Its colour is what costs it most cycles. Point at one for its fields and its Eyexam loss; select some "
        "to find them in the other panels.",
        body=picture,
        id="picture",
    )
    return render_frame(
        title=f"Sweep of {', '.join(answers.networks)}",
        kicker="design space",
        headline=headline(answers),
        tiles=[
            ("designs", scaled(answers.designs)),
            ("feasible", scaled(answers.feasible)),
            ("evaluations", scaled(answers.evaluations)),
            ("on the front", str(len(answers.front))),
        ],
        sections=[first, *(_section(table) for table in (*tables[1:], tables[0]))],
        data=dict(summary),
        styles=(_STYLE,),
        scripts=scripts,
    )


def headline(answers: Answers) -> str:
    """The finding in a sentence."""
    if not answers.top:
        return "No design meets the constraints with a mapping for every layer."
    best = answers.top[0]
    fields = ", ".join(f"{name} {shown(value)}" for name, value in best.fields.items())
    value = significant(best.row[answers.objectives[0]])
    return f"Best {NAMES[answers.objectives[0]]}: {value} with {fields}; {best.binds} costs it most cycles."


def _section(table: Table) -> Section:
    name = table.name.replace("_", "-")
    return Section(title=table.title, intro=_INTROS[table.name], body=data_table(table, f"table-{name}"), id=name)
