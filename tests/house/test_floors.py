"""The law of imports: they only go down, and each outside library has one user (DESIGN §1)."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"

FLOOR = {
    "domain": 1,
    "dialects": 2,
    "wire": 2,
    "vault": 2,
    "store": 2,
    "services": 3,
    "web": 4,
    "cli": 4,
}
ABOVE_ALL = {"portal", "portal.serving"}
"""The two modules that see every floor: `create_app`, and what starts it."""
BESIDE = {"portal.settings": 1, "portal.logs": 4}
"""Modules that stand beside the floors, and the floor from which they may be imported."""
NEIGHBOURS = {("wire", "dialects.base"), ("wire", "dialects.secret"), ("vault", "dialects.secret")}
"""Who may import on the second floor: the wire carries what `dialects.base` describes, the vault seals a `Secret`."""
FROM_ABOVE = {
    "portal.dialects.provider_types.shape",
    "portal.dialects.provider_types.table",
    "portal.dialects.input.typed_keys",
}
"""What the fourth floor may know of the second: rows of data, and how a key is typed. No calls, no secrets."""
FROM_THE_CLI = {"portal.store.schema", "portal.vault"}
"""What only the command line may also know: it migrates, and it makes the vault that it rotates."""

ENTRANCE = ""
"""The wing of what lies in the floor's own folder and is named in no other."""

WINGS = {
    "services": (
        ENTRANCE,
        "explain",
        "providers",
        "health",
        "chat",
        "language_models",
        "selection",
        "keys",
        "people",
        "audit",
        "encryption",
        "upstream",
        "runtime",
    ),
    "dialects": (
        ENTRANCE,
        "faults",
        "input",
        "writing",
        "base",
        "provider_types",
        "framing",
        "reading",
        "secret",
    ),
}
"""The wings of a floor, from the top down: what stands higher may import what stands lower, never the other way.

A wing is a package of the floor, or one module that all the others share; every other module is of the entrance.
"""

ONE_USER = {
    "requests": ("portal/wire",),
    "urllib3": ("portal/wire",),
    "http.client": ("portal/wire",),
    "cryptography": ("portal/vault",),
    "google.auth": ("portal/wire/tokens.py",),
    "botocore": ("portal/wire/signing.py", "portal/dialects/framing/eventstream.py"),
    "sqlalchemy": ("portal/store", "migrations"),
    "flask_sqlalchemy": ("portal/store/base.py",),
    "alembic": ("portal/store", "migrations"),
    "flask_login": ("portal/web/signed_in.py",),
    "flask": ("portal/web", "portal/cli", "portal/__init__.py", "portal/serving.py"),
    "flask_wtf": ("portal/web", "portal/__init__.py"),
    "wtforms": ("portal/web",),
    "argon2": ("portal/services/people/passwords.py",),
    "waitress": ("portal/serving.py",),
}


def modules() -> list[Path]:
    return sorted(PORTAL.rglob("*.py"))


