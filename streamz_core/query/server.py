"""The HTTP server of a worker: on loopback, everything bounded; what it serves says routes.py.

One thread accepts, one more serves each connection; none of them touches what the worker's own thread
changes. What a page in somebody's browser could send is refused by its Host header.
"""

from __future__ import annotations

import io
import logging
import socket
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from streamz_core.env.door import Env
from streamz_core.errors import StreamzError
from streamz_core.query import problems
from streamz_core.query.answers import Answers
from streamz_core.query.problems import Problem
from streamz_core.query.routes import METHODS, answer

logger = logging.getLogger("streamz.query")

HOST = "127.0.0.1"
CONNECTIONS_MAX = 64
REQUEST_S = 15.0  # for a whole request, the pause before it included; and for taking an answer
LOOK_S = 0.1
JSON = "application/json"
CROWDED = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Server:
    """Answers at `address` (host:port) from `start` until `close`."""

    def __init__(self, answers: Answers, env: Env, port: int = 0) -> None:
        self._listener = _Listener((HOST, port), answers, env)
        self.address = f"{HOST}:{self._listener.server_port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(LOOK_S,), name="streamz-query", daemon=True
        )

    def start(self) -> None:
        """Take connections from now on."""
        self._thread.start()

    def close(self) -> None:
        """Take no more connections, and end those there are."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.hang_up()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, place: tuple[str, int], answers: Answers, env: Env) -> None:
        self.answers = answers
        self.env = env
        self._connections: set[Any] = set()
        super().__init__(place, _Handler)
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    def server_bind(self) -> None:
        """As the base does, without asking a resolver for this machine's name."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        if len(self._connections) <= CONNECTIONS_MAX:
            super().process_request(request, client_address)
            return
        try:
            request.send(CROWDED)
        except OSError:
            logger.debug("one connection too many, and it was gone before it was told")
        self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for request in list(self._connections):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("a connection ended by itself")

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        logger.debug("a connection broke: %r", sys.exception())


class _Patient(io.RawIOBase):
    """Reads from a socket until a moment: a client that drips bytes gains no time by it."""

    def __init__(self, connection: socket.socket, env: Env) -> None:
        self._connection = connection
        self._env = env
        self._stop_s = 0.0

    def begin(self) -> None:
        self._stop_s = self._env.monotonic() + REQUEST_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self._stop_s - self._env.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._connection.settimeout(left_s)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: _Listener  # pyright: ignore[reportIncompatibleVariableOverride] - it serves no other
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with a buffered answer: else 40 ms pass for each
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._patient = _Patient(self.connection, self.server.env)
        self.rfile = io.BufferedReader(self._patient)

    def handle_one_request(self) -> None:
        self._patient.begin()
        super().handle_one_request()

    def serve(self) -> None:
        """Answer, whatever comes: a problem is an answer too."""
        self.connection.settimeout(REQUEST_S)
        try:
            self._check()
            told = answer(self.command, self.path, self.server.answers)
        except Problem as problem:
            self._refuse(problem)
        except StreamzError as error:
            logger.warning("cannot answer %r: %s", self.path, error)
            self._refuse(problems.failed(str(error)))
        except Exception:
            logger.exception("cannot answer %r", self.path)
            self._refuse(problems.failed("the worker cannot answer this; its log says why"))
        else:
            self._reply(HTTPStatus.OK, JSON, told.body.encode(), told.headers)

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 - may hold what the client sent
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """What the base class finds wrong, as a problem; the connection ends with it."""
        self.close_connection = True
        status = HTTPStatus(code)
        detail = f"the request cannot be read: {status.phrase}"
        unknown = status == HTTPStatus.NOT_IMPLEMENTED
        self._refuse(
            problems.method_not_allowed(METHODS)
            if unknown
            else Problem(status, "bad-request", detail)
        )

    def version_string(self) -> str:
        return "streamz"

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)

    # ---- the parts of an answer

    def _check(self) -> None:
        """Refuse what no client of ours sends; the connection ends, for its next bytes may be a trap."""
        hosts = self.headers.get_all("Host", [])
        body = self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers
        if len(hosts) == 1 and hosts[0].strip().lower() in self.server.hosts and not body:
            return
        self.close_connection = True
        if body:
            raise problems.bad_request("a GET has no body here")
        raise problems.forbidden(
            "wrong-host", f"the Host header must be {HOST}:{self.server.server_port}"
        )

    def _refuse(self, problem: Problem) -> None:
        self._reply(problem.status, problems.MEDIA_TYPE, problem.body(), problem.headers)

    def _reply(
        self, status: HTTPStatus, media: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


# The base class finds what answers a method by its name.
for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.serve)
