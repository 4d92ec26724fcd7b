"""Of every section one bad entry: it is named with its place, and nothing of the file is done."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from portal.domain.errors import Invalid
from portal.services.configuration import importing
from portal.services.configuration.document import SECTIONS
from portal.services.configuration.fields import ENTRIES
from portal.services.runtime import Runtime
from tests.services.configuration.portals import ADA, file, furnish
from tests.services.configuration.test_round_trip import rows_now

BAD: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "contexts": (
        ({"Code Review": {"label": "x"}}, "contexts.Code Review.name"),
        ({"reading": {"label": ""}}, "contexts.reading.label"),
        ({"reading": {"label": "x", "colour": "red"}}, "contexts.reading"),
    ),
    "teams": (
        ({"": {}}, "teams..name"),
        ({"New": {"entitled": "perhaps"}}, "teams.New.entitled"),
        ({"New": {"private_networks": ["10.1.2.3/8"]}}, "teams.New.private_networks"),
        ({"Research": {"default": "acme:gpt-5.2"}}, "teams.Research.default"),
    ),
    "roles": (
        ({"New": {"permissions": ["fly"]}}, "roles.New.permissions"),
        ({"New": {"models": ["Not A:pattern"]}}, "roles.New.models"),
        ({"Administrator": {"permissions": ["chat.use"]}}, "roles.Administrator"),
        ({"New": None}, "roles.New"),
    ),
    "providers": (
        ({"New One": {"type": "openai"}}, "providers.New One"),
        ({"new": {"type": "watson"}}, "providers.new.type"),
        ({"acme": {"check_minutes": 0.5}}, "providers.acme.check_minutes"),
        ({"acme": {"check_by": "smell"}}, "providers.acme.check_by"),
        ({"acme": {"team": "Nobody at all"}}, "providers.acme.team"),
        ({"acme": {"team": [None]}}, "providers.acme.team"),
        ({"acme": {"keys": ["sk-proj-inventedinvented0031"]}}, "providers.acme.keys[1]"),
    ),
    "models": (
        ([{"provider": "nobody", "model_id": "x"}], "models[1].provider"),
        ([{"provider": "acme", "model_id": "x", "prices": {"input": "cheap"}}], "models[1].prices.input"),
        ([{"provider": "acme", "model_id": "x", "context_limit": -1}], "models[1].context_limit"),
        ([{"provider": "acme", "model_id": "x", "retires_on": "soon"}], "models[1].retires_on"),
        ([{"provider": "acme"}], "models[1].model_id"),
    ),
    "default": (("acme:gone", "default"),),
    "applications": (
        ({"New One": {"environments": {"a": "b"}}}, "applications.New One"),
        ({"new": {"environments": {}}}, "applications.new.environments"),
        ({"new": {"environments": {"a": None, "c": "d"}}}, "applications.new.environments"),
        ({"new": {"environments": {"a": "b"}, "models": [""]}}, "applications.new.models"),
        ({"new": {"environments": {"a": "b"}, "secret": "x"}}, "applications.new"),
        ({"new": None}, "applications.new"),
    ),
    "overrides": (
        ({"general": "acme:gone"}, "overrides.general.model"),
        ({"never": "acme:gpt-5.2"}, "overrides.never"),
    ),
    "gates": (({"ai": "perhaps"}, "gates.ai"), ({"door": True}, "gates.door")),
    "settings": (
        ({"usage_days": 0.5}, "settings.usage_days"),
        ({"attachment_file": 9_999}, "settings.attachment_file"),
    ),
    "limits": (
        ({"providers": {"acme": {"per_minute": 0}}}, "limits.providers.acme.per_minute"),
        ({"people": {"gone@example.org": {"per_day": 1}}}, "limits.people.gone@example.org"),
        ({"people": {"uma@example.org": {"amount": 1}}}, "limits.people.uma@example.org"),
        ({"tokens": {"laptop": {"per_day": 1}}}, "limits.tokens"),
        ({"teams": {}}, "limits.teams"),
        ([], "limits"),
    ),
    "budgets": (
        ({"people": {"eve@example.org": {"amount": -1}}}, "budgets.people.eve@example.org.amount"),
        ({"people": {"eve@example.org": {"amount": "1e999"}}}, "budgets.people.eve@example.org.amount"),
        ({"roles": {"Nobody here": {"amount": 1}}}, "budgets.roles.Nobody here"),
        ({"teams": {"Research": {"amount": 2_000_000}}}, "budgets.teams.Research.amount"),
        ({"members": {"Research": {"raised_to": 1}}}, "budgets.members.Research.raised_until"),
        ({"members": {"Research": {"raised_until": "soon"}}}, "budgets.members.Research.raised_until"),
        ({"unpriced_models": "perhaps"}, "budgets.unpriced_models"),
    ),
}

GOOD = "llm_portal: 1\nproviders: {fresh: {type: ollama, base_url: 'http://localhost:11434/v1'}}\nroles: {Fresh: {}}\n"


def test_every_section_has_a_bad_entry_here():
    assert list(BAD) == list(SECTIONS)
    assert SECTIONS.keys() >= ENTRIES.keys()


@pytest.mark.parametrize("section", SECTIONS)
def test_one_bad_entry_changes_nothing_and_names_it(runtime: Runtime, section: str):
    furnish(runtime)
    before = rows_now()
    for entries, place in BAD[section]:
        good = yaml.safe_load(GOOD)
        whole = good | {section: {**good.get(section, {}), **entries} if isinstance(entries, dict) else entries}
        given = file(yaml.safe_dump(whole, sort_keys=False))
        plan = importing.rehearse(ADA, runtime, given)
        assert [note.place for note in plan.faults] == [place]
        assert all(note.said.endswith(".") for note in plan.faults)
        assert plan.count > 0, "the rest would be read in"
        with pytest.raises(Invalid) as refused:
            importing.apply(ADA, runtime, given)
        assert list(refused.value.faults) == [place]
        assert rows_now() == before
