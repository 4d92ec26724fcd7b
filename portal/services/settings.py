"""The deployment's settings: those of the environment, to be read, and those in the database, to be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from portal.dialects.secret import Secret
from portal.domain import versions
from portal.domain.attachments import SIZES, SIZES_ALLOWED, Sizes
from portal.domain.chats import FALLBACK_REPLY
from portal.domain.errors import Denied, Invalid
from portal.domain.origins import origin_of
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.webhooks import secret_fault, shortened, url_fault
from portal.services.audit import trail as audit_trail
from portal.services.chat import shelves
from portal.services.chat.attachments import SETTINGS as SIZE_SETTINGS
from portal.services.chat.writer import FALLBACK_SETTING
from portal.services.encryption import encrypted_settings
from portal.services.health import retention as check_retention
from portal.services.runtime import Runtime
from portal.services.usage import retention as usage_retention
from portal.services.webhooks import delivery as webhook_delivery
from portal.services.webhooks.delivery import DeliveryView
from portal.settings import PREFIX, Settings
from portal.store import settings as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog

LONGEST_REPLY = 2000
DEFAULT, DATABASE = "default", "database"
OWN_FILES = {"secret_key": "secret.key", "master_key": "master.key"}
"""What the portal makes in its data directory where the environment gives none."""


@dataclass(frozen=True)
class Line:
    """One setting of the environment. `value` is a sentence where the value itself is a secret, or none is set."""

    variable: str
    help: str
    value: str
    source: str
    plain: bool


@dataclass(frozen=True)
class Draft:
    """What can be changed here, as it was typed. Blank takes the default; a blank secret keeps the stored one."""

    fallback_reply: str = ""
    retention_days: int | None = None
    webhook_url: str = ""
    webhook_secret: str = ""
    usage_days: int | None = None
    attachment_file: int | None = None
    attachment_chat: int | None = None
    attachment_person: int | None = None
    archive_days: int | None = None


@dataclass(frozen=True)
class Stored:
    """What is stored in the database, and what holds where nothing is. The webhook's address is shortened."""

    fallback_reply: str
    retention_days: int | None
    usage_days: int | None
    attachment_file: int | None
    attachment_chat: int | None
    attachment_person: int | None
    archive_days: int | None
    webhook_url: str
    webhook_signed: bool
    sources: Mapping[str, str]
    version: str
    """What the form is drawn from."""
    default_reply: str = FALLBACK_REPLY
    default_days: int = check_retention.DAYS
    default_usage_days: int = usage_retention.DAYS
    default_sizes: Sizes = SIZES


@dataclass(frozen=True)
class SettingsView:
    """Everything on the settings page. `proxied`: a proxy owns the check of addresses."""

    lines: tuple[Line, ...]
    stored: Stored
    deliveries: tuple[DeliveryView, ...]
    proxied: bool


def read(actor: Actor, runtime: Runtime) -> SettingsView:
    """Each setting with its value, where it comes from, and the last messages to the webhook."""
    _require(actor)
    with reading() as session:
        return SettingsView(
            lines=tuple(_lines(runtime.settings)),
            stored=_stored(session, runtime),
            deliveries=webhook_delivery.newest(session),
            proxied=bool(runtime.settings.egress_proxy),
        )


def change(actor: Actor, runtime: Runtime, draft: Draft, version: str | None = None) -> None:
    """Store what was typed, all of it or nothing.

    Raises `Invalid` naming each field that cannot be used; `Outdated` when somebody saved after `version` was drawn.
    """
    _require(actor)
    reply, url = draft.fallback_reply.strip(), draft.webhook_url.strip()
    values: dict[str, Any] = {
        FALLBACK_SETTING: reply if reply != FALLBACK_REPLY else None,
        check_retention.DAYS_SETTING: draft.retention_days,
        usage_retention.DAYS_SETTING: draft.usage_days,
        **{key: getattr(draft, f"attachment_{name}") for name, key in SIZE_SETTINGS.items()},
        shelves.DAYS_SETTING: draft.archive_days,
    }
    with transaction() as session:
        lock_catalog(session)  # a blank setting has no row of its own that could be locked
        before, known = _told(session, runtime), _address(session, runtime)
        same = bool(known) and url in (known, shortened(known))
        left = [
            *(["webhook_url"] if same else []),
            *(["webhook_secret"] if url and not draft.webhook_secret else []),
        ]
        versions.require("the settings", _fields(_found(session), known), version, kept=left)
        _refuse(reply, draft, "" if same else url)
        for name, value in values.items():
            if value:
                store.put(session, name, value, runtime.now())
            else:
                store.forget(session, name)
        if not same:
            webhook_delivery.keep_address(session, runtime, url)
        if not url:
            store.forget(session, encrypted_settings.WEBHOOK_SECRET)
        elif draft.webhook_secret:
            encrypted_settings.put(session, runtime, encrypted_settings.WEBHOOK_SECRET, Secret(draft.webhook_secret))
        after = _told(session, runtime)
        if url and not same:
            after["webhook address"] = "entered anew"
        if draft.webhook_secret and url:
            after["webhook secret"] = "entered anew"
        if before != after:
            audit_trail.record(
                session, runtime, actor, "settings.change", "settings", "settings", "settings", before, after
            )


