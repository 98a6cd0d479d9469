"""Progress of work that goes layer by layer: a bar on a terminal, one line elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

LayerProgress = Callable[[int, int, str], None]
"""Called with the number of layers done, their total, and the name of the layer at hand."""


@contextmanager
def layer_progress(what: str) -> Iterator[LayerProgress]:
    """Shows on stderr how far ``what`` has come."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(what, soft_wrap=True, highlight=False)
        yield lambda done, total, name: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[layer]}"), console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, layer="")
        yield lambda done, total, name: progress.update(task, completed=done, total=total, layer=name)
