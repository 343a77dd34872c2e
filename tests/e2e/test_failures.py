"""What was accepted is there afterwards: after kill -9, and on a disk that fails."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from pathlib import Path

import httpx2
import pytest

from .gateway import PATIENCE, Gateway, Gateways

pytestmark = pytest.mark.slow


def post_until_it_dies(gateway: Gateway, token: str, prefix: str, answered: list[str]) -> None:
    """Send one message a request; note which were accepted."""
    number = 0
    try:
        with gateway.client(token) as client:
            while True:
                text = f"{prefix} {number}"
                if client.post("/v1/messages", json={"to": "+34600000001", "text": text}).status_code == 202:
                    answered.append(text)
                number += 1
    except httpx2.TransportError:
        return


def test_kill_loses_nothing_that_was_accepted(serve: Gateways) -> None:
    gateway = serve()
    token = gateway.token("shop", "send")
    answered: list[list[str]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=post_until_it_dies, args=(gateway, token, f"client {place}", done))
        for place, done in enumerate(answered)
    ]
    for thread in threads:
        thread.start()
    while min(map(len, answered)) < 30:
        threads[0].join(0.01)
    gateway.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    gateway.start()
    kept = {message["text"] for message in gateway.messages()}
    accepted = {text for done in answered for text in done}
    assert accepted <= kept
    # At most the one that each was waiting for.
    assert len(kept - accepted) <= len(threads)


def test_failing_disk_ends_the_daemon_and_keeps_what_was_accepted(tmp_path: Path) -> None:
    if shutil.which("strace") is None or subprocess.run(["strace", "-o", "/dev/null", "true"]).returncode:
        pytest.skip("needs `strace` to work")
    gateway = Gateway(tmp_path)
    failing = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=40+")
    gateway.start("strace", "-f", "-qq", "-o", "/dev/null", "-P", f"{gateway.database}-wal", *failing)
    answered: list[str] = []
    post_until_it_dies(gateway, gateway.token("shop", "send"), "text", answered)
    assert gateway.process is not None
    assert gateway.process.wait(PATIENCE) == 1
    (failed,) = gateway.logged("gatewayd.failed")
    assert failed["code"] == "storage_failed"
    gateway.start()
    kept = {message["text"] for message in gateway.messages()}
    assert answered
    assert set(answered) <= kept
    assert len(kept) - len(answered) <= 1
    assert gateway.stop() == 0
