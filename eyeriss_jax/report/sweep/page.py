"""The page of a sweep: front, best design per budget, sensitivity and what binds, in one file that opens offline."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.templating import rendered
from eyeriss_jax.report.sweep.answers import Answers, shown
from eyeriss_jax.report.sweep.headers import NAMES, base_breaks
from eyeriss_jax.report.sweep.interactive import interactive_front
from eyeriss_jax.report.sweep.terminal import notes, sweep_tables
from eyeriss_jax.report.table import Table
from eyeriss_jax.report.units import scaled, significant

_INTROS = {
    "front": "Designs that no other beats or equals in every objective.",
    "top": "The best designs by the first objective, one of each group of near ties; the last column says how many per "
    "cent of area the last per cent of it takes, from one row down to the next.",
    "best_per_budget": "The best design of the front that is no larger; budgets that buy nothing more are left out.",
    "sensitivity": "Between the best and the worst value of a field: the best design that has it, and the geometric "
    "mean over all designs that have it. 1 is no influence.",
    "binds": "Cycles that each cause adds, following the seven steps of Eyexam; step 6 by port, step 7 by cause.",
}

_STYLE = (
    "body { max-width: 90rem; } th, td { padding-inline: .3rem; } td { white-space: nowrap; } "
    ".panels { display: flex; flex-wrap: wrap; gap: 1rem; } "
    ".panel { flex: 1 1 20rem; max-width: 34rem; min-width: 0; } "
    "#table-binds, #table-sensitivity { width: auto; min-width: min(100%, 44rem); } "
    "@page { size: A4 landscape; }"
)
"""Designs have many columns: headers wrap, and every design keeps to one line. Tables of few columns stay narrow;
paper lies on its side. Panels stand below one another where they have no room."""


def sweep_page(answers: Answers, summary: Mapping[str, Any]) -> Markup:
    """The page as HTML."""
    picture, scripts = interactive_front(answers)
    front, *others = sweep_tables(answers)
    tables = (*others, front)
    first = Section(
        title="Pareto front",
        intro="Every dot is a design of the front, which no other beats or equals in every objective; the rest are not "
        "drawn. The star is the base design, the ring the knee. A dot's colour is what costs it most cycles. "
        "Point at one for its fields and its Eyexam loss; select some to find them in the other panels.",
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
        sections=[
            first,
            _notes(answers),
            *(_section(table) for table in tables if table.visible and table.visible[0].cells),
        ],
        data=dict(summary),
        styles=(_STYLE,),
        scripts=scripts,
    )


def headline(answers: Answers) -> str:
    """The finding in a sentence."""
    first = base_breaks(answers.base.name, answers.base.broken) if answers.base else ""
    if not answers.top:
        why = answers.loosen or "none has a mapping for every layer"
        return f"{first} No design meets the constraints: {why}.".strip()
    best = answers.top[0]
    fields = ", ".join(f"{name} {shown(value)}" for name, value in best.fields.items())
    value = significant(best.row[answers.objectives[0]])
    ratio = answers.times_base(best, answers.objectives[0])
    over = f" ({ratio:.2f} × {answers.base.name})" if answers.base and ratio == ratio else ""
    found = f"Best {NAMES[answers.objectives[0]]}: {value}{over} with {fields}; {best.binds} costs it most cycles."
    return f"{first} {found}".strip()


def _notes(answers: Answers) -> Section:
    body = rendered("sweep/templates/notes.html", lines=notes(answers))
    return Section(title="How to read this", body=body, id="notes")


def _section(table: Table) -> Section:
    name = table.name.replace("_", "-")
    return Section(title=table.title, intro=_INTROS[table.name], body=data_table(table, f"table-{name}"), id=name)
