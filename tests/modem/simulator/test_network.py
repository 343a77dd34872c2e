"""What the network counts, and what it remembers over a restart."""

from __future__ import annotations

from pathlib import Path

from gatewayd.modem.simulator import Ledger, parse, parse_all, read
from tests.modem.simulator.dialogue import NUMBER, Host, submit_pdus

REFUSED = ["+CMS ERROR: 38"]


def test_references_count_to_255_and_round_again() -> None:
    host = Host()
    for number in range(258):
        host.send(str(number))
    assert [entry.mr for entry in host.entries] == [*range(256), 0, 1]


def test_refused_submit_uses_no_reference() -> None:
    host = Host(errors=(parse("38@1"),))
    host.send()
    assert host.send() == ["+CMGS: 0", "OK"]


def test_injection_at_the_nth_submit_strikes_it_alone() -> None:
    host = Host(errors=(parse("38@2"),))
    assert [host.send(str(n)) == REFUSED for n in range(4)] == [False, True, False, False]


def test_injection_at_every_nth_message_strikes_first_tries_and_counts_no_retries() -> None:
    host = Host(errors=(parse("38@*2"),))
    struck = []
    for text in ("a", "b", "c", "d"):
        while host.send(text) == REFUSED:
            struck.append(text)
    assert struck == ["b", "d"]


def test_injection_at_every_nth_message_takes_equal_texts_for_new_messages_once_accepted() -> None:
    host = Host(errors=(parse("38@*2"),))
    assert [host.send("same") == REFUSED for _ in range(5)] == [False, True, False, False, True]


def test_injection_at_every_message_strikes_each_part_once() -> None:
    host = Host(errors=(parse("38@*1"),))
    for reference in (7, 8):
        for pdu in submit_pdus("x" * 200, reference=reference):
            host.submit(pdu)
    assert [entry.event for entry in host.entries] == ["refused", "refused", "accepted", "accepted"]


def test_injection_at_a_number_strikes_each_submit_to_it() -> None:
    host = Host(errors=(parse(f"38@{NUMBER}"),))
    assert host.send() == host.send() == REFUSED
    assert host.send(to="+34600000002") == ["+CMGS: 0", "OK"]


def test_injections_are_taken_in_their_order() -> None:
    host = Host(errors=parse_all([f"1@{NUMBER}", "38@1"]))
    assert host.send() == ["+CMS ERROR: 1"]


def test_network_with_the_same_seed_takes_the_same_times() -> None:
    def times(seed: int) -> list[float]:
        host = Host(latency=1.0, jitter=1.0, seed=seed)
        seconds = []
        for _ in range(5):
            host.send()
            seconds.append(host.modem.due - host.now)
            host.wait(seconds[-1])
        return seconds

    assert times(1) == times(1) != times(2)
    assert all(1.0 <= seconds <= 2.0 for seconds in times(3))


def test_network_started_again_on_its_ledger_continues_its_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    errors = parse_all(["38@*2", "1@5"])
    with Ledger(path) as ledger:
        host = Host(ledger, errors=errors)
        assert [host.send("a"), host.send("b")] == [["+CMGS: 0", "OK"], REFUSED]
    with Ledger(path) as ledger:
        host = Host(ledger, errors=errors)
        # The retry of b is no first try, so c is the third and d the fourth; d is also the fifth submit.
        assert [host.send("b"), host.send("c")] == [["+CMGS: 1", "OK"], ["+CMGS: 2", "OK"]]
        assert host.send("d") == REFUSED
    assert len(read(path)) == 5


def test_network_ignores_entries_of_another_sim_in_the_same_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        Host(ledger, name="phone1").send()
        assert Host(ledger, name="phone2").send() == ["+CMGS: 0", "OK"]
