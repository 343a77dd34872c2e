"""Seven-bit characters packed into octets, lowest bit first (3GPP TS 23.038 §6.1.2.1)."""

from __future__ import annotations


def pack(septets: bytes, *, fill_bits: int = 0) -> bytes:
    """Octets that hold ``septets`` (each 0 to 127) behind ``fill_bits`` zero bits; the last is zero-padded."""
    value = 0
    shift = fill_bits
    for septet in septets:
        value |= septet << shift
        shift += 7
    return value.to_bytes((shift + 7) // 8, "little")


def unpack(octets: bytes, count: int, *, fill_bits: int = 0) -> bytes:
    """``count`` septets from ``octets`` after ``fill_bits`` bits; what ``octets`` lack comes out as 0."""
    value = int.from_bytes(octets, "little") >> fill_bits
    return bytes((value >> shift) & 0x7F for shift in range(0, 7 * count, 7))


def fill_bits(header_octets: int) -> int:
    """Bits between a header of so many octets and the next septet boundary (3GPP TS 23.040 §9.2.3.24)."""
    return -header_octets * 8 % 7
