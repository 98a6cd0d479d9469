"""What an experiment prints: tables for people, or with ``--format`` the same tables for scripts and documents."""

import sys
from collections.abc import Callable, Sequence

from absl import flags
from rich.console import RenderableType

from eyeriss_jax.report.escape import terminal
from eyeriss_jax.report.formats import to_csv, to_json, to_markdown
from eyeriss_jax.report.table import Table

FORMATS: dict[str, Callable[[Sequence[Table]], str]] = {"json": to_json, "csv": to_csv, "markdown": to_markdown}
"""The formats beside ``text``, which is for people."""

flags.disclaim_key_flags()


def define_format() -> flags.FlagHolder[str]:
    """Defines ``--format``."""
    text = "What to print on stdout: text for people, json (all tables), csv (the first table) or markdown."
    return flags.DEFINE_enum("format", "text", ["text", *FORMATS], text, allow_override=True)


def show(form: str, tables: Sequence[Table], text: Callable[[int], RenderableType], notes: Sequence[str] = ()) -> None:
    """Prints a result.

    Args:
        form: the value of ``--format``.
        tables: the result as tables, the main one first.
        text: what people see on a terminal of a given width.
        notes: lines about the run, such as the files written; beside a format for scripts they go to stderr.
    """
    if form == "text":
        console = terminal()
        console.print(text(console.width))
    else:
        sys.stdout.write(FORMATS[form](tables))
        console = terminal(stderr=True)
    for note in notes:
        console.print(note, soft_wrap=True)
