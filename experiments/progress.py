"""Progress of work that goes layer by layer: a bar on a terminal, one line elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LayerProgress = Callable[[int, int, str], None]
"""Called with the number of layers done, their total, and the name of the layer at hand."""


@contextmanager
def layer_progress(what: str) -> Iterator[LayerProgress]:
    """Says on stderr ``what`` is being done, and on a terminal how far it has come."""
    console = Console(stderr=True)
    console.print(what, soft_wrap=True, highlight=False)
    if not console.is_terminal:
        yield lambda done, total, name: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, name: progress.update(task, completed=done, total=total, description=name)
