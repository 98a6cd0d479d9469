"""A sweep in the terminal: best designs, budgets, sensitivity and what binds."""

from rich.console import Group, RenderableType
from rich.text import Text

from eyeriss_jax.report.sweep.answers import Answers, Found, shown
from eyeriss_jax.report.sweep.headers import NAMES, units
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import percent, significant


def sweep_tables(answers: Answers) -> list[Table]:
    """All answers as tables; the front first."""
    return [
        _designs("front", "All designs of the front", answers, answers.front),
        _designs("top", f"Best by {NAMES[answers.objectives[0]]}", answers, answers.top),
        _budgets(answers),
        _sensitivity(answers),
        _binds(answers),
    ]


def terminal_sweep(answers: Answers, width: int) -> Group:
    """The answers for a terminal; the front, which may be long, is left to the page."""
    parts: list[RenderableType] = []
    for table in sweep_tables(answers)[1:]:
        if table.visible and table.visible[0].cells:
            parts += [Text(table.title, style="bold"), terminal_table(table, width), Text()]
    return Group(*parts[:-1])


def _designs(name: str, title: str, answers: Answers, designs: tuple[Found, ...]) -> Table:
    fields = list(designs[0].fields) if designs else []
    called = units(answers.energy_unit)
    metrics = [*answers.objectives, *(m for m in called if m not in answers.objectives)]
    columns = [Column.of("design", "design", [f.index for f in designs], priority=0)]
    columns += [
        Column.of(n, n.replace("_", "\n", 1).replace(".", "\n"), [f.fields[n] for f in designs], shown, priority=1)
        for n in fields
    ]
    columns += [
        Column.of(m, called[m], [f.row[m] for f in designs], significant, priority=2 if m in answers.objectives else 8)
        for m in metrics
    ]
    columns.append(Column.of("useful_share", "useful", [f.row["useful share"] for f in designs], percent, priority=4))
    columns.append(Column.of("binds", "binds", [f.binds for f in designs], numeric=False, priority=3))
    return Table(name=name, title=title, columns=tuple(columns))


def _budgets(answers: Answers) -> Table:
    designs = tuple(found for _, found in answers.budgets)
    table = _designs("best_per_budget", "Best design per area budget", answers, designs)
    budget = Column.of("budget_mm2", "up to mm²", [area for area, _ in answers.budgets], significant, priority=0)
    return Table(name=table.name, title=table.title, columns=(budget, *table.columns))


def _sensitivity(answers: Answers) -> Table:
    rows = answers.sensitivity

    def times(ratio: float) -> str:
        return f"{ratio:.2f}×"

    return Table(
        name="sensitivity",
        title=f"How much each field changes {NAMES[answers.objectives[0]]}",
        columns=(
            Column.of("field", "field", [s.field for s in rows], numeric=False, priority=0),
            Column.of("best_value", "best value", [shown(s.best_value) for s in rows]),
            Column.of("best_ratio", "best to worst, best designs", [s.best_ratio for s in rows], times),
            Column.of("mean_ratio", "all designs", [s.mean_ratio for s in rows], times),
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
