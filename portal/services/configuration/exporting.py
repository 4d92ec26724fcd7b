"""Writing the document: everything that administrators typed, and no key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import yaml

from portal.domain.contexts import CONTEXTS
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.provider_headers import may_be_shown
from portal.domain.schedule import Probe
from portal.services import settings
from portal.services.configuration import allowances, applications, groups
from portal.services.configuration.document import FORMAT, VERSION
from portal.services.configuration.fields import MODEL, PROVIDER, SETTING
from portal.services.keys import headers as provider_headers
from portal.services.keys import references, shared_keys
from portal.services.language_models.view import draft_of
from portal.services.providers import registry
from portal.services.runtime import Runtime
from portal.store import catalog as stored_catalog
from portal.store import language_models, providers, schedules, teams
from portal.store import shared_keys as stored_keys
from portal.store.base import Session, reading
from portal.store.catalog import GATE_SETTINGS
from portal.store.providers import ProviderRecord


class Format(StrEnum):
    YAML = "yaml"
    JSON = "json"


HEAD = """\
# The configuration of an LLM Portal: contexts, teams, roles, providers, models, applications, overrides, gates,
# settings, limits and budgets. There is no key in it, and of people only the e-mail addresses of those who have a limit
# or a budget.
# Read it in with Settings, Import, or with: flask config import FILE
"""

TOKENS = "what {count} access token{s} may send or spend: a token has no name that holds in another portal."
MAY = {
    "teams": (Permission.TEAM_MANAGE, "teams, which you may not manage."),
    "roles": (Permission.ROLE_MANAGE, "roles, which you may not manage."),
    "applications": (Permission.APPLICATION_VIEW, "applications, which you may not see."),
}
"""Sections that not everybody sees who may see the others."""


@dataclass(frozen=True)
class Exported:
    """A document, and what of the configuration is not in it, in words."""

    text: str
    filename: str
    mimetype: str
    left_out: tuple[str, ...] = ()


def export(actor: Actor, runtime: Runtime, format: Format = Format.YAML) -> Exported:
    """The whole configuration as a file. Raises `Denied`."""
    actor.require(Permission.SETTINGS_EDIT, Permission.PROVIDER_VIEW)
    with reading() as session:
        data = collect(session, runtime)
        tokens = allowances.of_tokens(session)
    left_out = [TOKENS.format(count=tokens, s="" if tokens == 1 else "s")] if tokens else []
    for section, (permission, said) in MAY.items():
        if not actor.may(permission):
            del data[section]
            left_out.append(said)
    name = f"llm-portal-{runtime.now():%Y-%m-%d}"
    if format is Format.JSON:
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
        return Exported(text, f"{name}.json", "application/json", tuple(left_out))
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
    said = "".join(f"# Left out: {sentence}\n" for sentence in left_out)
    return Exported(HEAD + said + text, f"{name}.yaml", "application/yaml", tuple(left_out))


def collect(session: Session, runtime: Runtime) -> dict[str, Any]:
    """The document as plain data, as this session sees it."""
    catalog = stored_catalog.read(session)
    owners = {team.id: team.name for team in teams.every(session)}
    living = providers.living(session)
    names = {provider.id: provider.name for provider in living}
    models = [entry for entry in catalog.models.values() if not entry.deleted and entry.provider_id in names]
    checked = schedules.every(session)
    address = {entry.id: f"{names[entry.provider_id]}:{entry.name}" for entry in models}
    return {
        FORMAT: VERSION,
        "teams": groups.collect_teams(session, address),
        "roles": groups.collect_roles(session, catalog.patterns),
        "contexts": {
            context.name: {
                "label": context.label,
                "explanation": context.explanation,
                "feature": context.feature,
                "capabilities": sorted(context.capabilities),
                "personal": context.personal,
            }
            for context in catalog.contexts.values()
            if context.name not in CONTEXTS
        },
        "providers": {
            provider.name: _provider(session, runtime, provider, owners, checked.get(provider.id))
            for provider in living
        },
        "models": _models(session, living, catalog.aliases),
        "default": address.get(catalog.default_id) if catalog.default_id else None,
        "applications": applications.collect(session),
        "overrides": {
            name: {"model": address[pin.model_id], "effort": pin.effort}
            for name, pin in sorted(catalog.admin_overrides.items())
            if pin.model_id in address
        },
        "gates": {gate: bool(getattr(catalog.gates, gate)) for gate in GATE_SETTINGS},
        "settings": _settings(session, runtime),
        **allowances.collect(session, runtime),
    }


def _provider(
    session: Session,
    runtime: Runtime,
    provider: ProviderRecord,
    owners: dict[UUID, str],
    checked: tuple[int, str] | None,
) -> dict[str, Any]:
    draft = registry.draft_of(session, provider)
    values = {name: getattr(draft, name) for name in PROVIDER if hasattr(draft, name)}
    values |= {"settings": dict(provider.settings), "enabled": provider.enabled}
    values["team"] = owners.get(provider.team_id, "") if provider.team_id else ""
    interval, probe = checked or (None, Probe.LIST.value)
    values |= {"check_minutes": interval and _minutes(interval), "check_by": probe}
    values["headers"] = [
        {"name": header.name, "value": header.value} if may_be_shown(header) else {"name": header.name, "secret": True}
        for header in provider_headers.typed_of(session, provider.id)
    ]
    values["keys"] = [
        {"environment": _variables(named)} | _kind(row.kind)
        for row in stored_keys.of_provider(session, provider.id)
        if (named := shared_keys.variables_of(runtime, row))
    ]
    return {name: values[name] for name in PROVIDER}


def _minutes(seconds: int) -> int | float:
    return seconds // 60 if seconds % 60 == 0 else seconds / 60


def _variables(named: dict[str, str]) -> str | dict[str, str]:
    return named["key"] if set(named) == {"key"} else named


def _kind(kind: str) -> dict[str, str]:
    behind = references.kind_behind(kind)
    return {} if behind == "key" else {"kind": behind}


def _models(session: Session, living: list[ProviderRecord], aliases: Mapping[str, UUID]) -> list[dict[str, Any]]:
    """In their order, which an import into an empty portal gives them again."""
    found = []
    named: dict[UUID, list[str]] = {}
    for alias, id in sorted(aliases.items()):
        named.setdefault(id, []).append(alias)
    for provider in living:
        for record in language_models.living_of(session, provider.id):
            draft = draft_of(record)
            values = {name: _plain(getattr(draft, field.draft_name, None)) for name, field in MODEL.items()}
            values |= {"provider": provider.name, "aliases": named.get(record.id, [])}
            found.append((record.position, values))
    return [values for _, values in sorted(found, key=lambda pair: pair[0])]


def _settings(session: Session, runtime: Runtime) -> dict[str, Any]:
    draft = settings.draft_in(session, runtime)
    return {name: getattr(draft, field.draft_name) for name, field in SETTING.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if hasattr(value, "items") else value
