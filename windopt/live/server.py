"""A page on loopback that shows a run as it grows, and can stop its search.

The address holds a random token, without which nothing is answered. Requests that name another host
or come from another page are refused, so that no site in the same browser can read or stop the run.
Everything but the stop is read-only.
"""

import hmac
import json
import secrets
import threading
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from windopt.live.state import LiveState
from windopt.runs.folder import RunFolder

LOOPBACK = "127.0.0.1"
PAGE = Path(__file__).parent / "page.html"
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class LiveServer:
    """Serves a run's page, as a context.

    Parameters
    ----------
    folder : RunFolder
    port : int
        0 for any that is free.
    """

    def __init__(self, folder: RunFolder, port: int = 0) -> None:
        self.state, self.token = LiveState(folder), secrets.token_urlsafe(24)
        self._http = ThreadingHTTPServer((LOOPBACK, port), _handler_of(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, name="windopt-live", daemon=True
        )

    @property
    def port(self) -> int:
        """The port."""
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        """The page's address, token included."""
        return f"http://{LOOPBACK}:{self.port}/{self.token}/"

    @cached_property
    def hosts(self) -> set[str]:
        """What a request may call this machine."""
        return {f"{name}:{self.port}" for name in (LOOPBACK, "localhost")}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._http.shutdown()
        self._http.server_close()

    def wait(self) -> None:
        """Serve until somebody interrupts."""
        while self._thread.is_alive():
            self._thread.join(0.5)


def _handler_of(live: LiveServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "windopt"
        sys_version = ""

        def do_GET(self) -> None:
            what = self._asked()
            if what == "":
                nonce = secrets.token_urlsafe(12)
                text = PAGE.read_text(encoding="utf-8").replace("{{nonce}}", nonce)
                self._answer(text, "text/html", POLICY.format(nonce=nonce))
            elif what == "outline.json":
                self._answer(json.dumps(live.state.outline()), "application/json")
            elif what == "state.json":
                self._answer(json.dumps(live.state.now()), "application/json")
            elif what is not None:
                self._refuse(HTTPStatus.NOT_FOUND)

        def do_POST(self) -> None:
            what = self._asked()
            if what == "stop":
                self._answer(json.dumps({"stopped": live.state.stop()}), "application/json")
            elif what is not None:
                self._refuse(HTTPStatus.NOT_FOUND)

        def _asked(self) -> str | None:
            """Return what is asked for behind the token; None where the request is refused."""
            _, token, *rest = [*self.path.partition("?")[0].split("/", 2), ""]
            origin = self.headers.get("Origin")
            site = self.headers.get("Sec-Fetch-Site", "same-origin")
            is_ours = (
                self.headers.get("Host") in live.hosts
                and (origin is None or origin.removeprefix("http://") in live.hosts)
                and (self.command != "POST" or site in ("same-origin", "none"))
                and hmac.compare_digest(token.encode(), live.token.encode())
            )
            if is_ours:
                return rest[0]
            self._refuse(HTTPStatus.FORBIDDEN)
            return None

        def _refuse(self, status: HTTPStatus) -> None:
            self.send_error(status)

        def _answer(self, text: str, kind: str, policy: str = "default-src 'none'") -> None:
            body = text.encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep requests out of the run's output."""

    return Handler
