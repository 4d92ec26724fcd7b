"""Which addresses the portal may connect to: pure arithmetic on addresses, no name is ever looked up here."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SETTING = "PORTAL_PRIVATE_NETWORKS"

METADATA_ADDRESSES: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, OpenStack and most others
        "169.254.170.2",  # AWS, credentials of a container
        "169.254.170.23",  # AWS, credentials of a pod
        "169.254.0.23",  # Tencent
        "fd00:ec2::254",  # AWS over IPv6
        "fd00:ec2::23",  # AWS, credentials of a pod over IPv6
        "fd20:ce::254",  # Google over IPv6
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's host
        "192.0.0.192",  # Oracle
    )
)
METADATA_NAMES: frozenset[str] = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
        "instance-data",
        "instance-data.ec2.internal",
    }
)


class Kind(StrEnum):
    """What an address is, in the words of the refusal."""

    METADATA = "a cloud's metadata address"
    UNSPECIFIED = "an unspecified address"
    MULTICAST = "a multicast address"
    BROADCAST = "a broadcast or reserved address"
    LINK_LOCAL = "a link-local address"
    LOOPBACK = "this machine itself"
    PRIVATE = "a private address"
    PUBLIC = "a public address"


@dataclass(frozen=True)
class Refusal:
    """Why no request may go to an address, as a sentence for people, and what to do about that."""

    sentence: str
    hint: str


FOLLOWS_THE_SETTING: frozenset[Kind] = frozenset({Kind.LOOPBACK, Kind.PRIVATE})

ASK = f"Use another address, or ask whoever runs the portal about {SETTING}."
NEVER = "Enter the address at which the provider itself answers. No setting of the portal opens this one."
NOT_LISTED = "and it is not among the networks listed for this team."
ASK_TO_LIST = "Use another address, or ask an administrator to list its network on the team’s page."
LISTENS = "Servers say that they listen there. Enter localhost, or the name of the machine that the server runs on."

_NETWORKS: tuple[tuple[Kind, Network], ...] = tuple(
    (kind, ip_network(text))
    for kind, text in (
        (Kind.UNSPECIFIED, "0.0.0.0/8"),
        (Kind.LOOPBACK, "127.0.0.0/8"),
        (Kind.LINK_LOCAL, "169.254.0.0/16"),
        (Kind.MULTICAST, "224.0.0.0/4"),
        (Kind.BROADCAST, "240.0.0.0/4"),
        (Kind.UNSPECIFIED, "::/128"),
        (Kind.LOOPBACK, "::1/128"),
        (Kind.LINK_LOCAL, "fe80::/10"),
        (Kind.MULTICAST, "ff00::/8"),
        (Kind.PRIVATE, "fec0::/10"),
    )
)
"""Read top to bottom; what is in none of them is private unless the whole internet can route it."""

_IN_LAST_BITS: tuple[IPv6Network, ...] = tuple(
    IPv6Network(text)
    for text in (
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated (SIIT)
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "::/96",  # IPv4-compatible, given up long ago but still understood
    )
)
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_SPECIAL_SELF = (IPv6Address("::"), IPv6Address("::1"))


def unwrapped(address: Address) -> Iterator[Address]:
    """The addresses that traffic to `address` may really reach: itself, or the IPv4 ones that it carries inside."""
    if isinstance(address, IPv4Address) or address in _SPECIAL_SELF:
        yield address
        return
    bits = int(address)
    inside = False
    if any(address in network for network in _IN_LAST_BITS):
        inside = True
        last = bits & 0xFFFFFFFF
        # RFC 6052, 2.2: behind a prefix of 48 bits they stand around the eighth byte
        around = (bits >> 64 & 0xFFFF) << 16 | bits >> 40 & 0xFFFF if address in _LOCAL_NAT64 else 0
        yield from {IPv4Address(number) for number in (last, around) if number or not (last or around)}
    if address.sixtofour is not None:
        inside = True
        yield address.sixtofour
    if address.teredo is not None:
        inside = True
        yield from address.teredo
    if bits >> 32 & 0xFDFFFFFF == 0x00005EFE:  # ISATAP, with its universal bit set or not
        yield IPv4Address(bits & 0xFFFFFFFF)
    if not inside:
        yield IPv6Address(bits)  # without its zone


def kind_of(address: Address) -> Kind:
    """What a single, already unwrapped address is."""
    if address in METADATA_ADDRESSES:
        return Kind.METADATA
    for kind, network in _NETWORKS:
        if address.version == network.version and address in network:
            return kind
    return Kind.PUBLIC if address.is_global else Kind.PRIVATE


def plain_host(host: str) -> str:
    """A host in its one plain spelling: lower-case, no brackets, no zone, no final dot, no look-alike characters."""
    text = unicodedata.normalize("NFKC", host).replace("。", ".").strip().strip("[]").lower()
    return text.split("%", 1)[0].rstrip(".")


def literal(host: str) -> Address | None:
    """The address that a host spells out, in any of the ways that a socket understands; None when it is a name."""
    text = plain_host(host)
    try:
        return ip_address(text)
    except ValueError:
        return _old_spelling(text)


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine itself, in any spelling; no name but localhost is known to be."""
    address = literal(host)
    if address is None:
        return plain_host(host) == "localhost"
    return any(kind_of(inner) is Kind.LOOPBACK for inner in unwrapped(address))


