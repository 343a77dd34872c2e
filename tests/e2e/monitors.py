"""Debian's Prometheus and Alertmanager, run on the examples that we ship."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.deploy.expressions import DEPLOY
from tests.deploy.tools import needed

from .gateway import PATIENCE, eventually


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def running(directory: Path, address: str, program: str, *options: str) -> Iterator[httpx2.Client]:
    """A program that answers ``/-/ready``, and a client for it."""
    with (directory / f"{program}.log").open("wb") as log:
        process = subprocess.Popen([needed(program), *options], stdout=log, stderr=log)
    try:
        with httpx2.Client(base_url=f"http://{address}", timeout=PATIENCE) as client:
            eventually(lambda: _is_ready(client), f"{program} is ready")
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def prometheus(
    directory: Path, target: str, *, alertmanager: str = "127.0.0.1:1", rules: str = ""
) -> Iterator[httpx2.Client]:
    """Prometheus on our example, in a hurry, scraping ``target``; with ``rules`` beside our own."""
    more = directory / "more.rules.yml"
    more.write_text(rules or "groups: []\n")
    files = f"{DEPLOY / 'prometheus/gatewayd.rules.yml'}\n  - {more}"
    config = directory / "prometheus.yml"
    config.write_text(
        (DEPLOY / "prometheus/prometheus.yml")
        .read_text()
        .replace("15s", "500ms")
        .replace("127.0.0.1:8080", target)
        .replace("127.0.0.1:9093", alertmanager)
        .replace("gatewayd.rules.yml", files)
    )
    address = f"127.0.0.1:{free_port()}"
    options = (
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address={address}",
    )
    with running(directory, address, "prometheus", *options) as client:
        yield client


@contextmanager
def alertmanager(directory: Path, gateway: str, token: str) -> Iterator[httpx2.Client]:
    """Alertmanager on our example, in a hurry, telling ``gateway``."""
    secret = directory / "gatewayd.token"
    secret.write_text(token)
    text = (DEPLOY / "alertmanager/alertmanager.yml").read_text()
    text = text.replace("127.0.0.1:8080", gateway).replace("/etc/prometheus/gatewayd.token", str(secret))
    for key, value in (("group_wait", "100ms"), ("group_interval", "500ms"), ("repeat_interval", "500ms")):
        text = re.sub(rf"{key}: \w+", f"{key}: {value}", text)
    config = directory / "alertmanager.yml"
    config.write_text(text)
    address = f"127.0.0.1:{free_port()}"
    options = (
        f"--config.file={config}",
        f"--storage.path={directory / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    )
    with running(directory, address, "prometheus-alertmanager", *options) as client:
        yield client


def asked(client: httpx2.Client, expression: str) -> list[dict[str, Any]]:
    """What Prometheus answers to an expression; an error of it is one of the test."""
    answer = client.get("/api/v1/query", params={"query": expression})
    assert answer.status_code == 200, f"{expression}: {answer.text}"
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def scraped(client: httpx2.Client, *, times: int) -> Callable[[], bool]:
    """Whether the gateway was scraped so often."""
    return lambda: any(
        float(series["value"][1]) >= times
        for series in asked(client, 'sum_over_time(up{job="gatewayd"}[5m])')
    )
