"""Names are text: what somebody called a layer or a machine neither steers a terminal nor runs in a spreadsheet.

One function for each kind of output. HTML pages escape in :mod:`eyeriss_jax.report.page`, file names in
:func:`eyeriss_jax.report.files.file_name`, YAML quotes by itself.
"""

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell instead of showing it
_SPACES = "\n\t "
_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """``text`` with � in the place of each character that steers: ESC and other controls, marks of direction.

    Line ends stay, since tables and sentences have them; :func:`one_line` takes those too.
    """
    return "\n".join(line if line.isprintable() else _shown(line) for line in text.split("\n"))


def _shown(line: str) -> str:
    return "".join(each if each in _SPACES or not _steers(each) else _INSTEAD for each in line)


def one_line(text: str) -> str:
    """``text`` as one visible line: line ends and tabs become spaces."""
    return visible(" ".join(text.splitlines()).replace("\t", " "))


def drawn(text: str) -> str:
    """``text`` for a figure, whose fonts have no tabs either."""
    return visible(text).replace("\t", " ")


def json_text(text: str) -> str:
    """JSON in which what steers is escaped, as JSON itself does below a blank only; a reader gets it back as it was."""
    steering = (each for each in set(text) if each not in _SPACES and _steers(each))
    return text.translate({ord(each): json.dumps(each)[1:-1] for each in steering})


def spreadsheet_cell(value: Any) -> Any:
    """A cell of a CSV file: text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    return f"'{one_line(value)}" if value.startswith(_FORMULA) else one_line(value)


def terminal(**options: Any) -> Console:
    """A console of rich that shows text as :func:`visible` does and takes no markup; its own colours work as ever."""
    console = Console(highlight=False, markup=False, **options)
    console.push_render_hook(_ShowControls())
    return console


class _ShowControls(RenderHook):
    """Wraps whatever is printed, so that the text of every segment is looked at last."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """What rich calls before it renders."""
        return [_Shown(each) for each in renderables]


class _Shown:
    """A renderable whose text cannot steer the terminal."""

    def __init__(self, inner: RenderableType) -> None:
        self.inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What rich calls to render."""
        yield from _cleaned(console.render(self.inner, options))


def _cleaned(segments: Iterable[Segment]) -> Iterable[Segment]:
    for segment in segments:
        yield segment if segment.control else Segment(visible(segment.text), segment.style)


def _steers(character: str) -> bool:
    """Whether a character is a control or changes the direction of what follows."""
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
