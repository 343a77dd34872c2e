"""The decoders on octets that nobody should send: DecodeError or an object, nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewayd.sms.pdu import DecodeError, decode_deliver, decode_status_report, decode_submit, encode_submit
from tests.sms.strategies import numbers, parts

DECODERS: list[Callable[[bytes], object]] = [decode_submit, decode_deliver, decode_status_report]

DELIVER = bytes.fromhex("0791448720003023640DD0E474D81C0EBB010008111011315214000C050003CC0201014201420142")
REPORT = bytes.fromhex("0791448720003023062A0B914306101122F2621142510300406211425113004000FF")

submits = st.builds(
    lambda to, part: encode_submit(to, part, validity=None, report=True).octets, numbers, parts
)
valid = st.one_of(submits, st.just(DELIVER), st.just(REPORT))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid PDU with some octets changed, and cut off or continued."""
    octets = bytearray(draw(valid))
    for _ in range(draw(st.integers(0, 4))):
        octets[draw(st.integers(0, len(octets) - 1))] = draw(st.integers(0, 255))
    return bytes(octets[: draw(st.integers(0, len(octets)))]) + draw(st.binary(max_size=3))


def survives(decoder: Callable[[bytes], object], octets: bytes) -> None:
    try:
        found = decoder(octets)
    except DecodeError:
        return
    # What was read must bear being written down: no half surrogate pairs.
    repr(found).encode("utf-8")


@pytest.mark.parametrize("decoder", DECODERS)
@settings(max_examples=400)
@given(octets=st.binary(max_size=200))
@example(octets=b"")
@example(octets=b"\xff" * 300)
@example(octets=bytes(300))
def test_decoder_on_random_octets_raises_nothing_but_decode_error(
    decoder: Callable[[bytes], object], octets: bytes
) -> None:
    survives(decoder, octets)


@settings(max_examples=600)
@given(octets=mutated())
def test_decoder_on_a_damaged_pdu_raises_nothing_but_decode_error(octets: bytes) -> None:
    for decoder in DECODERS:
        survives(decoder, octets)


@pytest.mark.parametrize("octets", [DELIVER, REPORT], ids=["deliver", "report"])
def test_decoder_on_every_change_of_one_octet_raises_nothing_but_decode_error(octets: bytes) -> None:
    for decoder in DECODERS:
        for position in range(len(octets)):
            for value in range(256):
                survives(decoder, octets[:position] + bytes([value]) + octets[position + 1 :])


@pytest.mark.parametrize("octets", [DELIVER, REPORT], ids=["deliver", "report"])
def test_decoder_on_every_beginning_of_a_pdu_raises_nothing_but_decode_error(octets: bytes) -> None:
    for decoder in DECODERS:
        for end in range(len(octets)):
            survives(decoder, octets[:end])
