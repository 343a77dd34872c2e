"""The simulator as clients see it: a real pty, opened with pyserial."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import termios
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import serial
import trio
import trio.testing

from gatewayd.modem.simulator import LinkOccupied, Simulator, SimulatorSettings, parse, read, serve
from tests.modem.simulator.dialogue import submit_pdus

(PDU,) = submit_pdus("over the pty")


@pytest.fixture
def settings(tmp_path: Path) -> SimulatorSettings:
    return SimulatorSettings(link=tmp_path / "phone1", ledger=tmp_path / "ledger.jsonl", echo=False)


@pytest.fixture
async def simulator(settings: SimulatorSettings, nursery: trio.Nursery) -> Simulator:
    simulator = Simulator(settings)
    await nursery.start(simulator.run)
    return simulator


class Client:
    """A program that opens the link and blocks, on a thread of its own."""

    def __init__(self, link: Path) -> None:
        self.port = serial.Serial(str(link), 115200, timeout=10, exclusive=True)

    async def ask(self, data: bytes, until: bytes = b"OK\r\n") -> bytes:
        return await trio.to_thread.run_sync(self._ask, data, until)

    def _ask(self, data: bytes, until: bytes) -> bytes:
        self.port.write(data)
        return self.port.read_until(until)

    async def submit(self, until: bytes = b"OK\r\n") -> bytes:
        await self.ask(b"AT+CMGS=%d\r" % PDU.tpdu_length, b"> ")
        return await self.ask(PDU.hex.encode() + b"\x1a", until)


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    client = Client(simulator.settings.link)
    yield client
    client.port.close()


async def test_client_submits_and_finds_the_message_in_the_ledger_once_answered(
    client: Client, settings: SimulatorSettings
) -> None:
    assert await client.submit() == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert settings.ledger is not None
    assert [entry.text for entry in read(settings.ledger)] == ["over the pty"]


async def test_submit_with_latency_takes_that_long(
    nursery: trio.Nursery, settings: SimulatorSettings
) -> None:
    await nursery.start(serve, SimulatorSettings(link=settings.link, latency=0.05))
    client = Client(settings.link)
    began = trio.current_time()
    assert (await client.submit()).endswith(b"OK\r\n")
    assert trio.current_time() - began >= 0.05
    client.port.close()


async def test_client_that_closes_and_opens_again_is_answered_and_sees_nothing_old(
    simulator: Simulator, client: Client
) -> None:
    for _ in range(3):
        await client.ask(b"AT\r")
        client.port.write(b"AT+CGMM\r")  # answered, but never read
        client.port.close()
        await trio.testing.wait_all_tasks_blocked(0.05)
        client.port.open()
        assert await client.ask(b"AT\r") == b"\r\nOK\r\n"


async def test_exclusive_lock_of_a_client_that_left_is_gone(simulator: Simulator, client: Client) -> None:
    # TIOCEXCL doesn't bind root, so the flag itself is looked at.
    await client.ask(b"AT\r")
    fcntl.ioctl(client.port.fd, termios.TIOCEXCL)
    assert exclusive(client.port.fd)
    client.port.close()
    await trio.testing.wait_all_tasks_blocked(0.05)
    client.port.open()
    assert not exclusive(client.port.fd)


async def test_port_locked_by_a_client_that_left_is_replaced_where_the_simulator_may_not_break_the_lock(
    simulator: Simulator, client: Client
) -> None:
    await client.ask(b"AT\r")
    fcntl.ioctl(client.port.fd, termios.TIOCEXCL)
    with unprivileged():
        with pytest.raises(serial.SerialException, match="busy"):
            Client(simulator.settings.link)
        client.port.close()
        await trio.testing.wait_all_tasks_blocked(0.05)
        client.port.open()
        assert await client.ask(b"AT\r") == b"\r\nOK\r\n"


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Lay CAP_SYS_ADMIN, by which root opens locked ports, aside for a while; others have none to lay aside."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    held = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, held) == 0
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~(1 << 21)  # effective, CAP_SYS_ADMIN
    assert libc.capset(header, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(header, held) == 0


def exclusive(descriptor: int) -> bool:
    tiocgexcl = 0x80045440  # asm-generic/ioctls.h; the termios module has no name for it
    return int.from_bytes(fcntl.ioctl(descriptor, tiocgexcl, bytes(4)), "little") != 0


async def test_unplugged_link_is_gone_and_the_client_sees_a_hang_up(
    simulator: Simulator, client: Client
) -> None:
    await client.ask(b"AT\r")
    simulator.unplug()
    assert not simulator.settings.link.is_symlink()
    with pytest.raises((serial.SerialException, OSError)):
        await client.ask(b"AT\r")


async def test_plugged_in_again_it_answers_under_the_same_link_as_after_power_up(
    simulator: Simulator, client: Client
) -> None:
    await client.ask(b"AT+CMEE=1\r")
    await client.submit()
    simulator.unplug()
    simulator.plug()
    again = Client(simulator.settings.link)
    assert await again.ask(b"AT+CMEE?\r") == b"\r\n+CMEE: 0\r\n\r\nOK\r\n"
    assert (await again.submit()).startswith(b"\r\n+CMGS: 1\r\n")
    again.port.close()


async def test_deliver_announces_the_message_to_an_idle_client(simulator: Simulator, client: Client) -> None:
    await client.ask(b"AT+CNMI=2,1\r")
    simulator.deliver("+34611111111", "hi")
    assert await client.ask(b"", b"1\r\n") == b'\r\n+CMTI: "SM",1\r\n'


async def test_injected_line_comes_in_the_middle_of_a_dialogue(simulator: Simulator, client: Client) -> None:
    await client.ask(b"AT+CMGS=%d\r" % PDU.tpdu_length, b"> ")
    simulator.inject("RING")
    assert await client.ask(b"", b"RING\r\n") == b"\r\nRING\r\n"
    assert (await client.ask(PDU.hex.encode() + b"\x1a")).endswith(b"+CMGS: 0\r\n\r\nOK\r\n")


async def test_registration_set_is_announced(simulator: Simulator, client: Client) -> None:
    await client.ask(b"AT+CREG=1\r")
    simulator.set_registration(3)
    assert await client.ask(b"", b"3\r\n") == b"\r\n+CREG: 3\r\n"


async def test_client_that_never_reads_doesnt_stop_the_simulator(
    simulator: Simulator, client: Client
) -> None:
    simulator.inject(b"x" * 1_000_000)
    client.port.timeout = 0.5
    await client.ask(b"", b"never")
    client.port.timeout = 10
    assert (await client.ask(b"AT\r")).endswith(b"OK\r\n")


async def test_simulator_stopped_takes_its_link_away_and_started_again_goes_on(
    settings: SimulatorSettings,
) -> None:
    for reference in (0, 1):
        async with trio.open_nursery() as nursery:
            await nursery.start(Simulator(settings).run)
            client = Client(settings.link)
            assert (await client.submit()).startswith(b"\r\n+CMGS: %d\r\n" % reference)
            client.port.close()
            nursery.cancel_scope.cancel()
        assert not settings.link.is_symlink()


async def test_link_left_behind_by_a_killed_simulator_is_replaced(
    nursery: trio.Nursery, settings: SimulatorSettings
) -> None:
    settings.link.symlink_to("/dev/pts/nothing")
    await nursery.start(Simulator(settings).run)
    assert settings.link.exists()


async def test_link_of_another_running_simulator_is_refused_and_stays(settings: SimulatorSettings) -> None:
    async with trio.open_nursery() as nursery:
        first = Simulator(replace(settings, ledger=None))
        await nursery.start(first.run)
        device = settings.link.readlink()
        with pytest.raises(LinkOccupied, match=r"the port of another running program \(/dev/pts/\d+\)"):
            Simulator(settings).plug()
        assert settings.link.readlink() == device
        nursery.cancel_scope.cancel()
    second = Simulator(settings)
    second.plug()
    second.close()


async def test_link_left_behind_whose_pty_is_somebody_elses_by_now_is_replaced(
    settings: SimulatorSettings,
) -> None:
    settings.link.symlink_to("/dev/pts/nothing")
    master, slave = os.openpty()
    device = os.ttyname(slave)
    try:
        settings.link.unlink()
        settings.link.symlink_to(device)
        # Younger than the link, as a pty is that has got the number of one that was closed.
        os.fchmod(slave, 0o600)
        while os.fstat(slave).st_ctime_ns <= settings.link.lstat().st_ctime_ns:
            os.fchmod(slave, 0o600)
        simulator = Simulator(settings)
        simulator.plug()
        assert str(settings.link.readlink()) != device
        simulator.close()
    finally:
        os.close(master)
        os.close(slave)


async def test_link_taken_by_a_file_is_refused_and_the_file_stays(settings: SimulatorSettings) -> None:
    settings.link.write_text("precious")
    with pytest.raises(LinkOccupied, match="choose another"):
        await Simulator(settings).run()
    assert settings.link.read_text() == "precious"


async def test_serve_on_a_taken_link_raises_just_that(settings: SimulatorSettings) -> None:
    settings.link.write_text("precious")
    with pytest.raises(LinkOccupied):
        await serve(settings)


async def test_signals_unplug_and_plug_a_serving_process(
    nursery: trio.Nursery, settings: SimulatorSettings
) -> None:
    await nursery.start(serve, settings)
    for number, there in [(signal.SIGUSR1, False), (signal.SIGUSR2, True)]:
        os.kill(os.getpid(), number)
        with trio.fail_after(5):
            while settings.link.is_symlink() != there:
                await trio.lowlevel.checkpoint()


async def test_signal_takes_the_sim_out_and_puts_another_in_while_the_port_is_open(
    nursery: trio.Nursery, settings: SimulatorSettings
) -> None:
    simulator: Simulator = await nursery.start(serve, settings)
    client = Client(settings.link)
    assert simulator.iccid == settings.iccid
    for iccid in ("", settings.spare_iccid):
        os.kill(os.getpid(), signal.SIGRTMIN)
        with trio.fail_after(5):
            while simulator.iccid != iccid:
                await trio.lowlevel.checkpoint()
    assert settings.spare_iccid.encode() in await client.ask(b"AT+CCID\r")
    assert settings.spare_iccid != settings.iccid
    client.port.close()


async def test_sim_that_is_put_back_is_as_it_was_and_another_one_is_empty_and_locked(
    simulator: Simulator, client: Client
) -> None:
    simulator.deliver("+34611111111", "hi")
    simulator.change_sim(simulator.settings.spare_iccid, pin="1234")
    assert simulator.stored == []
    assert b"SIM PIN" in await client.ask(b"AT+CPIN?\r")
    simulator.change_sim(simulator.settings.iccid)
    assert len(simulator.stored) == 1
    assert b"READY\r\n\r\nOK" in await client.ask(b"AT+CPIN?\r")


async def test_submit_on_a_black_hole_leaves_the_modem_answering(
    nursery: trio.Nursery, settings: SimulatorSettings
) -> None:
    await nursery.start(
        Simulator(SimulatorSettings(link=settings.link, echo=False, errors=(parse("timeout@1"),))).run
    )
    client = Client(settings.link)
    await client.ask(b"AT+CMGS=%d\r" % PDU.tpdu_length, b"> ")
    assert await client.ask(PDU.hex.encode() + b"\x1aAT\r") == b"\r\nOK\r\n"
    client.port.close()