def _refuse(reply: str, draft: Draft, url: str) -> None:
    faults: dict[str, str] = {}
    if len(reply) > LONGEST_REPLY:
        faults["fallback_reply"] = f"This has {len(reply):,} characters. Use at most {LONGEST_REPLY:,}."
    for name, days, (least, most), usual in (
        ("retention_days", draft.retention_days, check_retention.DAYS_ALLOWED, check_retention.DAYS),
        ("usage_days", draft.usage_days, usage_retention.DAYS_ALLOWED, usage_retention.DAYS),
        ("archive_days", draft.archive_days, shelves.DAYS_ALLOWED, "never"),
    ):
        if days is not None and not least <= days <= most:
            faults[name] = f"Use {least} to {most:,} days, or leave it blank for {usual}."
    for name, (least, most) in SIZES_ALLOWED.items():
        size = getattr(draft, f"attachment_{name}")
        if size is not None and not least <= size <= most:
            usual = getattr(SIZES, name)
            faults[f"attachment_{name}"] = f"Use {least} to {most:,} MiB, or leave it blank for {usual:,}."
    if fault := url_fault(url):
        faults["webhook_url"] = fault
    if fault := secret_fault(draft.webhook_secret):
        faults["webhook_secret"] = fault
    if faults:
        raise Invalid(faults)


def _address(session: Session, runtime: Runtime) -> str:
    webhook = webhook_delivery.read_webhook(session, runtime)
    return webhook.url if webhook else ""


def _stored(session: Session, runtime: Runtime) -> Stored:
    found, address = _found(session), _address(session, runtime)
    return Stored(
        fallback_reply=found[FALLBACK_SETTING] or "",
        retention_days=found[check_retention.DAYS_SETTING],
        usage_days=found[usage_retention.DAYS_SETTING],
        **{f"attachment_{name}": found[key] for name, key in SIZE_SETTINGS.items()},
        archive_days=found[shelves.DAYS_SETTING],
        webhook_url=shortened(address),
        webhook_signed=bool(found[encrypted_settings.WEBHOOK_SECRET]),
        sources={name: DATABASE if value else DEFAULT for name, value in found.items()},
        version=versions.version_of(_fields(found, address)),
    )


_NAMES = (
    FALLBACK_SETTING,
    check_retention.DAYS_SETTING,
    usage_retention.DAYS_SETTING,
    *SIZE_SETTINGS.values(),
    shelves.DAYS_SETTING,
    encrypted_settings.WEBHOOK_SECRET,
)


def _found(session: Session) -> dict[str, Any]:
    return {name: store.find(session, name) for name in _NAMES}


def _fields(found: Mapping[str, Any], address: str) -> versions.Fields:
    """What the form shows; of what it does not show whole, only whether it is still the same."""
    secret = found[encrypted_settings.WEBHOOK_SECRET]
    return {
        "fallback_reply": found[FALLBACK_SETTING] or "",
        "retention_days": found[check_retention.DAYS_SETTING],
        "usage_days": found[usage_retention.DAYS_SETTING],
        **{f"attachment_{name}": found[key] for name, key in SIZE_SETTINGS.items()},
        "archive_days": found[shelves.DAYS_SETTING],
        "webhook_url": versions.Stored(shortened(address), shortened(address) or "no address") if address else "",
        "webhook_secret": versions.Stored(secret, "another secret" if secret else "no secret"),
    }


def _told(session: Session, runtime: Runtime) -> dict[str, Any]:
    """The same for the audit trail: of the webhook only where it is, for its path may be as good as a password."""
    stored = _stored(session, runtime)
    return {
        "fallback reply": stored.fallback_reply or "the usual one",
        "days that checks are kept": stored.retention_days or check_retention.DAYS,
        "days that usage is kept": stored.usage_days or usage_retention.DAYS,
        **{
            f"MiB of attached files, one {name}": getattr(stored, f"attachment_{name}") or getattr(SIZES, name)
            for name in SIZE_SETTINGS
        },
        "days after which a chat is archived": stored.archive_days or "never",
        "webhook": origin_of(stored.webhook_url) if stored.webhook_url else "",
        "webhook signed": stored.webhook_signed,
    }


def _lines(settings: Settings) -> list[Line]:
    lines = []
    for item in fields(Settings):
        if "read" not in item.metadata:
            continue
        value, source = getattr(settings, item.name), settings.sources.get(item.name, DEFAULT)
        secret = item.metadata["secret"]
        said = ("set, and not shown" if value else _kept(settings, item.name)) if secret else _said(value)
        lines.append(Line(f"{PREFIX}{item.name.upper()}", item.metadata["help"], said or "not set", source, not secret))
    return lines


def _kept(settings: Settings, name: str) -> str:
    """Where the portal keeps a secret of its own making, when nobody set one."""
    file = settings.data_dir / OWN_FILES[name] if name in OWN_FILES else None
    return f"in the file {file}, made by the portal" if file and file.exists() else "not set"


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _require(actor: Actor) -> None:
    if not actor.may(Permission.SETTINGS_EDIT):
        raise Denied("You may not see settings. Ask an administrator for the permission.")
