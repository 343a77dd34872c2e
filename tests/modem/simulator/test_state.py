"""What a simulated modem and its network remember over a restart of the simulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gatewayd.modem.simulator import Simulator, SimulatorSettings
from gatewayd.modem.simulator.card import Status, Stored
from gatewayd.modem.simulator.deliveries import encode_report
from gatewayd.modem.simulator.incoming import Incoming
from gatewayd.modem.simulator.keeper import Keeper
from gatewayd.modem.simulator.ledger import Ledger
from gatewayd.modem.simulator.state import State, beside, load, save
from tests.modem.simulator.dialogue import Host, submit_pdus

REPORT = encode_report(mr=1, to="+34600000001", smsc="+34600000999")


def test_state_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = beside(tmp_path / "ledger")
    save(
        path,
        State({"SM": {3: Stored(Status.READ, b"\x00\x01")}}, [Incoming("report", REPORT)], [(7.5, REPORT)]),
    )
    state = load(path)
    assert state.memories == {"SM": {3: Stored(Status.READ, b"\x00\x01")}}
    assert [(incoming.kind, incoming.pdu) for incoming in state.held] == [("report", REPORT)]
    assert state.reports == [(7.5, REPORT)]


def test_state_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert load(tmp_path / "missing") == State()


def test_messages_on_the_sim_outlive_the_simulator(tmp_path: Path) -> None:
    settings = SimulatorSettings(link=tmp_path / "phone", ledger=tmp_path / "ledger")
    first = Simulator(settings)
    first.deliver("+34600000001", "hello")
    first.close()
    again = Host(slots=settings.slots)
    Keeper(settings.ledger, again.modem)
    assert again.ask("AT+CMGL=4")[0].startswith("+CMGL: 1,0,")


def test_report_that_was_still_to_come_comes_after_a_restart(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    host = Host(Ledger(ledger), reports=True, report_after=1000.0)
    keeper = Keeper(ledger, host.modem)
    assert keeper.due == float("inf")
    (pdu,) = submit_pdus(report=True)
    host.submit(pdu)
    assert keeper.due <= host.now
    keeper.save_in_time(host.now)
    assert keeper.due == float("inf")
    again = Host(reports=True)
    Keeper(ledger, again.modem)
    ((due, report),) = again.modem.reports
    assert report[-1] == 0
    # Each process has its own clock, so that only the time of day connects them.
    assert abs(due - (host.now + 1000.0)) < 1.0


def test_report_that_was_never_acknowledged_comes_after_a_restart(tmp_path: Path) -> None:
    host = Host()
    keeper = Keeper(tmp_path / "ledger", host.modem)
    host.ask("AT+CSMS=1;+CNMI=2,1,0,1")
    host.equipment.receive_report(REPORT)
    host.wait(0)
    keeper.save()
    again = Host()
    Keeper(tmp_path / "ledger", again.modem)
    assert again.ask("AT+CNMI=2,1,0,1")[-1] == REPORT.hex().upper()


def test_changes_are_written_at_most_five_times_a_second(tmp_path: Path) -> None:
    host = Host()
    keeper = Keeper(tmp_path / "ledger", host.modem)
    host.equipment.receive_report(REPORT)
    keeper.save_in_time(host.now)
    host.equipment.receive_report(REPORT)
    assert keeper.due == pytest.approx(host.now + 0.2)
    keeper.save_in_time(host.now + 0.1)
    assert len(load(beside(tmp_path / "ledger")).held) == 1
    keeper.save_in_time(host.now + 0.2)
    assert len(load(beside(tmp_path / "ledger")).held) == 2


def test_modem_without_a_ledger_remembers_nothing(tmp_path: Path) -> None:
    settings = SimulatorSettings(link=tmp_path / "phone")
    simulator = Simulator(settings)
    simulator.deliver("+34600000001", "hello")
    simulator.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="ack_timeout"):
        replace(settings, ack_timeout=0.0)
