from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms import septets

runs = st.lists(st.integers(0, 127), max_size=160).map(bytes)


def test_septets_packed_are_the_octets_of_the_standards_example() -> None:
    assert septets.pack(b"hellohello").hex() == "e8329bfd4697d9ec37"


@given(runs, st.integers(0, 6))
def test_septets_unpacked_are_those_that_were_packed(run: bytes, fill: int) -> None:
    packed = septets.pack(run, fill_bits=fill)
    assert len(packed) == (fill + 7 * len(run) + 7) // 8
    assert septets.unpack(packed, len(run), fill_bits=fill) == run


@given(st.integers(0, 140))
def test_fill_bits_behind_a_header_reach_the_next_septet_boundary(octets: int) -> None:
    fill = septets.fill_bits(octets)
    assert 0 <= fill < 7
    assert (octets * 8 + fill) % 7 == 0


def test_septets_missing_from_the_octets_come_out_as_zero() -> None:
    assert septets.unpack(b"", 3) == bytes(3)
