"""Where the page is: 127.0.0.1, a port, and a secret that nobody can guess; and who may ask for it."""

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from eyeriss_jax.private_folder import NotPrivate, private_folder

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """The page's address; whoever knows it can use it, so that only the user sees it."""

    port: int
    token: str

    @property
    def url(self) -> str:
        """What to open."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    @property
    def socket(self) -> str:
        """Where the page may connect to."""
        return f"ws://{HOST}:{self.port}"

    def is_ours(self, host: str) -> bool:
        """Whether a request names this host; one of another name that leads here (DNS rebinding) does not."""
        return host == f"{HOST}:{self.port}"

    def may_connect(self, origin: str | None) -> bool:
        """Whether a page from ``origin`` may open a socket: only our own."""
        return origin == f"http://{HOST}:{self.port}"

    def knows(self, token: str) -> bool:
        """Whether somebody has the secret; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(token.encode(), self.token.encode())


def kept_token(folder: Path | None = None) -> str:
    """The user's secret, kept in a folder that nobody else can read, so that a page finds a server started again.

    Where there is no such folder it is a new one every time. ``folder``: by default in the user's cache.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        kept = private_folder(folder or cache / "eyeriss_jax" / "explorer") / "token"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(24), encoding="ascii")
        found = kept.read_text(encoding="ascii").strip()
    except (NotPrivate, OSError, UnicodeError, RuntimeError):
        return secrets.token_urlsafe(24)
    return found if len(found) >= 32 else secrets.token_urlsafe(24)
