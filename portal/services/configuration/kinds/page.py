"""The page of documentation about configuration as a file, written from the tables that drive the readers."""

from collections.abc import Mapping

from portal.services.configuration.document import FORMAT, SECTIONS, VERSION
from portal.services.configuration.fields import ENTRIES, Field
from portal.services.configuration.files import DEEPEST, MOST_BYTES, MOST_VALUES
from portal.services.configuration.kinds import FOREIGN
from portal.services.configuration.kinds.reading import Rows

HEAD = f"""\
# Configuration as a file

*Settings, Export or import* and `flask config` write and read one document in YAML or JSON.

    flask config export > portal.yaml          # or --json; without any key
    flask config import portal.yaml --dry-run  # what it would change
    flask config import portal.yaml            # asks first; --yes does not

- **It says all that administrators decided**: read into an empty portal, it makes the same catalog, overrides, gates,
  roles, teams, applications, limits and budgets. What is not in it, and why, stands below.
- **No key leaves the portal.** Keys, secret headers and the webhook are not exported. A key that is a *reference* is:
  `keys: [{{environment: OPENAI_API_KEY}}]` names a variable of the server, which is read at each request and never
  stored. A reference may name the variables of a provider's own type, towards that type's own hosts, and those that
  `PORTAL_KEY_VARIABLES` lists.
- **First a plan, then the deed.** An import is rehearsed: everything is done and taken back, and what the audit trail
  would have said is the plan. The deed is one transaction, and holds for the file and the portal that were looked at:
  when either is another, it is refused and the plan is shown anew.
- **All or nothing.** An entry that cannot be used is named with its place, and nothing is changed while there is one;
  `--leave-out`, or the box on the page, imports the rest without such entries.
- **What a file does not mention stays as it is.** Nothing is deleted by an import; `overrides: {{general: }}` takes a
  pin off. Reading a file in twice changes nothing the second time.
- **Bounds**: {MOST_BYTES // 1024} KiB, {MOST_VALUES:,} values with those that aliases repeat, {DEEPEST} levels.
  A name that stands twice is named. A number stands as it is written: `1.10` is a version, `010` a word, and `yes` is a
  switch only where a switch is asked for. YAML's tags are not read.

## The portal's own document

`{FORMAT}: {VERSION}` says what it is. Its sections:

"""

PARTED = """
`limits` has the parts `providers`, `people` and `applications`; `budgets` has `people`, `roles`, `teams` (all members
together), `members` (each member of a team), `applications` and `unpriced_models`: whether people with a budget may use
models of unknown price. Providers, roles, teams and applications are named as they are called here, people by their
e-mail addresses; each has to be there already, or come in the same file. An entry without fields (`uma@example.org:`)
takes away what was set.

What is not in it:

- **Keys, secret headers, the webhook**: they are secrets. Enter them by hand; an import names each that is missing.
- **Limits and budgets of access tokens**: a token has no name that holds in another portal. An export says how many.
- **Keys of applications**, secret or public: one that is not there yet is registered without any, which is said, and
  none of its tokens works until it is given one on its page. One that is there keeps those that it has.
- **People**, who is in which team and holds which role: accounts are not configuration. Personal keys and overrides are
  their own.
- **The roles that ship with the portal**: they are the same everywhere.
- **What was seen or counted**: checks, pauses, what discovery found, usage, chats, the audit trail, and what is spent
  of a budget. A raise that is over is not written either.
- **What is deleted**, and the settings of the environment.
- **Roles and teams**, for whoever may not manage them, and **applications**, for whoever may not see them; an export
  says so.
"""

FOREIGN_HEAD = """\
## Files of other programs

They are read as they are. References, `os.environ/NAME`, `${NAME}`, `${{ secrets.NAME }}` and `{env:NAME}`, stay
references where a key stands; an address that is one has to be written out. A variable that may not hold a key here is
named with what to do instead, and the provider is connected without it. A name of a provider that is not allowed
here becomes the nearest that is, which is said. Keys in a file are encrypted as though they were typed in, and are in
no plan.

In the tables, what is *taken* says what it becomes; what is *left out* or *cannot be expressed* is named when the file
is looked at. So is each field that no table has.

"""


def page() -> str:
    parts = [HEAD, *(f"- `{name}`: {says}\n" for name, says in SECTIONS.items())]
    for section, fields in ENTRIES.items():
        parts += [f"\n### `{section}`\n\n", *_fields(fields)]
    parts += [PARTED, "\n", FOREIGN_HEAD]
    for kind in FOREIGN:
        parts.append(f"### {kind.KIND}\n\n")
        for title, rows in kind.TABLES.items():
            parts += [f"{title}:\n\n", *_rows(rows), "\n"]
    return "".join(parts).rstrip() + "\n"


def _fields(fields: Mapping[str, Field]) -> list[str]:
    return ["| field | what it is |\n| --- | --- |\n", *(f"| `{one.name}` | {one.says} |\n" for one in fields.values())]


def _rows(rows: Rows) -> list[str]:
    lines = ["| field | | what becomes of it |\n| --- | --- | --- |\n"]
    return [*lines, *(f"| `{row.field}` | {row.fate.value} | {row.says} |\n" for row in rows.values())]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - it writes the page
