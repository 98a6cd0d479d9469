"""The mapping drawn as a loop nest: one line per loop, and beside it where each tensor stays while it runs."""

from markupsafe import Markup

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.nest import INNERMOST, kind_of, nest_lines
from eyeriss_jax.report.page.templating import rendered


def nest_table(layer: LayerResult, glb_keeps: tuple[str, ...]) -> Markup:
    """The loop nest of a layer as a table: level, loop, and what each tensor does."""
    lines = [
        {
            "kind": "parallel" if line.parallel else line.level.lower(),
            "level": line.level,
            "text": line.text,
            "states": [(kind_of(state), state) for state in line.states.values()],
        }
        for line in nest_lines(layer, glb_keeps)
    ]
    return rendered("page/templates/nest.html", lines=lines, innermost=INNERMOST, types=list(TYPES))
