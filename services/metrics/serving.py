"""Serves a process's metrics, and tells whether it is alive and ready for its work.

``/metrics``, ``/healthz`` and ``/readyz`` have a port of their own, which is closed unless the
settings open it.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socket import AF_INET, AF_INET6
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import disable_created_metrics, make_wsgi_app

from services.faults import Fault
from services.metrics.meters import Meters
from services.metrics.table import READY
from services.settings import Metrics

log = structlog.get_logger(__name__)

Ready = Callable[[], str | None]
"""Tells why a process is not ready for its work; None: it is. It is called from other threads."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class PortTaken(Fault):
    """The metrics cannot be served where the settings say."""


@contextmanager
def served(metrics: Metrics, meters: Meters, ready: Ready) -> Iterator[int | None]:
    """Serve for as long as the context lasts, in threads: at which port; None where none is set.

    Raises
    ------
    PortTaken
        The port or the host is not to be had.
    """
    if metrics.port is None:
        yield None
        return
    meters.gauge(READY).set_function(lambda: float(_why_not(ready) is None))
    try:
        server = make_server(
            metrics.host, metrics.port, _answers(meters, ready), _server(metrics.host), _Quiet
        )
    except OSError as error:
        msg = (
            f"FOREWARN_METRICS__PORT: cannot listen on {metrics.host}:{metrics.port}: "
            f"{error.strerror or error}; set another port, or FOREWARN_METRICS__HOST"
        )
        raise PortTaken(msg) from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answers(meters: Meters, ready: Ready) -> Callable[..., Iterable[bytes]]:
    # When a counter began is a series of its own for each, which nobody asks for.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    told = make_wsgi_app(meters.registry)

    def answer(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return told(environ, start)  # type: ignore[no-any-return]
        if path == "/healthz":
            return _said(start, "200 OK", "alive")
        if path == "/readyz":
            why = _why_not(ready)
            return (
                _said(start, "200 OK", "ready")
                if why is None
                else _said(start, "503 Service Unavailable", f"not ready: {why}")
            )
        return _said(start, "404 Not Found", "expected /metrics, /healthz or /readyz")

    return answer


def _why_not(ready: Ready) -> str | None:
    try:
        return ready()
    except Exception as error:
        # What cannot be found out is not ready; its words may hold an address.
        log.error("readiness cannot be told", exc_info=error)
        return type(error).__name__


def _said(start: StartResponse, status: str, text: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]


def _server(host: str) -> type[WSGIServer]:
    class Server(ThreadingMixIn, WSGIServer):
        """One thread a question: one who asks slowly holds up nobody."""

        daemon_threads = True
        address_family = AF_INET6 if ":" in host else AF_INET

        def server_bind(self) -> None:
            """Listen; the library would first ask the network for the machine's name."""
            TCPServer.server_bind(self)
            self.server_name, self.server_port = host, self.server_address[1]
            self.setup_environ()

    return Server


class _Quiet(WSGIRequestHandler):
    """Writes no line for each question."""

    timeout = 10.0

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
