"""What one would do about a layer that was skipped, and where: one or two sentences for each reason."""

from portal.domain.catalog_entries import ModelEntry
from portal.domain.explanation import Barrier, barrier
from portal.domain.gates import PERSONAL_OVERRIDES
from portal.domain.permissions import Permission
from portal.domain.reasons import Layer, Reason
from portal.services.explain.case import Case
from portal.services.explain.words import Place, Remedy, feature_of

ROLES_NAMED = 3


def remedies(case: Case, reason: Reason, layer: Layer, entry: ModelEntry | None) -> tuple[Remedy, ...]:
    """For this reason at this layer; none where nothing needs to be done."""
    if reason is Reason.GATE_OFF:
        otherwise = "An administrator can turn them on."
        return (Remedy("Turn personal overrides on", Place.GATE, PERSONAL_OVERRIDES, otherwise),)
    if reason is Reason.MODEL_DELETED or entry is None:
        return _choose_again(case, layer)
    if reason is Reason.NO_CREDENTIAL:
        return _keys(case, entry)
    if reason is Reason.NOT_ALLOWED:
        return _access(case, entry)
    found = _plain(case, entry).get(reason)
    return (found,) if found else ()


def _plain(case: Case, entry: ModelEntry) -> dict[Reason, Remedy]:
    """The reasons that one place decides."""
    provider, model = case.catalog.providers[entry.provider_id], str(entry.id)
    team, by_admin = str(provider.team_id or case.subject.team_id or ""), "An administrator can turn it on."
    offer = f"Offer it for {feature_of(case.context)}"
    return {
        Reason.MODEL_DISABLED: Remedy(f"Turn {entry.display_name} on", Place.MODEL, model, by_admin),
        Reason.PROVIDER_DISABLED: Remedy(f"Turn {provider.label} on", Place.PROVIDER, provider.name, by_admin),
        Reason.NOT_ENTITLED: Remedy("Entitle the team", Place.TEAM, team, "An administrator can entitle the team."),
        Reason.MISSING_FEATURE: Remedy(offer, Place.MODEL, model, "An administrator can offer it for this."),
        Reason.MISSING_CAPABILITY: Remedy("See what it can do", Place.MODEL, model, "Choose one that can."),
    }


def _choose_again(case: Case, layer: Layer) -> tuple[Remedy, ...]:
    chat = str(case.question.chat_id or "")
    found = {
        Layer.PERSONAL_OVERRIDE: Remedy("Choose another one in Agents", Place.OWN_OVERRIDES)
        if case.voice.me
        else Remedy(f"{case.voice.opening} can choose another one in Agents"),
        Layer.ADMIN_OVERRIDE: Remedy("Pin another one", Place.OVERRIDES, "", "An administrator can pin another one."),
        Layer.CHAT_MODEL: Remedy("Choose another one in the chat", Place.CHAT if chat else None, chat),
        Layer.TEAM_DEFAULT: Remedy("The team’s managers can choose another one"),
    }.get(layer)
    return (found,) if found else ()


def _keys(case: Case, entry: ModelEntry) -> tuple[Remedy, ...]:
    provider = case.catalog.providers[entry.provider_id]
    text, otherwise = f"Give {provider.label} a shared key", "An administrator can give it a shared key."
    shared = Remedy(text, Place.PROVIDER, provider.name, otherwise)
    if not case.catalog.gates.personal_keys or not case.subject.may(Permission.PERSONAL_KEY):
        return (shared,)
    if case.voice.me:
        return Remedy(
            "Save a key of your own", Place.OWN_KEYS, provider.name, "You can save a key of your own."
        ), shared
    return Remedy(f"{case.voice.opening} can save a key in API keys"), shared


def _access(case: Case, entry: ModelEntry) -> tuple[Remedy, ...]:
    found, team = barrier(entry, case.who, case.catalog), case.subject.team
    if found is Barrier.EXCLUSIVE:
        otherwise = "An administrator can change the team."
        return (Remedy(f"Change {team}", Place.TEAM, str(case.subject.team_id), otherwise),)
    if found is not Barrier.PATTERNS:
        return ()
    limited = [role for role in case.subject.roles if case.catalog.patterns.get(role.id)]
    otherwise = f"An administrator can change what {case.voice.own} roles reach."
    return tuple(
        Remedy(f"Change what {role.name} reaches", Place.ROLE, str(role.id), otherwise if number == 0 else "")
        for number, role in enumerate(limited[:ROLES_NAMED])
    )
