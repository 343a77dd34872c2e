"""An application that is told of what happens: a real HTTP server that trusts only the specification's library."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """Listens on loopback from ``start`` to ``stop``, and again; keeps what it could verify."""

    secret: str = ""
    port: int = 0
    status: int = 200
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Event id and payload, in the order of arrival."""
    forged: int = 0
    """Requests whose signature is not valid."""
    _server: ThreadingHTTPServer | None = None

    def start(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(body, dict(self.headers)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        try:
            payload = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.forged += 1
            return 401
        if self.status == 200:
            identity = {name.lower(): value for name, value in headers.items()}["webhook-id"]
            self.got.append((identity, payload))
        return self.status

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def told(self, subject: str) -> list[str]:
        """What it was told of one message, each thing once."""
        kinds = {id_: payload["type"] for id_, payload in self.got if payload["data"].get("id") == subject}
        return list(kinds.values())
