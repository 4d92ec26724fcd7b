"""`flask config`: what is printed, what is refused, and that nothing happens before it is agreed to."""

from pathlib import Path

from flask import Flask

from portal.services.runtime import Runtime
from tests.cli.command_line import run_here
from tests.conftest import CANARY
from tests.services.configuration.portals import fill
from tests.services.configuration.test_export_and_import import held


def test_an_export_is_printed_and_read_in_again(app: Flask, runtime: Runtime, tmp_path: Path):
    fill(runtime)
    code, printed, _ = run_here(app, "config", "export")
    assert code == 0
    assert printed.startswith("# The configuration of an LLM Portal")
    assert CANARY not in printed
    file = tmp_path / "config.yaml"
    file.write_text(printed)
    code, printed, complained = run_here(app, "config", "import", str(file), "--yes")
    assert (code, complained) == (0, "")
    assert "Nothing changes." in printed
    code, printed, _ = run_here(app, "config", "export", "--json")
    assert printed.startswith("{")


def test_a_dry_run_reads_like_a_diff_and_changes_nothing(app: Flask, runtime: Runtime, tmp_path: Path):
    fill(runtime)
    before = held(runtime)
    file = tmp_path / "config.yaml"
    file.write_text("llm_portal: 1\nproviders: {acme: {label: Acme Ltd}}\n")
    code, printed, _ = run_here(app, "config", "import", str(file), "--dry-run")
    assert code == 0
    assert "Label: Acme → Acme Ltd" in printed
    assert held(runtime) == before
    code, _, _ = run_here(app, "config", "import", str(file))
    assert code == 1, "nobody agreed"
    assert held(runtime) == before
    code, printed, _ = run_here(app, "config", "import", str(file), "--yes")
    assert (code, "Done: 1 changes." in printed) == (0, True)
    assert held(runtime)["providers"]["acme"]["label"] == "Acme Ltd"


def test_an_entry_that_cannot_be_used_is_named_and_exit_code_1(app: Flask, runtime: Runtime, tmp_path: Path):
    file = tmp_path / "config.yaml"
    file.write_text("llm_portal: 1\ngates: {ai: maybe, personal_overrides: off}\n")
    code, _, complained = run_here(app, "config", "import", str(file), "--yes")
    assert code == 1
    assert "Cannot be used: gates.ai" in complained
    assert held(runtime)["gates"]["personal_overrides"]
    code, _, _ = run_here(app, "config", "import", str(file), "--yes", "--leave-out")
    assert code == 0
    assert not held(runtime)["gates"]["personal_overrides"]
