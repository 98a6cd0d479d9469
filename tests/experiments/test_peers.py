"""Several processes meet, wait for each other, and end in one line when one of them is gone."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from experiments.harness.peers import meet
from eyeriss_jax.errors import SpecError

ROOT = Path(__file__).resolve().parents[2]
PEER = """
import sys
from experiments.harness.peers import meet
from eyeriss_jax.errors import SpecError
coordinator, processes, process, key, patience, after = sys.argv[1:]
try:
    peers = meet(coordinator, int(processes), int(process), key, float(patience))
except SpecError as error:
    sys.exit(f"error: {error}")
peers.kept = lambda: "3 of 4 parts are kept"
peers.wait_for_all("begun")
print("begun", flush=True)
if after == "wait":
    sys.stdin.readline()
peers.wait_for_all("done", last=True)
print("done", flush=True)
if after == "linger":
    sys.stdin.readline()
"""


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return f"localhost:{free.getsockname()[1]}"


def peer(coordinator: str, processes: int, process: int, key: str = "key", patience: float = 60, after: str = ""):
    arguments = [coordinator, str(processes), str(process), key, str(patience), after]
    return subprocess.Popen(
        [sys.executable, "-c", PEER, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    """How it ended and what it said, but for that it waits, which is said where the machine has other work."""
    out, err = process.communicate("\n", timeout=60)
    said = [line for line in err.splitlines(keepends=True) if not line.startswith("waiting for process")]
    return process.returncode, out, "".join(said)


@pytest.mark.slow
def test_all_begin_and_end_together():
    at = free_port()
    assert [ended(each) for each in [peer(at, 3, i) for i in range(3)]] == [(0, "begun\ndone\n", "")] * 3


@pytest.mark.attack("peers")
@pytest.mark.parametrize("victim", [0, 1, 2])
def test_when_one_is_killed_all_others_end_at_once_in_one_line(victim):
    at = free_port()
    peers = [peer(at, 3, i, after="wait") for i in range(3)]
    for each in peers:
        assert each.stdout and each.stdout.readline() == "begun\n"
    peers[victim].kill()
    for each in peers[:victim] + peers[victim + 1 :]:
        each.wait(timeout=40)  # nothing is written to it: it ends by itself, where JAX's own peers wait for 100 s
        assert ended(each) == (
            1, "", f"error: process {victim} of 3 is gone, so this one ends; 3 of 4 parts are kept\n"
        )  # fmt: skip
    ended(peers[victim])


@pytest.mark.slow
def test_after_the_last_meeting_each_ends_when_it_likes():
    """Process 0 writes the report while the others are gone already, and the other way round."""
    for lingers in (0, 1):
        at = free_port()
        peers = [peer(at, 2, i, after="linger" if i == lingers else "") for i in range(2)]
        assert ended(peers[1 - lingers]) == (0, "begun\ndone\n", "")
        time.sleep(0.3)
        assert ended(peers[lingers]) == (0, "begun\ndone\n", "")


def test_one_that_does_not_come_is_named():
    for process, missing in ((0, 1), (1, 0)):
        with pytest.raises(SpecError, match=f"process {missing} did not come to --coordinator="):
            meet(free_port(), 2, process, "key", patience=0.5)


@pytest.mark.attack("peers")
@pytest.mark.slow
def test_other_work_and_a_number_given_twice_are_refused():
    at = free_port()
    leader = peer(at, 3, 0)
    first = peer(at, 3, 1, after="wait")
    for wrong in (peer(at, 3, 2, key="another"), peer(at, 2, 1)):
        assert "works on something else, or has a process of this number already" in ended(wrong)[2]
    pair = [first, peer(at, 3, 1)]
    while all(each.poll() is None for each in pair):  # whichever comes later
        time.sleep(0.05)
    last = peer(at, 3, 2)
    assert sorted(ended(each)[0] for each in pair) == [0, 1]
    assert [ended(each)[0] for each in (leader, last)] == [0, 0]


@pytest.mark.attack("peers")
def test_strangers_at_the_door_do_no_harm():
    """Whatever connects to the port and says something else, nothing or too much is sent away."""
    at = free_port()
    leader = peer(at, 2, 0)
    host, port = at.split(":")
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100_000, b"eyeriss_jax peers 1 key 2 1x\n", b"gone 1\n"):
        for _ in range(100):
            try:
                with socket.create_connection((host, int(port)), timeout=5) as stranger:
                    stranger.sendall(said)
                break
            except OSError:
                time.sleep(0.1)
    other = peer(at, 2, 1)
    assert [ended(each)[:2] for each in (leader, other)] == [(0, "begun\ndone\n")] * 2


@pytest.mark.attack("peers")
@pytest.mark.parametrize(
    ("said", "words"),
    [(b"220 mail ready\r\n", "is something else than process 0"), (b"", "does not answer")],
    ids=["another service", "a silent one"],
)
def test_what_is_not_process_0_is_told_at_once(said, words, monkeypatch):
    monkeypatch.setattr("experiments.harness.peers._SILENCE", 0.5)
    with socket.create_server(("localhost", 0)) as service:
        at = f"localhost:{service.getsockname()[1]}"

        def serve() -> None:
            with service.accept()[0] as link:
                link.sendall(said)
                link.settimeout(10)
                while link.recv(100):  # until the other side ends it
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(SpecError, match=f"{at} {words}; give all processes the address of process 0"):
            meet(at, 2, 1, "key")
        thread.join()


@pytest.mark.parametrize("given", ["localhost", ":7000", "localhost:0", "localhost:99999", "localhost:x"])
def test_what_is_no_address_is_refused(given):
    with pytest.raises(SpecError, match="must be host:port of process 0"):
        meet(given, 2, 1, "key")


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("localhost", 0)) as taken:
        words = "cannot be listened at: Address already in use; give this machine's name and a free port"
        with pytest.raises(SpecError, match=words):
            meet(f"localhost:{taken.getsockname()[1]}", 2, 0, "key")
