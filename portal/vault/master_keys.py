"""Master keys: an ordered list, newest first, from a variable or from a file that only its owner reads."""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet

from portal.domain.errors import Unavailable

_LABEL = b"llm-portal master key id\0"


class MasterKeyError(Unavailable):
    """The master keys cannot be used as they are. Its text is one sentence for whoever runs the portal."""


@dataclass(frozen=True, repr=False)
class MasterKey:
    """One master key. `id` is derived from the key, so equal ids mean equal keys; it says nothing about the key."""

    id: str
    text: str
    fernet: Fernet

    @classmethod
    def of(cls, text: str) -> "MasterKey":
        """Raises `ValueError` unless `text` is a Fernet key: 32 bytes in URL-safe base64."""
        return cls(hashlib.sha256(_LABEL + text.encode()).hexdigest()[:16], text, Fernet(text))

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


def new_master_key() -> str:
    return Fernet.generate_key().decode()


def _parse(text: str, where: str) -> tuple[MasterKey, ...]:
    """The keys in `text`, parted by commas or lines. Raises `MasterKeyError`; the text itself is never repeated."""
    found: dict[str, MasterKey] = {}
    for number, part in enumerate(re.split(r"[,\s]+", text.strip().strip(",")), start=1):
        try:
            key = MasterKey.of(part)
        except ValueError as error:
            raise MasterKeyError(
                f"Master key number {number} in {where} is not a Fernet key. "
                "Use the 44 characters that `flask keys new` prints, commas between keys, the newest first."
            ) from error
        found.setdefault(key.id, key)
    return tuple(found.values())


class MasterKeySource(Protocol):
    """Where master keys come from. `rotates` says whether the portal may write there."""

    name: str
    rotates: bool

    def read(self) -> tuple[MasterKey, ...]:
        """The keys, newest first; none when there is no such file yet."""
        ...

    def make(self) -> None:
        """Make the very first key, unless another process just did."""
        ...

    def prepend(self, newest: str) -> None: ...
    def remove(self, ids: frozenset[str]) -> None: ...


class GivenKeys:
    """Keys from the environment: whoever set the variable changes it, not the portal."""

    name = "PORTAL_MASTER_KEY"
    rotates = False

    def __init__(self, text: str) -> None:
        self._keys = _parse(text, self.name)

    def read(self) -> tuple[MasterKey, ...]:
        return self._keys

    def make(self) -> None:
        raise self._not_ours()

    def prepend(self, newest: str) -> None:  # noqa: ARG002 - the protocol's shape
        raise self._not_ours()

    def remove(self, ids: frozenset[str]) -> None:  # noqa: ARG002 - the protocol's shape
        raise self._not_ours()

    def _not_ours(self) -> MasterKeyError:
        return MasterKeyError(f"The portal cannot change {self.name}. Change it where it is set.")


class KeyFile:
    """Keys in a file of mode 0600, one a line. It is replaced as a whole, so a reader never meets half of it."""

    rotates = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def read(self) -> tuple[MasterKey, ...]:
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise MasterKeyError(f"The master key file {self.path} cannot be read: {_reason(error)}.") from error
        return _parse(text, f"the file {self.path}")

    def make(self) -> None:
        """Two processes that start at once agree on one file: the link of the second fails, and its draft goes."""
        with _os_errors_explained(self.path), self._draft([new_master_key()]) as draft:
            with contextlib.suppress(FileExistsError):
                os.link(draft, self.path)
            _flush_directory(self.path.parent)

    def prepend(self, newest: str) -> None:
        """Put a new key first, unless another process already put one before `newest`, which was first till now."""
        self._change(lambda keys: [new_master_key(), *keys] if MasterKey.of(keys[0]).id == newest else keys)

    def remove(self, ids: frozenset[str]) -> None:
        """Remove these keys, and no other."""
        self._change(lambda keys: [key for key in keys if MasterKey.of(key).id not in ids])

    def _change(self, change: Callable[[list[str]], list[str]]) -> None:
        with _os_errors_explained(self.path), self._alone():
            keys = change([key.text for key in self.read()])
            with self._draft(keys) as draft:
                os.rename(draft, self.path)
                _flush_directory(self.path.parent)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One changer at a time: the lock is on a file beside, since the file itself is replaced."""
        descriptor = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _draft(self, keys: list[str]) -> Iterator[Path]:
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as handle:
                handle.write("".join(f"{key}\n" for key in keys))
                handle.flush()
                os.fsync(handle.fileno())
            yield draft
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _os_errors_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MasterKeyError(
            f"The master key file {path} cannot be written: {_reason(error)}. "
            "Give this user the right to write there, or set PORTAL_MASTER_KEY."
        ) from error


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else "it is not text"
