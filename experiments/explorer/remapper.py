"""Re-mapping beside the server: whose turn it is, and what the process that maps says to whom."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from experiments.explorer.worker import Said, Work, run
from eyeriss_jax.hardware import Accelerator

Tell = Callable[[Said], None]


class Remapper:
    """One process and a queue: each owner has one wish at most, and a newer one takes the place of the older."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._wishes: dict[Any, tuple[Accelerator, Tell]] = {}
        self._now: tuple[Any, Tell] | None = None
        self._process: Any = None
        self._connection: Connection | None = None
        self.watch: Callable[[int], None] = lambda _: None
        self.unwatch: Callable[[int], Any] = lambda _: None

    def ask(self, owner: Any, design: Accelerator, tell: Tell) -> None:
        """Maps ``design`` for ``owner`` as soon as it is its turn; ``tell`` hears of it until the end."""
        self.stop(owner)
        self._wishes[owner] = (design, tell)
        self._next()

    def stop(self, owner: Any) -> None:
        """Forgets what ``owner`` wished; what is being mapped for it ends at its next layer, unheard."""
        self._wishes.pop(owner, None)
        if self._now and self._now[0] == owner and self._connection:
            self._now = (None, lambda _: None)
            self._send("stop")

    def heard(self) -> None:
        """Reads what the process said; called when there is something to read."""
        while self._connection is not None:
            try:
                if not self._connection.poll():
                    return
                said = self._connection.recv()
            except (EOFError, OSError):
                self._lost()
                return
            tell = self._now[1] if self._now else lambda _: None
            if said.what == "ended":
                self._now = None
                self._next()
            else:
                tell(said)

    def end(self) -> None:
        """Ends the process."""
        if self._connection is not None:
            self.unwatch(self._connection.fileno())
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.terminate()
            self._process.join(5)
            self._process = None

    def _next(self) -> None:
        if self._now is not None or not self._wishes:
            return
        owner = next(iter(self._wishes))
        design, tell = self._wishes.pop(owner)
        self._now = (owner, tell)
        self._start()
        self._send(design)

    def _start(self) -> None:
        """The process is started when it is first needed, and again after it was lost."""
        if self._process is not None and self._process.is_alive():
            return
        self.end()
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, self._work), daemon=True)
        self._process.start()
        theirs.close()
        self.watch(self._connection.fileno())

    def _send(self, what: Any) -> None:
        assert self._connection is not None
        try:
            self._connection.send(what)
        except OSError:
            self._lost()

    def _lost(self) -> None:
        """The process died, of lack of memory mostly: whoever waits for it is told, and the next one starts another."""
        now, self._now = self._now, None
        self.end()
        if now is not None:
            now[1](Said("failed", why="the process that maps has died (out of memory?); move or re-map to try again"))
        self._next()
