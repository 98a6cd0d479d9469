"""The live explorer's server: one process on this computer, a session for each browser, one process that re-maps."""

from experiments.explorer.address import Address, kept_token
from experiments.explorer.server import application, bound, serve
from experiments.explorer.studio import Studio

__all__ = ["Address", "Studio", "application", "bound", "kept_token", "serve"]
