"""A sweep in the terminal: best designs, budgets, sensitivity and what binds."""

import math

from rich.console import Group, RenderableType
from rich.text import Text

from eyeriss_jax.report.sweep.answers import Answers, Found, shown
from eyeriss_jax.report.sweep.headers import NAMES, base_breaks, units
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import alike, percent, scaled, significant
from eyeriss_jax.search.space import cost_in_words

_SHOWN = {"utilization": percent, "dram_words": scaled}
"""How a metric is shown where three digits are not the way."""


def sweep_tables(answers: Answers) -> list[Table]:
    """All answers as tables; the front first."""
    return [
        _designs("front", "All designs of the front", answers, _with_base(answers, answers.front)),
        _top(answers),
        _budgets(answers),
        _sensitivity(answers),
        _binds(answers),
    ]


def terminal_sweep(answers: Answers, width: int) -> Group:
    """The answers for a terminal; the front, which may be long, is left to the page."""
    parts: list[RenderableType] = []
    if answers.base and (broken := base_breaks(answers.base.name, answers.base.broken)):
        parts += [Text(broken, style="bold"), Text()]
    for table in sweep_tables(answers)[1:]:
        if table.visible and table.visible[0].cells:
            parts += [Text(table.title, style="bold"), terminal_table(table, width), Text()]
    parts += [Text(line) for line in notes(answers)]
    return Group(*parts)


def notes(answers: Answers) -> list[str]:
    """What to know beside the tables: the base, near ties, the knee, what is free, and designs without a mapping."""
    objective, base, found = answers.objectives[0], answers.base, []
    called = units(answers.energy_unit)
    if base is not None:
        where = f"design {base.index}" if base.index is not None else "not a point of the space"
        found.append(f"× base: over {base.name} ({where}), mapped by the same search.")
        if base.row is None:
            found[-1] = f"{base.name}, the base design, has no mapping in the shortlist: nothing is compared with it."
    if answers.rungs:
        found.append(
            f"Of designs within {percent(answers.tie_share)} in {NAMES[objective]} the smallest stands for all, "
            "of equal areas the one that takes least energy."
        )
    if answers.knee:
        best, rung = answers.rungs[0].design.row, answers.knee
        row, at = rung.design.row, answers.rungs.index(rung)
        words = f"Knee: design {rung.design.index}, {significant(row[objective])} {called[objective]} on "
        words += f"{significant(row['area_mm2'])} mm²; up to it a per cent costs less than a per cent of area"
        if at:
            words += (
                f", beyond it {answers.rungs[at - 1].costs:.2g} %: the best has {best[objective] / row[objective]:.2f}"
            )
            words += f"× of it on {_times(best['area_mm2'] / row['area_mm2'])} of its area"
        else:
            words += ", and nothing beyond it is better"
        found.append(f"{words}.")
    if answers.free:
        found.append(f"Free in this model, so that their best values are no advice: {', '.join(answers.free)}.")
    if answers.unmapped:
        found.append(
            f"{answers.unmapped:,} designs meet the constraints, but no mapping in the shortlist fits them, widened "
            "twice: they are left out. Raise --config.inners or --config.tilings."
        )
    if answers.loosen:
        found.append(f"No design meets all constraints: {answers.loosen}.")
    return found


def _designs(name: str, title: str, answers: Answers, designs: tuple[Found, ...]) -> Table:
    fields = list(designs[0].fields) if designs else []
    called = units(answers.energy_unit)
    metrics = [*answers.objectives, *(m for m in called if m not in answers.objectives)]
    columns = [Column.of("design", "design", [_name(answers, f) for f in designs], priority=0)]
    columns += [
        Column.of(n, n.replace("_", "\n").replace(".", "\n"), [f.fields[n] for f in designs], shown, priority=2)
        for n in fields
    ]
    columns += [
        Column.of(
            m,
            called[m].replace(" ", "\n"),
            [f.row[m] for f in designs],
            _SHOWN.get(m) or alike(f.row[m] for f in designs),
            priority=_priority(answers, m),
        )
        for m in metrics
    ]
    if answers.base and answers.base.row:
        columns += [
            Column.of(
                f"{m}_times_base", f"{called[m]}\n× base", [answers.times_base(f, m) for f in designs], _times,
                priority=7 if number else 0,
            )
            for number, m in enumerate(answers.objectives)
        ]  # fmt: skip
    columns.append(Column(key="useful_share", values=tuple(f.row["useful share"] for f in designs)))
    columns.append(Column.of("binds", "binds", [f.binds for f in designs], numeric=False, priority=3))
    return Table(name=name, title=title, columns=tuple(columns))


