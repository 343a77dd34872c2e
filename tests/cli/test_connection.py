from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gatewayd.cli.connection import RequestFailed

from .conftest import Run


def test_command_that_needs_the_daemon_says_that_it_is_not_running(run: Run, config: Path) -> None:
    result = run("modem", "list", "-c", config)
    assert result.status == 1
    assert result.errors.startswith("gatewayd: gatewayd isn't running: nothing listens on ")


def test_socket_where_nothing_listens_is_named(run: Run, tmp_path: Path) -> None:
    result = run("messages", "list", "--socket", tmp_path / "gone")
    assert (result.status, str(tmp_path / "gone") in result.errors) == (1, True)


def test_address_without_a_token_is_wrong_usage(run: Run) -> None:
    result = run("messages", "list", "--url", "http://127.0.0.1:9")
    assert (result.status, result.errors) == (2, "gatewayd: --url needs a token: --token or GATEWAYD_TOKEN\n")


def test_address_where_nobody_answers_is_a_failure_in_one_line(run: Run) -> None:
    result = run("messages", "list", "--url", "http://127.0.0.1:9", "--token", "gwd_x")
    assert result.status == 1
    assert result.errors.startswith("gatewayd: gatewayd doesn't answer: ")
    assert result.errors.count("\n") == 1


class Stranger(BaseHTTPRequestHandler):
    """A web server that isn't gatewayd."""

    def do_GET(self) -> None:
        body = b"<html>Welcome!</html>"
        self.send_response(502 if "state=sent" in self.path else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def stranger() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_stranger_at_the_address_is_recognised(run: Run, stranger: str) -> None:
    result = run("messages", "list", "--url", stranger, "--token", "gwd_x")
    assert "what answers there is not gatewayd" in result.errors


def test_stranger_that_refuses_is_quoted_by_its_status(run: Run, stranger: str) -> None:
    result = run("messages", "list", "--url", stranger, "--token", "gwd_x", "--state", "sent")
    assert (result.status, result.errors) == (1, "gatewayd: HTTP status 502\n")


def test_problem_is_told_by_its_fields_or_its_detail() -> None:
    fields = [{"field": "to", "message": "is too short"}, {"field": "text", "message": "must not be empty"}]
    assert (
        str(RequestFailed({"detail": "d", "errors": fields}, 422))
        == "to: is too short; text: must not be empty"
    )
    assert str(RequestFailed({"title": "Not Found", "detail": "there is none"}, 404)) == "there is none"
    assert str(RequestFailed({}, 500)) == "HTTP status 500"
