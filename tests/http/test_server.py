from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from starlette.types import Receive, Scope, Send
from trio.testing import MockClock

from gatewayd.http.binding import CannotListen
from gatewayd.http.server import Server
from gatewayd.http.settings import ApiSettings
from tests.http.serving import APP, Client, plain_request, serving


@pytest.fixture
def patient_clock() -> MockClock:
    """Virtual time that jumps once nothing has moved for 20 ms: what is in the kernel's sockets arrives first."""
    return MockClock(autojump_threshold=0.02)


async def fill(client: Client, path: str) -> None:
    """Ask for an endless answer and read no more of it than its first bytes."""
    await client.send(plain_request("GET", path))
    await client.stream.receive_some(1)


async def settled(condition: Callable[[], bool]) -> None:
    """Wait until something becomes true that the server does by itself."""
    with trio.fail_after(20):
        while not condition():
            await trio.lowlevel.checkpoint()


async def test_request_is_answered() -> None:
    async with serving(APP) as running:
        answer = await (await running.connect()).request("GET", "/hello?name=you")
    assert (answer.status, answer.body) == (200, b"hello you")
    assert "server" not in answer.headers


async def test_connection_is_kept_for_further_requests() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        answers = [await client.request("POST", "/echo", bytes([65 + number])) for number in range(5)]
        assert running.server.connections == 1
    assert [answer.body for answer in answers] == [b"A", b"B", b"C", b"D", b"E"]


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"".join(plain_request("GET", f"/hello?name={number}") for number in range(20)))
        bodies = [(await client.answer()).body for _ in range(20)]
    assert bodies == [f"hello {number}".encode() for number in range(20)]


async def test_large_body_comes_through_whole() -> None:
    body = os.urandom(3_000_000)
    async with serving(APP) as running:
        answer = await (await running.connect()).request("POST", "/echo", body)
    assert answer.body == body


async def test_client_that_closes_its_half_early_still_gets_its_answer() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(plain_request("GET", "/hello"))
        await client.stream.send_eof()
        assert (await client.answer()).status == 200
        assert await client.closed()


async def test_head_is_answered_without_a_body() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        assert (await client.request("HEAD", "/hello")).body == b""
        assert (await client.request("GET", "/hello")).body == b"hello "


async def test_expectation_of_100_continue_is_met() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(
            b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
        )
        assert (await client.stream.receive_some()).startswith(b"HTTP/1.1 100")
        await client.send(b"ok")
        assert (await client.answer()).body == b"ok"


async def test_request_that_is_no_http_is_refused_and_the_connection_closed() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert (await client.answer()).status == 400
        assert await client.closed()


async def test_header_without_an_end_is_refused() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"GET /hello HTTP/1.1\r\nhost: x\r\nx-long: " + b"x" * 20_000)
        assert (await client.answer()).status == 431
        assert await client.closed()


async def test_client_of_http_1_0_is_answered_and_its_connection_closed() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(b"GET /hello HTTP/1.0\r\n\r\n")
        assert (await client.answer()).body == b"hello "
        assert await client.closed()


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
async def test_upgrade_to_another_protocol_is_ignored(upgrade: str) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        answer = await client.request("GET", "/hello", connection="upgrade", upgrade=upgrade)
    assert answer.status == 200


async def test_handler_with_a_defect_costs_one_request_and_not_the_server() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        assert (await client.request("GET", "/defect")).status == 500
        assert (await client.request("GET", "/hello")).status == 200


async def test_handler_that_answers_nothing_is_a_500() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    async with serving(silent) as running:
        assert (await (await running.connect()).request("GET", "/")).status == 500


async def test_answer_to_an_unread_long_body_reaches_the_client_that_is_still_sending() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        answer = await client.request("POST", "/refuse", bytes(2_000_000))
        assert (answer.status, answer.body) == (413, b"too large")
        assert await client.closed()
        await client.stream.aclose()
        await settled(lambda: running.server.connections == 0)


async def test_client_that_leaves_is_forgotten_at_once() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.request("GET", "/hello")
        await client.stream.aclose()
        await settled(lambda: running.server.connections == 0)


async def test_client_that_leaves_in_a_long_answer_with_a_pipelined_request_is_forgotten() -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.send(plain_request("GET", "/endless") + plain_request("GET", "/hello"))
        await client.stream.receive_some(1)
        await client.stream.aclose()
        await settled(lambda: running.server.connections == 0)


async def test_client_that_stops_reading_is_cut_off_after_the_send_timeout(patient_clock: MockClock) -> None:
    async with serving(APP, send_timeout=30) as running:
        await fill(await running.connect(), "/endless")
        await trio.sleep(29)
        assert running.server.connections == 1
        await trio.sleep(2)
        assert running.server.connections == 0


async def test_client_that_stops_reading_delays_a_stop_by_the_grace_and_no_longer(
    patient_clock: MockClock,
) -> None:
    async with serving(APP, grace=5, send_timeout=3600) as running:
        await fill(await running.connect(), "/endless")
        begin = trio.current_time()
        await running.stop()
        assert trio.current_time() - begin == pytest.approx(5)


async def test_stop_without_clients_takes_no_time(patient_clock: MockClock) -> None:
    async with serving(APP) as running:
        await running.stop()
        assert trio.current_time() < 0.1


async def test_stop_closes_idle_connections_at_once(patient_clock: MockClock) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await client.request("GET", "/hello")
        begin = trio.current_time()
        await running.stop()
        assert trio.current_time() - begin < 0.1
        assert await client.closed()