def _priority(answers: Answers, metric: str) -> int:
    """The first objective and the area stay beside the fields that make a design, before the other objectives."""
    if metric in (answers.objectives[0], "area_mm2"):
        return 1
    if metric in answers.objectives:
        return 3
    return 4 if metric == "utilization" else 8


def _name(answers: Answers, found: Found) -> int | str:
    """The number of a design; the base design is marked."""
    if answers.base is not None and found.index == answers.base.index:
        return f"{found.index} (base)"
    return found.index if found.index >= 0 else "base"


def _with_base(answers: Answers, designs: tuple[Found, ...]) -> tuple[Found, ...]:
    """``designs`` and the base design below them, if it has a mapping and is not one of them."""
    base = answers.base
    if base is None or not base.row or any(found.index == base.index for found in designs):
        return designs
    return (*designs, Found(index=-1, fields=base.fields, row=base.row))


def _top(answers: Answers) -> Table:
    """The best rungs of the ladder with what the last per cent of each costs, and the base."""
    designs = _with_base(answers, answers.top)
    table = _designs("top", f"Best by {NAMES[answers.objectives[0]]}", answers, designs)
    costs = [rung.costs for rung in answers.rungs[: len(answers.top)]]
    costs += [math.nan] * (len(designs) - len(costs))

    shown_as = alike(costs, digits=2)

    def area(percent: float) -> str:
        return "–" if math.isnan(percent) else f"{shown_as(percent)} %"

    column = Column.of("area_percent_per_percent", "+1 %\ncosts\narea", costs, area, priority=1)
    return Table(name=table.name, title=table.title, columns=(*table.columns, column))


def _times(ratio: float) -> str:
    return f"{ratio:.2f}×"


def _budgets(answers: Answers) -> Table:
    designs = tuple(found for _, found in answers.budgets)
    budgets = [area for area, _ in answers.budgets]
    table = _designs("best_per_budget", "Best design per area budget", answers, designs)
    budget = Column.of("budget_mm2", "up to mm²", budgets, alike(budgets), priority=0)
    return Table(name=table.name, title=table.title, columns=(budget, *table.columns))


def _sensitivity(answers: Answers) -> Table:
    rows = answers.sensitivity
    return Table(
        name="sensitivity",
        title=f"How much each field changes {NAMES[answers.objectives[0]]}",
        columns=(
            Column.of("field", "field", [s.field for s in rows], numeric=False, priority=0, least=27),
            Column.of("best_value", "best value", [shown(s.best_value) for s in rows]),
            Column.of(
                "costs",
                "it costs",
                [cost_in_words(answers.costs.get(s.field)) for s in rows],
                numeric=False,
                least=17,
            ),
            Column.of("best_ratio", "best to\nworst", [s.best_ratio for s in rows], _times),
            Column.of("mean_ratio", "mean of\nall", [s.mean_ratio for s in rows], _times),
        ),
    )


def _binds(answers: Answers) -> Table:
    rows = [each for each in answers.binds if each[1] or each[2] > 0]
    return Table(
        name="binds",
        title="What binds, over all feasible designs",
        columns=(
            Column.of("loss", "loss", [loss for loss, _, _ in rows], numeric=False, priority=0),
            Column.of("designs", "designs that it costs most", [n for _, n, _ in rows], "{:,}".format),
            Column.of("mean_share", "mean share of cycles", [share for *_, share in rows], percent),
        ),
    )
