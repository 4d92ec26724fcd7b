"""Every page compiles, stands on a base, has a title, and keeps to the strict content policy."""

import re
from pathlib import Path

import pytest
from flask import Flask

TEMPLATES = Path(__file__).parents[2] / "templates"
PAGES = sorted(
    file.relative_to(TEMPLATES).as_posix()
    for file in TEMPLATES.rglob("*.html")
    if not file.name.startswith("_") and not file.parent.name.startswith("_") and file.parent != TEMPLATES
)
ALL = sorted(file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("name", ALL)
def test_a_template_compiles(bare_app: Flask, name: str):
    bare_app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_on_a_base_and_has_a_title(name: str):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert re.search(r'{%-?\s*extends\s+"(base|bare|[a-z_]+/_?[a-z_]+)\.html"', text), f"{name} extends no base"
    assert "block title" in text, f"{name} has no title"


@pytest.mark.parametrize("name", ALL)
def test_a_template_has_no_inline_style_or_script(name: str):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text), f"{name}: inline style"
    assert not re.search(r"\son[a-z]+=\"", text), f"{name}: inline handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), f"{name}: inline script"
    assert not re.search(r"""(src|href)=["']https?://(?!\{)""", text) or 'rel="noopener' in text, (
        f"{name}: foreign asset"
    )


def test_no_stylesheet_but_the_tokens_names_a_colour():
    css = TEMPLATES.parent / "static" / "css"
    for file in css.rglob("*.css"):
        if file.name == "tokens.css":
            continue
        body = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.S)
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", body), f"{file.name} names a colour"


@pytest.mark.parametrize("name", ALL)
def test_a_secret_that_is_no_password_of_a_person_is_kept_from_password_managers(name: str):
    for line in (TEMPLATES / name).read_text(encoding="utf-8").splitlines():
        if re.search(r'type="(?:password"|\{\{ \'password\')|<textarea[^>]* data-secret', line):
            assert "unmanaged()" in line, line
