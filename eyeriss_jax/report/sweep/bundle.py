"""All files of a sweep's report."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.sweep.answers import Answers, Found, shown
from eyeriss_jax.report.sweep.figures import fields_figure, front_figure
from eyeriss_jax.report.sweep.page import sweep_page
from eyeriss_jax.search.space import metric_units


def write_sweep_report(
    answers: Answers, config: Mapping[str, Any], measured: Mapping[str, Any], folder: Path
) -> list[Path]:
    """Writes summary.json, report.html and the figures; returns their paths."""
    summary = sweep_summary(answers, config, measured)
    write_json(folder / "summary.json", summary)
    write_text(folder / "report.html", sweep_page(answers, summary))
    figures = save(front_figure(answers), folder / "front") + save(fields_figure(answers), folder / "fields")
    return [folder / "summary.json", folder / "report.html", *figures]


def sweep_summary(answers: Answers, config: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """Everything a script needs."""
    return {
        "designs": answers.designs,
        "feasible": answers.feasible,
        "evaluations": answers.evaluations,
        "objectives": list(answers.objectives),
        "units": metric_units(answers.energy_unit),
        "unmapped": answers.unmapped,
        "base": _base(answers),
        "axes": [{"field": field, "costs": list(costs), "free": not costs} for field, costs in answers.costs.items()],
        "tie_share": answers.tie_share,
        "front": [_design(answers, f) for f in answers.front],
        "top": [_design(answers, f) for f in answers.top],
        "ladder": [
            {"area_percent_per_percent": _number(rung.costs), **_design(answers, rung.design)} for rung in answers.rungs
        ],
        "knee": _design(answers, answers.knee.design) if answers.knee else None,
        "best_per_budget": [{"budget_mm2": area, **_design(answers, f)} for area, f in answers.budgets],
        "marginals": [
            {"field": m.field, "value": _plain(m.value), "designs": m.designs, "best": m.best, "mean": m.mean}
            for m in answers.marginals
            if m.designs
        ],
        "sensitivity": [
            {"field": s.field, "best_value": _plain(s.best_value), "best_ratio": s.best_ratio,
             "mean_ratio": s.mean_ratio}
            for s in answers.sensitivity
        ],
        "binds": [{"loss": loss, "designs": n, "mean_share": share} for loss, n, share in answers.binds],
        "measured": dict(measured),
        "config": dict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }  # fmt: skip


def _design(answers: Answers, found: Found) -> dict[str, Any]:
    fields = {name: _plain(value) for name, value in found.fields.items()}
    ratios = {name: _number(answers.times_base(found, name)) for name in answers.objectives}
    design = {"design": found.index, "fields": fields, "metrics": found.row, "binds": found.binds}
    return design | {"times_base": ratios, "is_base": answers.base is not None and answers.base.index == found.index}


def _base(answers: Answers) -> dict[str, Any] | None:
    """The base design: ``design`` is its number in the space, None if it is no point of it."""
    base = answers.base
    if base is None:
        return None
    fields = {name: _plain(value) for name, value in base.fields.items()}
    return {
        "name": base.name, "design": base.index, "fields": fields, "metrics": base.row,
        "broken_constraints": list(base.broken),
    }  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _plain(value: Any) -> Any:
    """A value that strict JSON has."""
    if isinstance(value, int | str | bool):
        return value
    return value if isinstance(value, float) and abs(value) != math.inf else shown(value)
