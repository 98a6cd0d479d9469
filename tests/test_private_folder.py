"""A folder of programs is used only where nobody else can write it, now or later."""

import os
import threading

import pytest

from eyeriss_jax.private_folder import NotPrivate, private_folder

pytestmark = pytest.mark.attack("races")

OTHER, LOOKS = 12345, 500


@pytest.fixture
def base(tmp_path):
    """A folder of the user's, below folders that only root or the user writes."""
    made = tmp_path / "base"
    made.mkdir(mode=0o755)
    return made


def as_root():
    return pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")


def test_it_is_made_for_this_user_alone(base):
    made = private_folder(base / "cache" / "programs")
    assert made == (base / "cache" / "programs").resolve()
    assert made.stat().st_mode & 0o777 == 0o700
    (made / "program").write_text("x")
    (made / "program").chmod(0o666)  # a generous umask; nobody else gets there
    assert private_folder(made) == made


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
@pytest.mark.parametrize("which", ["base", "base/cache", "base/cache/program"])
def test_what_others_may_write_is_refused(base, mode, which):
    made = private_folder(base / "cache")
    made.chmod(0o755)
    (made / "program").write_text("x")
    os.chmod(base.parent / which, mode)
    with pytest.raises(NotPrivate, match=rf"others may write .*{which} \(chmod go-w\)"):
        private_folder(base / "cache")


def test_a_shared_folder_above_is_good_if_others_cannot_exchange_entries(base):
    base.chmod(0o1777)  # as /tmp
    assert private_folder(base / "cache")
    (base / "cache").chmod(0o1777)
    with pytest.raises(NotPrivate, match="others may write"):
        private_folder(base / "cache")


@as_root()
@pytest.mark.parametrize("which", ["base", "base/cache", "base/cache/program"])
def test_what_belongs_to_another_user_is_refused(base, which):
    made = private_folder(base / "cache")
    (made / "program").write_text("x")
    os.chown(base.parent / which, OTHER, OTHER)
    with pytest.raises(NotPrivate, match=rf"{which} belongs to another user"):
        private_folder(base / "cache")


def test_a_program_that_is_a_link_is_refused(base):
    made = private_folder(base / "cache")
    (made / "program").symlink_to("/etc/passwd")
    with pytest.raises(NotPrivate, match="program is a link"):
        private_folder(made)


def test_a_link_to_a_folder_is_judged_by_where_it_leads(base):
    (base / "open").mkdir()
    (base / "open").chmod(0o777)
    (base / "cache").symlink_to(base / "open" / "cache")
    (base / "open" / "cache").mkdir(mode=0o700)
    with pytest.raises(NotPrivate, match=r"others may write .*open"):
        private_folder(base / "cache")


def test_no_exchange_during_the_look_gets_another_folder_accepted(base, attempts):
    """A folder is swapped for a link to one that others write, over and over; what is returned is never that one."""
    attempts(LOOKS)
    good, bad, place = base / "good", base / "bad", base / "place"
    good.mkdir(mode=0o700)
    bad.mkdir(mode=0o700)
    (bad / "cache").mkdir()
    (bad / "cache").chmod(0o777)
    place.symlink_to(good)
    over = threading.Event()

    def swap():
        turn = 0
        while not over.is_set():
            turn += 1
            (base / "next").symlink_to(bad if turn % 2 else good)
            os.replace(base / "next", place)

    thread = threading.Thread(target=swap)
    thread.start()
    outcomes = set()
    try:
        for _ in range(LOOKS):
            try:
                found = private_folder(place / "cache")
                outcomes.add("accepted")
                assert found.stat().st_mode & 0o077 == 0
            except (NotPrivate, OSError):
                outcomes.add("refused")
    finally:
        over.set()
        thread.join()
    assert outcomes == {"accepted", "refused"}
