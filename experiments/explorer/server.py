"""The server: one page and one socket, on this computer only, for whoever has the secret in the address.

Tornado serves Bokeh, which the project depends on anyhow: HTTP and WebSockets on the loop of asyncio, in one process.
"""

import asyncio
import gc
import json
import socket
from collections.abc import Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from experiments.explorer.address import HOST, Address
from experiments.explorer.session import Session
from experiments.explorer.studio import Studio
from eyeriss_jax.errors import SpecError

MOST_BYTES = 8 << 20
"""Of one message: a link with the mappings of a thousand layers has about one million."""

Render = Callable[[dict[str, Any]], str]


class _Guarded(RequestHandler):
    """Refuses whoever names another host or has not the secret, and says nothing about why."""

    def initialize(self, address: Address, studio: Studio, render: Render) -> None:
        self.address, self.studio, self.render_page = address, studio, render

    def prepare(self) -> None:
        if not self.address.is_ours(self.request.host):
            raise HTTPError(403)
        if not self.address.knows(str(self.path_kwargs.get("token", ""))):
            raise HTTPError(404)

    def set_default_headers(self) -> None:
        self.set_header("Server", "eyeriss_jax")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}\n")


class _Page(_Guarded):
    def get(self, token: str) -> None:
        del token  # :meth:`prepare` has looked at it
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.render_page(Session(self.studio, lambda _: None).begin()))


class _Socket(_Guarded, WebSocketHandler):
    def check_origin(self, origin: str) -> bool:
        return self.address.may_connect(origin)

    def open(self, *_: str, **__: str) -> None:
        if self.request.headers.get("Origin") is None:  # tornado takes a program without one for a friend
            self.close(code=1008)
            return
        self.session = Session(self.studio, self._tell)

    def on_message(self, message: str | bytes) -> None:
        try:
            asked = json.loads(message)
        except (ValueError, RecursionError):
            asked = None
        self.session.receive(asked)

    def on_close(self) -> None:
        if hasattr(self, "session"):
            self.session.end()

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self.write_message(json.dumps(message, allow_nan=False))
        except WebSocketClosedError:
            self.session.end()


def application(address: Address, studio: Studio, render: Render) -> Application:
    """The page at ``/<token>/`` and its socket beside it."""
    shared = {"address": address, "studio": studio, "render": render}
    routes = [(r"/(?P<token>[\w-]+)/", _Page, shared), (r"/(?P<token>[\w-]+)/socket", _Socket, shared)]
    return Application(
        routes,  # type: ignore[arg-type]
        log_function=_say_nothing,
        websocket_max_message_size=MOST_BYTES,
        websocket_ping_interval=20,
        compress_response=False,
    )


def _say_nothing(_: RequestHandler) -> None:
    """A log would keep the secret."""


def bound(port: int) -> tuple[socket.socket, int]:
    """A socket on ``port`` of this computer, on any free one where somebody has it, and the port.

    Raises:
        SpecError: this computer gives none.
    """
    try:
        found = socket.create_server((HOST, port))
    except OSError:
        try:
            found = socket.create_server((HOST, 0))
        except OSError as error:
            raise SpecError(f"no port of {HOST} can be used: {error.strerror}") from error
    found.setblocking(False)
    return found, found.getsockname()[1]


def serve(
    at: socket.socket, app: Application, studio: Studio, opened: Callable[[], None], seconds: float = 0.0
) -> None:
    """Serves until Ctrl-C, or for so many ``seconds`` if that is above 0; ``opened`` is called when pages can come."""

    async def serving() -> None:
        loop = asyncio.get_running_loop()
        studio.remapper.watch = lambda file: loop.add_reader(file, studio.remapper.heard)
        studio.remapper.unwatch = loop.remove_reader
        server = HTTPServer(app, max_buffer_size=2 * MOST_BYTES)
        server.add_socket(at)
        gc.collect()
        gc.freeze()  # what is there stays: looking through it for garbage would take longer than an answer
        opened()
        try:
            await (asyncio.sleep(seconds) if seconds > 0 else asyncio.Event().wait())
        finally:
            server.stop()

    try:
        asyncio.run(serving())
    finally:
        studio.remapper.end()
