"""The mapping drawn as a loop nest: one line per loop, and beside it where each tensor stays while it runs."""

import html

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.nest import INNERMOST, kind_of, nest_lines


def nest_table(layer: LayerResult, glb_keeps: tuple[str, ...]) -> str:
    """The loop nest of a layer as a table: level, loop, and what each tensor does."""
    lines = nest_lines(layer, glb_keeps)
    rows = []
    for depth, line in enumerate(lines):
        states = "".join(f'<td class="{kind_of(state)}">{state}</td>' for state in line.states.values())
        kind = "parallel" if line.parallel else line.level.lower()
        rows.append(f'<tr class="{kind}"><th>{line.level}</th>{_line(depth, line.text)}{states}</tr>')
    rows.append(f'<tr class="mac"><th></th>{_line(len(lines), INNERMOST)}<td></td><td></td><td></td></tr>')
    head = "".join(f"<th>{name}</th>" for name in ("level", "loop", *TYPES))
    return f'<table class="nest"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _line(depth: int, text: str) -> str:
    """A loop, indented by its depth."""
    return f'<td style="padding-left:{0.5 + 0.9 * depth:.1f}em">{html.escape(text)}</td>'