def name_of(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports_of(file: Path) -> list[tuple[str, ast.stmt]]:
    """Every absolute module name that a file imports; `from a import b` counts as `a.b` where that is a module."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (ROOT / whole.replace(".", "/")).is_dir() or (
                    ROOT / f"{whole.replace('.', '/')}.py"
                ).exists()
                found.append((whole if is_module else str(node.module), node))
    return found


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_imports_only_go_down(file: Path):
    mine = name_of(file)
    if mine in ABOVE_ALL:
        return
    here = FLOOR.get(room(mine), BESIDE.get(mine))
    assert here is not None, f"{mine} stands on no floor"
    for module, _ in imports_of(file):
        if not module.startswith("portal"):
            continue
        assert module not in ABOVE_ALL or mine.startswith("portal.cli"), f"{mine} reaches up to {module}"
        if module in BESIDE:
            assert here >= BESIDE[module], f"{mine} must not know {module}"
            continue
        if module in ABOVE_ALL:
            continue
        there = FLOOR[room(module)]
        assert there <= here, f"{mine} reaches up to {module}"
        if there == here == 2 and room(mine) != room(module):
            allowed = (room(mine), module.removeprefix("portal.")) in NEIGHBOURS
            assert allowed, f"{mine} and {module} are neighbours that do not talk"
        if here == 4:
            known = FROM_ABOVE | (FROM_THE_CLI if room(mine) == "cli" else set())
            assert there != 2 or module in known, f"{mine} must ask services, not {module}"


def wing(module: str) -> str:
    """The wing of a module of a floor that has wings; the floor's `__init__` is of the entrance."""
    parts = module.split(".")
    name = parts[2] if len(parts) > 2 else ENTRANCE
    return name if name in WINGS[parts[1]] else ENTRANCE


def rising(importer: str, imported: str) -> bool:
    """True for an arrow that runs up, from a lower wing of a floor to a higher one."""
    if room(importer) != room(imported) or room(importer) not in WINGS:
        return False
    order = WINGS[room(importer)]
    return order.index(wing(importer)) > order.index(wing(imported))


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_imports_between_wings_go_one_way(file: Path):
    mine = name_of(file)
    for module, _ in imports_of(file):
        assert not (module.startswith("portal.") and rising(mine, module)), f"{mine} reaches up to {module}"


@pytest.mark.parametrize("floor", WINGS)
def test_every_package_of_a_floor_with_wings_is_a_wing(floor: str):
    packages = {path.parent.name for path in (PORTAL / floor).glob("*/__init__.py")}
    assert packages <= set(WINGS[floor]), f"no place among the wings of {floor}: {packages - set(WINGS[floor])}"


def test_an_arrow_that_runs_up_is_seen():
    assert rising("portal.services.keys.pools", "portal.services.providers.registry")
    assert rising("portal.services.upstream.calls", "portal.services.overview")
    assert not rising("portal.services.providers.registry", "portal.services.keys.pools")
    assert not rising("portal.services.keys.pools", "portal.services.keys.shared_keys")


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_the_domain_knows_only_the_standard_library(file: Path):
    if room(name_of(file)) != "domain":
        return
    for module, _ in imports_of(file):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names or module.startswith("portal.domain"), f"{name_of(file)}: {module}"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_each_outside_library_has_its_one_user(file: Path):
    path = file.relative_to(ROOT).as_posix()
    for module, _ in imports_of(file):
        for library, users in ONE_USER.items():
            if module == library or module.startswith(f"{library}."):
                assert path.startswith(users), f"{path} imports {library}"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_no_import_hides_in_a_function(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert not hidden, f"{name_of(file)}.{function.name} imports inside itself"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_features_of_one_floor_do_not_import_each_other_in_web(file: Path):
    parts = name_of(file).split(".")
    if len(parts) < 4 or parts[1] != "web":
        return
    for module, _ in imports_of(file):
        other = module.split(".")
        if module.startswith("portal.web.") and len(other) > 3:
            assert other[2] == parts[2], f"{name_of(file)} imports {module}"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_only_wire_and_vault_reveal_a_secret(file: Path):
    path = file.relative_to(ROOT).as_posix()
    if path.startswith(("portal/wire", "portal/vault", "portal/dialects/secret.py")):
        return
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"\.(reveal|bare)\(\)", text), f"{path} reveals a secret"


def test_no_file_has_a_name_that_says_nothing():
    forbidden = {"models.py", "utils.py", "helpers.py", "common.py", "manager.py", "misc.py"}
    assert not [
        name for folder in ("portal", "tests") for name in (ROOT / folder).rglob("*.py") if name.name in forbidden
    ]


def test_only_the_store_base_mentions_the_orm_base():
    mentions = [name_of(f) for f in modules() if re.search(r"\bdb\.Model\b", f.read_text(encoding="utf-8"))]
    assert mentions == ["portal.store.base"]


def test_every_time_column_uses_the_one_utc_type():
    for file in (PORTAL / "store").glob("*.py"):
        if file.name == "base.py":
            continue
        assert "DateTime" not in file.read_text(encoding="utf-8"), f"{file.name}: use Mapped[datetime]"


@pytest.mark.parametrize("file", modules(), ids=name_of)
def test_only_the_door_reads_the_environment(file: Path):
    if name_of(file) in ABOVE_ALL | {"portal.settings"}:
        return
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"os\.(environ|getenv)", text), f"{name_of(file)} reads the environment"
