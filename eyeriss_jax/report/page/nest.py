"""The mapping drawn as a loop nest: one line per loop, and beside it where each tensor stays while it runs."""

import html
from itertools import groupby

from eyeriss_jax.dataflow.loop_nest import in_words
from eyeriss_jax.dataflow.loops import Loop, loops, residence
from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.model.results import LayerResult

_NAMES = {"DRAM": "DRAM", "GLB": "GLB", "PE": "PE"} | {
    axis: axis.replace("_", " ").replace("pe", "PE") for axis in AXES
}
_KINDS = {"next": "next", "again": "again", "split": "next", "shared": "shared", "added up": "shared"}


def nest_table(layer: LayerResult, glb_keeps: tuple[str, ...]) -> str:
    """The loop nest of a layer as a table: level, loop, and what each tensor does."""
    nest = loops(layer.mapping, layer.layer)
    what = {data_type: residence(nest, data_type, glb_keeps) for data_type in TYPES}
    rows, depth = [], 0
    for level, found in groupby(enumerate(nest), lambda item: item[1].level):
        for at, loop in found:
            state = "".join(_state(what[data_type][at]) for data_type in TYPES)
            name, kind = _NAMES.get(level, level), "parallel" if level in AXES else level.lower()
            rows.append(f'<tr class="{kind}"><th>{name}</th>{_line(depth, _text(loop))}{state}</tr>')
            depth += 1
    rows.append(f'<tr class="mac"><th></th>{_line(depth, "psum += iact × weight")}<td></td><td></td><td></td></tr>')
    head = "".join(f"<th>{name}</th>" for name in ("level", "loop", *TYPES))
    return f'<table class="nest"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _text(loop: Loop) -> str:
    return f"parallel {loop.dim} in {loop.count}" if loop.level in AXES else in_words([loop])


def _line(depth: int, text: str) -> str:
    """A loop, indented by its depth."""
    return f'<td style="padding-left:{0.5 + 0.9 * depth:.1f}em">{html.escape(text)}</td>'


def _state(state: str) -> str:
    return f'<td class="{_KINDS.get(state, "stays")}">{state}</td>'
