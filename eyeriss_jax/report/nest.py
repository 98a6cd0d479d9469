"""The mapping as lines to show: one per loop, with its level, and what becomes of each tensor while it runs."""

from dataclasses import dataclass

from eyeriss_jax.dataflow.loop_nest import in_words
from eyeriss_jax.dataflow.loops import Loop, loops, residence
from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.model.results import LayerResult

INNERMOST = "psum += iact × weight"
"""What stands inside all loops."""

_KINDS = {"next": "next", "again": "again", "split": "next", "shared": "shared", "added up": "shared"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One loop of the nest, outermost first.

    ``level``: where it runs, in words. ``text``: the loop. ``parallel``: whether it is over places. ``states``: per
    data type what becomes of its tile (:func:`eyeriss_jax.dataflow.loops.residence`).
    """

    level: str
    text: str
    parallel: bool
    states: dict[str, str]


def nest_lines(layer: LayerResult, glb_keeps: tuple[str, ...]) -> list[Line]:
    """The loops of a layer's mapping; ``glb_keeps``: data types that the GLB stores."""
    nest = loops(layer.mapping, layer.layer)
    what = {data_type: residence(nest, data_type, glb_keeps) for data_type in TYPES}
    return [
        Line(
            level=loop.level.replace("_", " ").replace("pe ", "PE "),
            text=_text(loop),
            parallel=loop.level in AXES,
            states={data_type: what[data_type][at] for data_type in TYPES},
        )
        for at, loop in enumerate(nest)
    ]


def kind_of(state: str) -> str:
    """The sort of a state: ``next``, ``again``, ``shared`` (reuse in space) or ``stays`` (reuse in time)."""
    return _KINDS.get(state, "stays")


def _text(loop: Loop) -> str:
    return f"parallel {loop.dim} in {loop.count}" if loop.level in AXES else in_words([loop])
