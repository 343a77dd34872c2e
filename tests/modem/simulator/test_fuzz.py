"""Whatever a host writes, whenever: the modem lives on, and its ledger stays true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewayd.modem.simulator import Noise, parse_all
from gatewayd.modem.simulator.commands.table import COMMANDS
from tests.modem.simulator.dialogue import CTRL_Z, ESC, Host, submit_pdus

(PDU,) = submit_pdus()
_names = st.sampled_from(sorted({name for name, _ in COMMANDS}))
_forms = st.sampled_from(
    ["", "?", "=?", "=0", "=1", "=2,1,0,1", '="1234"', "=,", "=1,1", f"={PDU.tpdu_length}"]
)
_lines = st.builds(lambda name, form: f"AT{name}{form}\r".encode(), _names, _forms)
_pieces = st.one_of(
    st.binary(max_size=40),
    _lines,
    st.sampled_from(
        [f"AT+CMGS={PDU.tpdu_length}\r".encode(), PDU.hex.encode(), CTRL_Z.encode(), ESC.encode()]
    ),
)


def busy_host() -> Host:
    return Host(
        latency=1.0,
        reports=True,
        boot_seconds=2.0,
        pin="1234",
        echo=True,
        noise=Noise(urc=0.3, garbage=0.3),
        errors=parse_all(["38@*3", "timeout@2", "lost@4", "prompt@5"]),
    )


@settings(max_examples=300)
@given(st.lists(st.tuples(_pieces, st.floats(0, 3)), max_size=25))
def test_modem_any_bytes_at_any_time_never_crash_it(script: list[tuple[bytes, float]]) -> None:
    host = busy_host()
    for data, seconds in script:
        host.modem.receive(data, host.now)
        host.wait(seconds)
    # Whatever went before: ESC, and once nothing is on its way any more, it answers.
    host.say(ESC + "\r")
    host.wait(10.0)
    assert "OK" in host.say("\rAT\r")
    assert [entry.mr for entry in host.entries if entry.event == "accepted"] == list(
        range(sum(entry.event == "accepted" for entry in host.entries))
    )


@pytest.mark.parametrize(("name", "form"), sorted(COMMANDS, key=lambda key: (key[0], key[1].value)))
@given(arguments=st.text(st.characters(codec="latin-1", exclude_characters="\r;"), max_size=20))
def test_command_with_any_arguments_ends_in_one_final_result(name: str, form: object, arguments: str) -> None:
    host = Host()
    sign = getattr(form, "value", "")
    answer = host.ask(f"AT{name}{sign}{arguments}")
    assert answer in ([], ["> "]) or any(line == "OK" or "ERROR" in line for line in answer)
