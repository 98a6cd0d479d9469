"""Work that may outlast what it certifies says so."""

from experiments.progress import Overtime


def test_what_takes_longer_says_so_once(capfd):
    now = [0.0]
    heard = []
    progress = Overtime(10, "longer than the sweep", clock=lambda: now[0]).watching(lambda *told: heard.append(told))
    for done, at in ((0, 1.0), (1, 11.0), (2, 12.0), (3, 13.0)):
        now[0] = at
        progress(done, 3, f"layer {done}")
    assert capfd.readouterr().err == "longer than the sweep (1 of 3 layers done)\n"
    assert len(heard) == 4