def _old_spelling(text: str) -> IPv4Address | None:
    """One to four numbers, each decimal, octal or hexadecimal, the last filling what is left: as `inet_aton` reads."""
    parts = text.split(".")
    if not 1 <= len(parts) <= 4:
        return None
    numbers = [_number(part) for part in parts]
    if None in numbers:
        return None
    *first, last = (number for number in numbers if number is not None)
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    whole = last
    for place, number in enumerate(first):
        whole |= number << 8 * (3 - place)
    return IPv4Address(whole)


def _number(part: str) -> int | None:
    if not part.isascii() or not part[:1].isdigit() or len(part) > 40:
        return None
    base = 16 if part.startswith("0x") else 8 if part.startswith("0") else 10
    try:
        return int(part, base) if "_" not in part else None
    except ValueError:
        return None


@dataclass(frozen=True)
class EgressPolicy:
    """What `PORTAL_PRIVATE_NETWORKS` says of loopback, private and carrier-grade-NAT addresses.

    `private` is "allow", "deny", or the networks that are allowed. For a team's provider `team` narrows that to the
    networks that an administrator listed for it, perhaps none. Raises `ValueError` on a network that is none.
    """

    private: Literal["allow", "deny"] | tuple[str, ...] | str = "allow"
    team: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.private, str) and self.private not in ("allow", "deny"):
            raise ValueError(f"{SETTING} is {self.private!r}; it is allow, deny, or a list of networks")
        self.networks  # noqa: B018 - a wrong network is refused here and not at the first request

    @property
    def networks(self) -> tuple[Network, ...]:
        return () if isinstance(self.private, str) else tuple(ip_network(text) for text in self.private)

    def of_team(self, networks: tuple[str, ...]) -> "EgressPolicy":
        """The policy for a team's providers: of what this one allows, the networks listed for the team."""
        return EgressPolicy(self.private, networks)

    def refusal(self, address: Address | str, name: str = "") -> Refusal | None:
        """Why no request may go to `address`; None when one may. `name` is what led to it."""
        outer = ip_address(address) if isinstance(address, str) else address
        for inner in unwrapped(outer):
            kind = kind_of(inner)
            if kind is Kind.PUBLIC:
                continue
            if kind in FOLLOWS_THE_SETTING and self._allows(inner):
                if self.team is None or _among(inner, self.team):
                    continue
                return Refusal(f"{_spelled(inner, outer, name)} is {kind}, {NOT_LISTED}", ASK_TO_LIST)
            return Refusal(_sentence(kind, inner, outer, name), _hint(kind))
        return None

    def refusal_of_host(self, host: str) -> Refusal | None:
        """The same for a host as it stands in a URL, before any lookup: names of metadata, addresses spelled out."""
        text = plain_host(host)
        if text in METADATA_NAMES:
            never = f"{text} is the name of {Kind.METADATA}. The portal never calls it, whatever {SETTING} says."
            return Refusal(never, NEVER)
        address = literal(text)
        return None if address is None else self.refusal(address, host)

    def _allows(self, address: Address) -> bool:
        if isinstance(self.private, str):
            return self.private == "allow"
        return _among(address, self.private)


def _among(address: Address, networks: tuple[str, ...]) -> bool:
    return any(address.version == network.version and address in network for network in map(ip_network, networks))


def _spelled(inner: Address, outer: Address, name: str) -> str:
    spelled = f"{outer} (that is {inner})" if inner != outer else str(inner)
    return f"{name} leads to {spelled}, which" if name and plain_host(name) != str(outer) else spelled


def _sentence(kind: Kind, inner: Address, outer: Address, name: str) -> str:
    spelled = _spelled(inner, outer, name)
    if kind in FOLLOWS_THE_SETTING:
        return f"{spelled} is {kind}, and {SETTING} does not allow it."
    return f"{spelled} is {kind}. The portal never calls it, whatever {SETTING} says."


def _hint(kind: Kind) -> str:
    if kind in FOLLOWS_THE_SETTING:
        return ASK
    return LISTENS if kind is Kind.UNSPECIFIED else NEVER
