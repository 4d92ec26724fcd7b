"""The address rule, in every spelling of an address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.egress import METADATA_ADDRESSES, SETTING, EgressPolicy, Kind, Refusal, kind_of, literal, unwrapped

ALLOW = EgressPolicy("allow")
DENY = EgressPolicy("deny")


def words(text: str) -> list[str]:
    return text.split()


LOOPBACK = words("""
127.0.0.1  127.0.0.1.  127.255.255.254  127.1  127.0.1  2130706433  0x7f000001  0X7F000001  0x7f.0.0.1  0x7f.1
0177.0.0.1  0177.1  017700000001  00000000000000000177.0.0.1  １２７.０.０.１  127。0。0。1  ①②⑦.0.0.1
::1  [::1]  0:0:0:0:0:0:0:1  ::1%lo  ::ffff:127.0.0.1  [::ffff:7f00:1]  ::ffff:0:127.0.0.1  ::127.0.0.1
64:ff9b::127.0.0.1  64:ff9b::7f00:1  64:ff9b:1::7f00:1  64:ff9b:1:7f00:0:100::  2002:7f00:1::  2002:7f00:1::1
2001:0:4136:e378:8000:63bf:80ff:fffe  2607:f8b0::5efe:7f00:1  2607:f8b0::200:5efe:7f00:1
""")

PRIVATE = words("""
10.0.0.1  10.1  167772161  0xa000001  012.0.0.1  172.16.0.1  172.31.255.255  192.168.1.1  100.64.0.1  100.127.255.254
198.18.0.1  fd12:3456::1  fc00::1  fec0::1  ::ffff:10.0.0.1  64:ff9b::10.0.0.1  2002:a00:1::  2607:f8b0::5efe:a00:1
""")

NEVER = words("""
0.0.0.0  0  0x0  0.1.2.3  ::  [::]  ::ffff:0.0.0.0  255.255.255.255  0xffffffff  240.0.0.1  224.0.0.1  239.1.2.3
ff02::1  ff05::1:3  169.254.0.1  169.254.1  fe80::1  fe80::1%eth0  [fe80::1%25eth0]  febf::1
169.254.169.254  2852039166  0xA9FEA9FE  0xa9.0xfe.0xa9.0xfe  0251.0376.0251.0376  169.254.43518  169.16689662
::ffff:169.254.169.254  ::ffff:a9fe:a9fe  64:ff9b::a9fe:a9fe  2002:a9fe:a9fe::  64:ff9b:1::a9fe:a9fe
2001:0:a9fe:a9fe::  2001:0:4136:e378:8000:63bf:5601:5601  fd00:ec2::254  fd00:0ec2:0:0:0:0:0:254  fd20:ce::254
100.100.100.200  ::ffff:100.100.100.200  168.63.129.16  192.0.0.192  169.254.170.2
metadata  METADATA.GOOGLE.INTERNAL  metadata.google.internal.  metadata.goog  instance-data
""")

PUBLIC = words("""
1.1.1.1  8.8.8.8  134744072  0x08080808  172.32.0.1  100.128.0.1  2606:4700:4700::1111  ::ffff:8.8.8.8  64:ff9b::8.8.8.8
2002:808:808::  64:ff9b:1::808:808  api.openai.com  localhost.example.org  metadata.example.org
""")


def sentence_of(refusal: Refusal | None) -> str:
    assert refusal is not None
    return refusal.sentence


@pytest.mark.parametrize("host", LOOPBACK + PRIVATE)
def test_what_is_private_follows_the_setting(host: str):
    assert ALLOW.refusal_of_host(host) is None
    refusal = DENY.refusal_of_host(host)
    assert refusal is not None
    assert SETTING in refusal.sentence
    assert SETTING in refusal.hint


@pytest.mark.parametrize("host", NEVER)
@pytest.mark.parametrize("policy", [ALLOW, DENY, EgressPolicy(("0.0.0.0/0", "::/0"))], ids=["allow", "deny", "all"])
def test_what_is_never_allowed_is_refused_whatever_the_setting(host: str, policy: EgressPolicy):
    refusal = policy.refusal_of_host(host)
    assert refusal is not None
    assert f"whatever {SETTING} says" in refusal.sentence
    assert SETTING not in refusal.hint  # asking about it would be in vain


@pytest.mark.parametrize("host", PUBLIC)
def test_what_is_public_is_allowed(host: str):
    assert DENY.refusal_of_host(host) is None


def test_the_refusal_names_what_was_written_and_what_it_means():
    assert sentence_of(DENY.refusal_of_host("0x7f.1")) == (
        f"0x7f.1 leads to 127.0.0.1, which is this machine itself, and {SETTING} does not allow it."
    )
    assert "2002:a9fe:a9fe:: (that is 169.254.169.254)" in sentence_of(ALLOW.refusal_of_host("2002:a9fe:a9fe::"))
    assert sentence_of(DENY.refusal("10.1.2.3", "llm.example.org")).startswith(
        "llm.example.org leads to 10.1.2.3, which"
    )


def test_whoever_copies_where_a_server_listens_learns_what_to_enter():
    refusal = ALLOW.refusal_of_host("0.0.0.0")
    assert refusal is not None
    assert "Enter localhost" in refusal.hint


def test_a_list_allows_its_networks_and_no_others():
    policy = EgressPolicy(("10.0.0.0/8", "fd00::/8"))
    assert policy.refusal("10.9.8.7") is None
    assert policy.refusal("::ffff:10.9.8.7") is None
    assert policy.refusal("fd00::1") is None
    assert policy.refusal("192.168.0.1") is not None
    assert policy.refusal("127.0.0.1") is not None
    assert policy.refusal("8.8.8.8") is None


def test_a_list_never_opens_a_metadata_address():
    assert EgressPolicy(("169.254.0.0/16", "100.64.0.0/10", "fd00::/8")).refusal("100.100.100.200") is not None
    assert EgressPolicy(("fd00::/8",)).refusal("fd00:ec2::254") is not None


@pytest.mark.parametrize("private", ["maybe", "", ("10.0.0.0/8", "nonsense"), ("10.0.0.1/8",)])
def test_a_setting_that_says_nothing_is_refused_at_once(private):
    with pytest.raises(ValueError):  # noqa: PT011 - which of the libraries complains does not matter
        EgressPolicy(private)


@pytest.mark.parametrize(
    "host", ["", ".", "256.1.1.1", "1.2.3.4.5", "08.1.1.1", "1..2", "0x", "1_0.0.0.1", "-1.0.0.1", "4294967296", "a.b"]
)
def test_what_no_socket_reads_as_an_address_is_a_name(host: str):
    assert literal(host) is None


@given(st.integers(0, 2**32 - 1))
def test_every_wrapping_is_unwrapped_to_the_address_inside(number: int):
    inside = IPv4Address(number)
    wrappings = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0xFFFF << 48 | number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x20010000 << 96 | ~number & 0xFFFFFFFF),
        IPv6Address(0x26070000 << 96 | 0x5EFE << 32 | number),
    ]
    for wrapping in wrappings:
        assert inside in set(unwrapped(wrapping)), wrapping
        if kind_of(inside) is Kind.METADATA:
            assert ALLOW.refusal(wrapping)


@given(st.integers(0, 2**32 - 1))
def test_every_old_spelling_is_the_same_address(number: int):
    address = IPv4Address(number)
    a, b, c, d = address.packed
    spellings = [
        str(address),
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{c << 8 | d}",
        f"0x{a:x}.0{b:o}.{c}.{d}",
    ]
    assert {literal(spelling) for spelling in spellings} == {address}


@given(st.ip_addresses())
def test_a_verdict_is_always_reached_and_deny_is_never_milder(address):
    assert ALLOW.refusal(address) is None or DENY.refusal(address) is not None
    if address in METADATA_ADDRESSES:
        assert ALLOW.refusal(address)


@given(st.text(max_size=40))
def test_any_text_is_judged_without_an_error(host: str):
    DENY.refusal_of_host(host)


def test_loopback_is_allowed_by_default():
    assert EgressPolicy().refusal(ip_address("127.0.0.1")) is None
