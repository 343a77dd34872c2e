"""The corpus of ways into other people's networks (reliability.md §5, T18)."""

from __future__ import annotations

import ipaddress
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.webhooks.addresses import AllowList, check_entry, is_public, parse
from gatewayd.webhooks.target import Forbidden, Rules, Target, addresses_of

PUBLIC = Rules(AllowList(()), (443, 8443))
ALLOWING = Rules(AllowList(("10.1.0.0/16", "fd00:1::/32", "hooks.internal")), (443, 8443))

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%eth0",
]
IS_PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_address_that_is_not_everybodys_is_not_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", IS_PUBLIC)
def test_address_of_the_internet_is_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://{text}/" for text in NOT_PUBLIC if ":" not in text),
        *(f"https://[{text.replace('%', '%25')}]/" for text in NOT_PUBLIC if ":" in text),
        # Other ways to write 127.0.0.1 that resolvers and browsers understand.
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0x0.0x0.0x1/",
        "https://0177.0.0.1/",
        "https://0177.0.0.0x1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0/",
        "https://127.0.0.1./",
        "https://127。0。0。1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://%31%32%37.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        # What two parsers may read differently.
        "https://127.0.0.1\\@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org@127.0.0.1/",
        "https://user:password@example.org/",
        "https://example.org#@127.0.0.1/",
        "https://exa mple.org/",
        "https://example.org\r\nHost: x/",
        "https://example.org\t/",
        "https://[::1",
        "https:///path",
        "https://",
        "https:example.org",
        "//example.org/",
        # Other schemes, other ports.
        "http://example.org/",
        "http://93.184.216.34/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "https://example.org:22/",
        "https://example.org:6379/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org:8080/",
        f"https://example.org/{'a' * 2000}",
    ],
)
def test_url_that_may_lead_astray_is_refused_without_a_look_up(url: str) -> None:
    with pytest.raises(Forbidden):
        PUBLIC.read(url)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.org/sms?x=1", "hooks.example.org", 443),
        ("HTTPS://Hooks.Example.ORG./", "hooks.example.org", 443),
        ("https://example.org:8443/", "example.org", 8443),
        ("https://xn--xample-9ua.org/", "xn--xample-9ua.org", 443),
        ("https://a_b.example.org/", "a_b.example.org", 443),
        ("https://93.184.216.34/", "93.184.216.34", 443),
        ("https://[2606:4700::1111]:8443/", "2606:4700::1111", 8443),
    ],
)
def test_url_of_a_public_receiver_is_taken(url: str, host: str, port: int) -> None:
    assert PUBLIC.read(url) == Target(url, "https", host, port)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.1.2.3:8080/",
        "https://10.1.2.3/",
        "http://[fd00:1::7]:5000/",
        "http://hooks.internal:8080/",
    ],
)
def test_listed_target_may_have_plain_http_and_any_port(url: str) -> None:
    ALLOWING.read(url)


@pytest.mark.parametrize("url", ["http://10.2.0.1/", "https://127.0.0.1/", "http://other.internal@10.1.2.3/"])
def test_target_beside_the_listed_ones_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        ALLOWING.read(url)


@pytest.mark.parametrize(
    "answer", [[text] for text in NOT_PUBLIC] + [["93.184.216.34", "127.0.0.1"], ["x"], []]
)
async def test_name_that_leads_anywhere_else_is_refused_whatever_else_it_leads_to(answer: list[str]) -> None:
    async def look_up(host: str, port: int) -> list[str]:
        return answer

    with pytest.raises(Forbidden):
        await addresses_of(PUBLIC.read("https://example.org/"), PUBLIC, look_up)


async def test_name_that_leads_into_a_listed_network_may_have_plain_http_there_alone() -> None:
    answer = ["10.1.0.5"]

    async def look_up(host: str, port: int) -> list[str]:
        return answer

    target = ALLOWING.read("http://hooks.example.org:8080/")
    assert await addresses_of(target, ALLOWING, look_up) == answer
    answer.append("93.184.216.34")
    with pytest.raises(Forbidden, match="https"):
        await addresses_of(target, ALLOWING, look_up)


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "10.0.0", "0x7f", "a b", "https://x.example", "", "*"])
def test_allow_list_with_what_is_neither_network_nor_name_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a network"):
        check_entry(entry)


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="htps:/@[]%#?.0123456789abcxfAX-_\\\t é①", max_size=60).map(
            lambda rest: f"https://{rest}"
        ),
        st.builds(
            "https://{}:{}/{}".format,
            st.ip_addresses().map(str),
            st.integers(),
            st.text(alphabet=string.printable),
        ),
        st.integers(0, 2**128).map(lambda number: f"https://[{ipaddress.IPv6Address(number % 2**128)}]/"),
    )
)
def test_any_text_is_a_target_or_refused_and_never_one_that_is_not_public(text: str) -> None:
    """reliability.md §5, T8: no other exception, whatever comes."""
    try:
        target = PUBLIC.read(text)
    except Forbidden:
        return
    assert target.scheme == "https"
    assert target.port in (443, 8443)
    address = parse(target.host)
    assert address is None or is_public(address)
    assert "@" not in target.host
