"""Several processes that are one piece of work: they meet, wait for each other, and hear at once when one is gone.

Process 0 listens at the coordinator's address and every other one holds a connection to it; the system closes that when
a process ends, however it ends, and probes it where a whole machine may be gone. A line is all that is ever sent.
``jax.distributed`` is not used: no part is computed across processes, and it ends the others by an abort, late.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.escape import terminal, visible

PATIENCE = 300.0
"""Seconds that processes wait for each other at the start."""

GONE = 1
"""The exit code of a process that ends because another one is gone."""

_SPEAKS = "eyeriss_jax peers 1"
_LONGEST_LINE = 200
_SILENCE = 30.0
"""Seconds that process 0 may take to greet, of which a stranger at the door takes one."""
_GIVE_ANOTHER = "give all processes the address of process 0, with a port that nobody else uses"
_TOLD_AFTER = 2.0
_NAMED = 8
_KEEPALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""A machine that is gone without a word is noticed after 25 seconds."""


class Peers:
    """The processes of one piece of work, as one of them sees them.

    ``kept``: says what is kept and how to go on, for the line that a process ends with when another one is gone.
    """

    def __init__(self, process: int = 0, processes: int = 1) -> None:
        """One process alone; :func:`meet` makes several."""
        self.process, self.processes = process, processes
        self.kept: Callable[[], str] = lambda: "the same command goes on where it was, also alone"
        self._links: dict[int, socket.socket] = {}
        self._arrived: dict[str, set[int]] = {}
        self._finished: set[int] = set()
        self._changed = threading.Condition()

    def wait_for_all(self, what: str, *, last: bool = False) -> None:
        """Returns when all processes have come here; after the ``last`` time they may end."""
        if self.processes == 1:
            return
        leads, line = self.process == 0, f"{'last' if last else 'at'} {what}"
        if not leads:
            self._send(0, line)
        with self._changed:
            while len(self._arrived.get(what, ())) < len(self._links):
                self._changed.wait(0.5)  # so that Ctrl-C is heard
        if leads:
            for other in self._links:
                self._send(other, line)

    def hold(self, other: int, link: socket.socket) -> None:
        """Keeps the connection to another process; the system notices when it breaks."""
        link.settimeout(None)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE.items():
            if hasattr(socket, option):  # not on macOS
                link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        self._links[other] = link

    def listen(self) -> None:
        """Begins to hear what the others say."""
        for other in self._links:
            threading.Thread(target=self._hear, args=(other,), daemon=True).start()

    def _hear(self, other: int) -> None:
        try:
            while line := _line(self._links[other]):
                word, _, what = line.partition(" ")
                if word == "gone" and what.isdecimal():
                    self._end(int(what))
                with self._changed:
                    self._finished |= {other} if word == "last" else set()
                    self._arrived.setdefault(what, set()).add(other)
                    self._changed.notify_all()
        except OSError:  # the connection broke
            pass
        self._end(other)

    def _end(self, other: int) -> None:
        """Ends this process as another one is gone, at once: the main thread may be within a long call."""
        self._changed.acquire()  # and never given back: one line is enough
        if other in self._finished:
            self._changed.release()
            return
        for third in self._links:
            if third != other:
                self._send(third, f"gone {other}")
        words = f"error: process {other} of {self.processes} is gone, so this one ends; {self.kept()}"
        terminal(stderr=True).show_cursor()  # progress hides it
        print(f"\n{visible(words)}" if sys.stderr.isatty() else visible(words), file=sys.stderr, flush=True)
        os._exit(GONE)

    def _send(self, other: int, line: str) -> None:
        with suppress(OSError):  # gone, which whoever listens to it hears as well
            self._links[other].sendall(f"{line}\n".encode())


