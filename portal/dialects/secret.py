"""A key in memory, which nothing prints, compares by accident or pickles."""

import hashlib
from collections.abc import Callable


class Secret:
    """A key in memory. It prints as dots; only `portal.wire` and `portal.vault` call `reveal()`.

    A house test holds that law. Equality compares the content, so that a test can say what a request should carry.
    """

    __slots__ = ("_prefix", "_value")

    def __init__(self, value: str, prefix: str = "") -> None:
        self._value = value
        self._prefix = prefix

    def prefixed(self, prefix: str) -> "Secret":
        """The same secret behind a word, as `Bearer `."""
        return Secret(self._value, prefix + self._prefix)

    def reveal(self) -> str:
        return self._prefix + self._value

    def judged_by(self, rule: Callable[[str], str | None]) -> str | None:
        """What a rule about the shape of keys says of this one; its sentence never repeats the key."""
        return rule(self._value)

    def digest(self) -> str:
        """What is stored of a value that the portal made: random and long, so a plain hash gives nothing away."""
        return hashlib.sha256(self._value.encode()).hexdigest()

    def bare(self) -> str:
        """The content without its prefix: what redaction looks for."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is never pickled")