async def test_stop_lets_an_answer_in_progress_end_and_then_closes(patient_clock: MockClock) -> None:
    bodies = []

    async def read(client: Client) -> None:
        bodies.append((await client.answer()).body)

    async with serving(APP) as running, trio.open_nursery() as readers:
        client = await running.connect()
        await client.send(plain_request("GET", "/until-stop"))
        readers.start_soon(read, client)
        await trio.sleep(100)
        await running.stop()
        assert trio.current_time() < 105
    assert bodies == [b"first\nlast\n"]


@pytest.mark.parametrize(
    ("first", "limit"),
    [
        (b"", 60),  # nothing: as long as between two requests
        (b"GET /hel", 30),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n123", 30),
    ],
)
async def test_client_that_does_not_go_on_is_cut_off(
    patient_clock: MockClock, first: bytes, limit: float
) -> None:
    async with serving(APP, keep_alive=60, receive_timeout=30) as running:
        client = await running.connect()
        if first:
            await client.send(first)
        await client.closed()
        assert limit <= trio.current_time() < limit + 5


async def test_client_that_drips_its_body_is_cut_off(patient_clock: MockClock) -> None:
    async with serving(APP, receive_timeout=30) as running:
        client = await running.connect()
        await client.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(6):
            await trio.sleep(5)
            await client.send(b".")
        assert await client.closed()
        assert trio.current_time() < 35


async def test_slow_line_that_keeps_sending_gets_through(patient_clock: MockClock) -> None:
    async with serving(APP, receive_timeout=30) as running:
        client = await running.connect()
        await client.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n")
        for _ in range(100):
            await trio.sleep(1)
            await client.send(bytes(2000))
        assert len((await client.answer()).body) == 200_000


async def test_long_answer_is_not_cut_off_because_the_client_says_nothing(patient_clock: MockClock) -> None:
    async with serving(APP) as running:
        client = await running.connect()
        await fill(client, "/until-stop")
        await trio.sleep(86_400)
        assert running.server.connections == 1


async def test_connection_above_the_cap_is_answered_503_and_the_others_go_on() -> None:
    async with serving(APP, max_connections=2) as running:
        kept = [await running.connect() for _ in range(2)]
        for client in kept:
            await client.request("GET", "/hello")
        further = await running.connect()
        answer = await further.answer()
        assert answer.status == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert await further.closed()
        assert [(await client.request("GET", "/hello")).status for client in kept] == [200, 200]


async def test_place_of_a_client_that_left_is_free_again() -> None:
    async with serving(APP, max_connections=1) as running:
        for _ in range(3):
            client = await running.connect()
            assert (await client.request("GET", "/hello")).status == 200
            await client.stream.aclose()
            await settled(lambda: running.server.connections == 0)


async def test_unix_socket_tells_who_connected(tmp_path: Path) -> None:
    path = tmp_path / "gatewayd.sock"
    async with serving(APP, socket=path) as running:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        client = await running.connect_unix()
        answer = await client.request("GET", "/peer")
    assert answer.body.decode() == f"{os.getpid()} {os.getuid()} {os.getgid()}"
    assert not path.exists()


async def test_tcp_client_has_no_peer() -> None:
    async with serving(APP) as running:
        assert (await (await running.connect()).request("GET", "/peer")).body == b"none"


async def test_unix_socket_may_have_an_application_of_its_own(tmp_path: Path) -> None:
    async def local_only(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    path = tmp_path / "gatewayd.sock"
    async with serving(APP, socket_app=local_only, socket=path) as running:
        assert (await (await running.connect_unix()).request("GET", "/hello")).status == 204
        assert (await (await running.connect()).request("GET", "/hello")).status == 200


async def test_several_addresses_of_both_families_are_served() -> None:
    async with serving(APP, bind=("127.0.0.1:0", "[::1]:0")) as running:
        assert (await (await running.connect()).request("GET", "/hello")).status == 200
        running.addresses.reverse()
        assert (await (await running.connect()).request("GET", "/hello")).status == 200


async def start(settings: ApiSettings) -> None:
    await Server(settings, APP).run()


def listen_dead(path: Path) -> None:
    """Leave a socket file behind, as a killed process does."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


async def test_socket_left_by_a_dead_process_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "gatewayd.sock"
    listen_dead(path)
    async with serving(APP, socket=path) as running:
        client = await running.connect_unix()
        assert (await client.request("GET", "/hello")).status == 200


async def test_socket_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gatewayd.sock"
    async with serving(APP, socket=path):
        with pytest.raises(CannotListen, match="another process listens"):
            await start(ApiSettings(bind=(), socket=path))
        assert path.exists()


async def test_file_in_the_place_of_the_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "gatewayd.sock"
    path.write_text("precious")
    with pytest.raises(CannotListen, match="something else"):
        await start(ApiSettings(bind=(), socket=path))
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/nonexistent/gatewayd.sock", "directory does not exist"), ("/tmp/" + "x" * 200, "at most 107 bytes")],
)
async def test_socket_that_cannot_be_opened_says_why(path: str, reason: str) -> None:
    with pytest.raises(CannotListen, match=reason):
        await start(ApiSettings(bind=(), socket=Path(path)))


async def test_port_in_use_says_so() -> None:
    async with serving(APP) as running:
        with pytest.raises(CannotListen, match="another program uses this port"):
            await start(ApiSettings(bind=("127.0.0.1:0", running.addresses[0])))
