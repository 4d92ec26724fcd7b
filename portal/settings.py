"""The settings of a deployment, read once from the environment: strict, frozen, every fault named at once."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "PORTAL_"
_KUBERNETES_NAME = re.compile(r"_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$")


class SettingsError(Exception):
    """The environment cannot be used. `faults` holds one sentence for each thing that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _text(value: str) -> str:
    return value


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _integer(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", value) or not least <= int(value) <= most:
            raise ValueError(f"is {value!r}; it is a whole number from {least} to {most}")
        return int(value)

    return read


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError(f"is {value!r}; it is an address like https://portal.example.org")
    return value.rstrip("/")


def _database(value: str) -> str:
    if value.startswith(("postgres://", "postgresql://")):
        value = "postgresql+psycopg://" + value.split("://", 1)[1]
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("is not a sqlite:/// or postgresql:// address")
    return value


def _private_networks(value: str) -> str | tuple[str, ...]:
    if value in ("allow", "deny"):
        return value
    try:
        return tuple(str(ipaddress.ip_network(part.strip())) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"is {value!r}; it is allow, deny, or networks like 10.0.0.0/8, 192.168.1.0/24") from error


def _names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if wrong := next((name for name in names if not re.fullmatch(r"(?!PORTAL_)[A-Za-z_][A-Za-z0-9_]*", name)), ""):
        raise ValueError(f"names {wrong!r}; it is a list like ACME_KEY, OTHER_KEY, and none of the portal’s own")
    return names


def _proxies(value: str) -> int:
    return _integer(0, 10)(value)


def _log_format(value: str) -> str:
    if value not in ("text", "json"):
        raise ValueError(f"is {value!r}; it is text or json")
    return value


def _http_url(value: str) -> str:
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise ValueError(f"is {value!r}; it is an address like http://proxy.example.org:3128")
    return value


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"is {value!r}; it is an address like redis://cache.example.org:6379/0")
    return value


def _setting(read: Callable[[str], Any], help: str, default: Any = None, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"read": read, "help": help, "secret": secret}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """What an operator decides outside the database. Field `x` is read from `PORTAL_X` or the file `PORTAL_X_FILE`."""

    data_dir: Path = _setting(_path, "where the database and the key files live", Path("instance"))  # noqa: RUF009
    database_url: str = _setting(_database, "SQLite in the data directory unless set", "", secret=True)
    database_connections: int = _setting(_integer(2, 1000), "connections to the database that one process makes", 20)
    public_url: str = _setting(_public_url, "the address people open; decides links, Secure cookies, trusted hosts", "")
    secret_key: str = _setting(_text, "signs the session cookie; else a file made at first start", "", secret=True)
    master_key: str = _setting(_text, "encrypts keys; newest first, separated by commas", "", secret=True)
    host: str = _setting(_text, "the address the server listens on", "127.0.0.1")
    port: int = _setting(_integer(1, 65535), "the port the server listens on", 8000)
    threads: int = _setting(_integer(4, 1024), "requests served at once by one process", 640)
    admin_email: str = _setting(_text, "makes the first administrator, with the password below", "")
    admin_password: str = _setting(_text, "the first administrator's password", "", secret=True)
    session_hours: int = _setting(_integer(1, 720), "how long a sign-in lasts", 12)
    fresh_minutes: int = _setting(
        _integer(0, 43200),
        "how long a password counts for what hands out power or cannot be undone; 0 asks no more",
        30,
    )
    private_networks: str | tuple[str, ...] = _setting(
        _private_networks,
        "may providers live on private addresses: allow, deny, or a list of networks",
        "allow",
    )
    key_variables: tuple[str, ...] = _setting(
        _names, "further variables of the server that may hold keys of providers, separated by commas", ()
    )
    egress_proxy: str = _setting(_http_url, "a mandatory proxy for calls to providers", "", secret=True)
    ca_bundle: str = _setting(_text, "a file of certificate authorities to trust instead of the public ones", "")
    redis_url: str = _setting(
        _redis, "a Redis that counts requests against limits, in the place of the database", "", secret=True
    )
    trusted_proxies: int = _setting(_proxies, "how many reverse proxies stand before the portal", 0)
    log_format: str = _setting(_log_format, "text or json", "text")

    sources: Mapping[str, str] = field(default_factory=dict)
    """For each setting that is not its default: the variable it came from."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """For each setting that was read from a file: that file."""
    ignored: tuple[str, ...] = ()
    """Variables that look like the portal's but were put there by Kubernetes."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read `PORTAL_…` and `PORTAL_…_FILE`. Raises `SettingsError` naming every fault."""
        known = {PREFIX + item.name.upper(): item for item in fields(cls) if "read" in item.metadata}
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        files: dict[str, Path] = {}
        faults: list[str] = []
        ignored: list[str] = []
        for variable in sorted(name for name in environ if name.startswith(PREFIX)):
            raw = environ[variable]
            name = variable.removesuffix("_FILE") if variable not in known else variable
            if _from_kubernetes(variable, raw, variable in known):
                ignored.append(variable)
                continue
            if name not in known:
                faults.append(f"{variable} is not a setting of the portal. Remove it, or correct its spelling.")
                continue
            if name in sources.values() or (name != variable and name in environ):
                faults.append(f"{name} and {name}_FILE are both set. Keep one.")
                continue
            if name != variable:
                file = Path(raw)
                try:
                    raw = file.read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    faults.append(f"{variable} names a file that cannot be read: {_reason(error)}.")
                    continue
            item = known[name]
            if not raw.strip():
                faults.append(f"{variable} is empty. Give it a value, or remove it.")
                continue
            try:
                values[item.name] = item.metadata["read"](raw.strip())
            except ValueError as error:
                told = "has a value that cannot be used" if item.metadata["secret"] else str(error)
                faults.append(f"{variable} {told}.")
                continue
            sources[item.name] = variable
            if name != variable:
                files[item.name] = file.resolve()
        faults += _together(values)
        if faults:
            raise SettingsError(faults)
        return cls(**values, sources=sources, files=files, ignored=tuple(ignored))

    @property
    def database(self) -> str:
        """The database's address, the default included."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'portal.sqlite3').resolve()}"

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")


def _together(values: Mapping[str, Any]) -> list[str]:
    faults = []
    if ("admin_email" in values) != ("admin_password" in values):
        faults.append("PORTAL_ADMIN_EMAIL and PORTAL_ADMIN_PASSWORD belong together. Set both, or neither.")
    password = values.get("admin_password")
    if password is not None and not 12 <= len(password) <= 1024:
        faults.append("PORTAL_ADMIN_PASSWORD has the wrong length. Use 12 to 1024 characters.")
    bundle = values.get("ca_bundle")
    if bundle and not Path(bundle).is_file():
        faults.append(f"PORTAL_CA_BUNDLE is {bundle!r}, which is not a file.")
    return faults


def _from_kubernetes(variable: str, value: str, known: bool) -> bool:
    """Kubernetes gives each container the links of a service called "portal": PORTAL_PORT=tcp://…, and so on."""
    if known:
        return value.startswith(("tcp://", "udp://"))
    return bool(_KUBERNETES_NAME.search(variable))


def _reason(error: Exception) -> str:
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else "it is not text"
