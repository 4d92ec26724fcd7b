"""Every house rule holds, every escape says why, and every rule finds what breaks it."""

import ast
from pathlib import Path

import pytest

from tests.house.rules.__main__ import told
from tests.house.rules.asked import ASKED
from tests.house.rules.base import ROOT, Finding, Rule, Source, at, judge, per_file, sources, unreadable
from tests.house.rules.floors import WINGS
from tests.house.rules.imports import rising
from tests.house.rules.registry import NAMES, RULES

EXAMPLES = [(rule, path) for rule in RULES for path in rule.broken]
MODEL = [(rule, path) for rule in RULES for path in rule.kept]


def named(value: object) -> str:
    return value.name if isinstance(value, Rule) else str(value)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_holds(rule: Rule):
    judgement = judge(rule, sources())
    assert not [str(finding) for finding in judgement.findings], rule.reason
    assert not [f"{escape.path}:{escape.line} escapes nothing" for escape in judgement.idle]


@pytest.mark.parametrize(("rule", "path"), EXAMPLES, ids=named)
def test_a_rule_finds_what_breaks_it(rule: Rule, path: str):
    assert rule.tried(path, rule.broken[path])


@pytest.mark.parametrize(("rule", "path"), MODEL, ids=named)
def test_a_rule_lets_what_keeps_it_pass(rule: Rule, path: str):
    assert not rule.tried(path, rule.kept[path])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_has_an_example_of_each_kind(rule: Rule):
    assert rule.broken
    assert rule.kept


def test_names_are_given_once():
    names = [*NAMES, *(law.name for law in ASKED)]
    assert len(set(names)) == len(names)


def test_every_escape_is_from_a_rule_and_says_why():
    assert not [str(finding) for finding in unreadable(sources(), NAMES)]


@pytest.mark.parametrize("law", ASKED, ids=lambda law: law.name)
def test_what_is_asked_of_a_running_portal_has_its_test(law):
    assert "def test_" in Path(ROOT / law.test).read_text(encoding="utf-8")


def test_the_list_names_every_rule_and_finds_nothing_wrong():
    lines, wrong = told()
    assert [line.split()[0] for line in lines] == [*NAMES, *(law.name for law in ASKED)]
    assert not wrong


def stops(source: Source) -> list[Finding]:
    return [at(source, node, "stops") for node in source.nodes if isinstance(node, ast.Call)]


NO_CALL = Rule("no-call", "an example", per_file(stops), {}, {})


@pytest.mark.parametrize(
    "text",
    [
        "stop()  # house: no-call because it is an example\n",
        "# house: no-call because it is an example\nstop()\n",
        "stop(\n    1,\n)  # house: no-call because the call ends here\n",
    ],
)
def test_an_escape_lets_its_line_off(text: str):
    judgement = judge(NO_CALL, [Source("x.py", text)])
    assert not judgement.findings
    assert len(judgement.escapes) == 1
    assert not judgement.idle


@pytest.mark.parametrize(
    "text",
    [
        "stop()\n# house: no-call because it comes too late\n",
        "x = 1  # house: no-call because it stands on another line\nstop()\n",
        'stop()\n"# house: no-call because a string is no comment"\n',
        "stop()  # house: no-call\n",
        "stop()  # house: other because it is from another rule\n",
    ],
)
def test_what_stands_elsewhere_lets_nothing_off(text: str):
    assert judge(NO_CALL, [Source("x.py", text)]).findings


def test_an_escape_from_nothing_is_found():
    idle = judge(NO_CALL, [Source("x.py", "x = 1  # house: no-call because there was one here once\n")]).idle
    assert [escape.line for escape in idle] == [1]


@pytest.mark.parametrize(
    "comment", ["no-such-rule because of a slip", "no-hidden-import", "no-hidden-import because", "because I may"]
)
def test_an_escape_from_no_rule_or_without_a_reason_is_found(comment: str):
    assert unreadable([Source("x.py", f"x = 1  # house: {comment}\n")], NAMES)


def test_an_arrow_that_runs_up_is_seen_with_both_its_ends():
    assert rising("portal.services.keys.pools", "portal.services.providers.registry")
    assert rising("portal.services.upstream.calls", "portal.services.overview")
    assert not rising("portal.services.providers.registry", "portal.services.keys.pools")
    assert not rising("portal.services.keys.pools", "portal.services.keys.shared_keys")
    rule = next(rule for rule in RULES if rule.name == "wings-go-one-way")
    found = rule.tried("portal/services/keys/pools.py", "from portal.services.providers import registry\n")
    assert "portal.services.keys.pools → portal.services.providers.registry" in str(found[0])
    assert all(f"'{wing}'" in str(found[0]) for wing in ("keys", "providers"))
    assert {"keys", "providers"} <= set(WINGS["services"])
