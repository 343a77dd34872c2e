"""Somebody else's client: libGammu's AT driver takes the simulator for a phone."""

from __future__ import annotations

from pathlib import Path

import gammu
import trio

from gatewayd.modem.simulator import Simulator, SimulatorSettings


def use_phone(link: Path) -> dict[str, object]:
    """What a program does with python-gammu. Blocks, so it runs on a thread."""
    machine = gammu.StateMachine()
    machine.SetConfig(0, {"Device": str(link), "Connection": "at115200"})
    machine.Init()
    found: dict[str, object] = {
        "imei": machine.GetIMEI(),
        "model": machine.GetModel(),
        "manufacturer": machine.GetManufacturer(),
        "network": machine.GetNetworkInfo()["NetworkCode"].replace(" ", ""),
        "signal": machine.GetSignalQuality()["SignalStrength"],
        "smsc": machine.GetSMSC(1)["Number"],
    }
    message = {"Text": "Sent by Gammu €", "SMSC": {"Location": 1}, "Number": "+34600000001"}
    found["reference"] = machine.SendSMS(message)
    found["read"] = machine.GetNextSMS(Start=True, Folder=0)[0]["Text"]
    machine.Terminate()
    return found


async def test_gammu_identifies_sends_and_reads_through_the_simulator(
    nursery: trio.Nursery, tmp_path: Path
) -> None:
    simulator = Simulator(SimulatorSettings(link=tmp_path / "phone1"))
    await nursery.start(simulator.run)
    simulator.deliver("+34611111111", "read by Gammu")
    found = await trio.to_thread.run_sync(use_phone, simulator.settings.link)
    assert found["imei"] == simulator.settings.imei
    assert (found["manufacturer"], found["network"]) == ("gatewayd", "21407")
    assert found["smsc"] == simulator.settings.smsc
    assert found["reference"] == 0
    assert found["read"] == "read by Gammu"
    assert [(entry.to, entry.text) for entry in simulator.entries] == [("+34600000001", "Sent by Gammu €")]