def meet(coordinator: str, processes: int, process: int, key: str, patience: float = PATIENCE) -> Peers:
    """Returns when all processes are there.

    Args:
        coordinator: ``host:port`` of process 0.
        processes: how many there are.
        process: which of them this one is, from 0.
        key: what they work on; the same for all.
        patience: seconds to wait for the others.

    Raises:
        SpecError: an address that cannot be, a process that does not come, that comes twice or works on something else.
    """
    peers = Peers(process, processes)
    if processes == 1:
        return peers
    address, hello = _address(coordinator), f"{_SPEAKS} {key} {processes}"
    deadline = time.monotonic() + patience
    if process == 0:
        _gather(peers, address, hello, deadline)
    else:
        peers.hold(0, _join(address, f"{hello} {process}", deadline))
    peers.listen()
    return peers


def _address(coordinator: str) -> tuple[str, int]:
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise SpecError(f"--coordinator={coordinator} must be host:port of process 0, such as localhost:7000")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _gather(peers: Peers, address: tuple[str, int], hello: str, deadline: float) -> None:
    """Process 0 waits for all others; strangers that knock are sent away."""
    where = f"--coordinator={address[0]}:{address[1]}"
    try:
        family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        door = socket.create_server(address, family=family)
    except OSError as error:
        why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise SpecError(f"{where} cannot be listened at: {why}; give this machine's name and a free port") from error
    missing = set(range(1, peers.processes))
    with door, _told(lambda: f"waiting for {_named(missing)} at {address[0]}:{address[1]}"):
        door.settimeout(0.5)
        while missing:
            if time.monotonic() > deadline:
                raise SpecError(f"{_named(missing)} did not come to {where}; start all with one --coordinator")
            try:
                link, _ = door.accept()
            except TimeoutError:
                continue
            link.settimeout(1)
            said = _first_line(link)
            begin, _, who = said.rpartition(" ")
            if begin == hello and who.isdecimal() and int(who) in missing:
                peers.hold(int(who), link)
                missing.discard(int(who))
                link.sendall(b"welcome\n")
                continue
            if said.startswith(_SPEAKS):
                link.sendall(b"another\n")
            link.close()


def _join(address: tuple[str, int], hello: str, deadline: float) -> socket.socket:
    """Every other process knocks until process 0 is there."""
    where = f"--coordinator={address[0]}:{address[1]}"
    with _told(lambda: f"waiting for process 0 at {address[0]}:{address[1]}"):
        while True:
            link = None
            try:
                link = socket.create_connection(address, timeout=5)
                link.sendall(f"{hello}\n".encode())
                link.settimeout(min(_SILENCE, max(deadline - time.monotonic(), 1)))
                answer = _line(link)
                if answer == "welcome":
                    return link
                link.close()
                if answer == "another":
                    raise SpecError(
                        f"process 0 at {where} works on something else, or has a process of this number already; give "
                        "all processes one command, and each its own --process"
                    )
                if answer:
                    raise SpecError(f"what listens at {where} is something else than process 0; {_GIVE_ANOTHER}")
            except TimeoutError as error:
                if link is not None:
                    link.close()
                    raise SpecError(f"what listens at {where} does not answer; {_GIVE_ANOTHER}") from error
            except socket.gaierror as error:
                raise SpecError(f"{where} is no host that is known: {error.strerror}") from error
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise SpecError(f"process 0 did not come to {where}; start all with one --coordinator")
            time.sleep(0.1)


@contextmanager
def _told(what: Callable[[], str]) -> Iterator[None]:
    """Says on stderr what is waited for, once that has taken a while."""
    timer = threading.Timer(_TOLD_AFTER, lambda: print(visible(what()), file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _named(processes: set[int]) -> str:
    first = ", ".join(map(str, sorted(processes)[:_NAMED]))
    more = f" and {len(processes) - _NAMED:,} more" if len(processes) > _NAMED else ""
    return f"process{'es' if len(processes) > 1 else ''} {first}{more}"


def _first_line(link: socket.socket) -> str:
    """What a connection says first; empty where it ends or says nothing for too long."""
    try:
        return _line(link)
    except OSError:
        return ""


def _line(link: socket.socket) -> str:
    """The next line, byte by byte so that nothing after it is lost; empty at the end."""
    said = b""
    while len(said) < _LONGEST_LINE and (byte := link.recv(1)) not in (b"", b"\n"):
        said += byte
    return said.decode(errors="replace")
