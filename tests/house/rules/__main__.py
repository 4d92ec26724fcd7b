"""`make rules`: each rule with its reason and how many lines escape it; then what breaks them. Fails when one does."""

import sys

from tests.house.rules.asked import ASKED
from tests.house.rules.base import Finding, judge, sources, unreadable
from tests.house.rules.registry import NAMES, RULES


def told() -> tuple[list[str], list[Finding]]:
    """The lines of the list, and everything that is wrong."""
    width = max(len(name) for name in [*NAMES, *(law.name for law in ASKED)])
    reasons = max(len(law.reason) for law in [*RULES, *ASKED])
    lines, wrong = [], unreadable(sources(), NAMES)
    for rule in RULES:
        judgement = judge(rule, sources())
        count = len(judgement.escapes)
        lines.append(f"{rule.name:{width}}  {rule.reason:{reasons}}  {count} {'escape' if count == 1 else 'escapes'}")
        wrong += [Finding(found.path, found.line, f"{rule.name}: {found.told}") for found in judgement.findings]
        wrong += [Finding(idle.path, idle.line, f"{rule.name}: escapes nothing") for idle in judgement.idle]
    lines += [f"{law.name:{width}}  {law.reason:{reasons}}  {law.test}" for law in ASKED]
    return lines, wrong


def main() -> int:
    lines, wrong = told()
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stderr.write("".join(f"{found}\n" for found in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
