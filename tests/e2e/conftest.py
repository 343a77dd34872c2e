from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .gateway import Gateway, Gateways, Phone, Phones, modem, stop_all


@pytest.fixture
def running() -> Iterator[tuple[list[Gateway], list[Phone]]]:
    gateways: list[Gateway] = []
    phones: list[Phone] = []
    yield gateways, phones
    stop_all(gateways, phones)


@pytest.fixture
def plug_in(tmp_path: Path, running: tuple[list[Gateway], list[Phone]]) -> Phones:
    """Start a simulated modem: its name, and options of `gatewayd simulate`."""

    def plug_in(name: str, *options: str) -> Phone:
        phone = Phone(tmp_path, name, *options)
        running[1].append(phone)
        return phone

    return plug_in


@pytest.fixture
def serve(tmp_path: Path, running: tuple[list[Gateway], list[Phone]]) -> Gateways:
    """Start a gatewayd on these phones."""

    def serve(*phones: Phone, modems: str = "", **sections: str) -> Gateway:
        modems += "\n".join(modem(phone.port.name, phone.port) for phone in phones)
        gateway = Gateway(tmp_path, modems=modems, **sections)
        running[0].append(gateway)
        gateway.start()
        return gateway

    return serve
