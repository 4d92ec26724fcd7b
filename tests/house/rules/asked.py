"""The laws that only a running portal, a database or a template can be asked about, each with the test that asks."""

from tests.house.rules.base import Asked

HERE = "tests/house"

ASKED = (
    Asked("routes-pinned", "a change of who may do what is read by a person", f"{HERE}/test_routes.py"),
    Asked("no-route-without-permission", "a page that was forgotten is a page for everybody", f"{HERE}/test_routes.py"),
    Asked("canary-stays-hidden", "a key that leaks once is a key to be changed", f"{HERE}/test_canary.py"),
    Asked("markup-stays-text", "what a provider answers must not run in a browser", f"{HERE}/test_markup.py"),
    Asked("odd-input-breaks-nothing", "a crawler sends what no browser does", f"{HERE}/test_odd_input.py"),
    Asked("templates-compile", "a page that fails to compile fails in front of somebody", f"{HERE}/test_templates.py"),
    Asked("no-inline-script", "the content policy forbids it, so it would not run", f"{HERE}/test_templates.py"),
    Asked("settings-documented", "a setting that the README lacks nobody sets", f"{HERE}/test_settings.py"),
    Asked("migrations-one-line", "two heads are two portals", f"{HERE}/test_migrations.py"),
    Asked("migrations-no-drift", "records that the database does not hold fail at night", f"{HERE}/test_migrations.py"),
    Asked("migrations-keep-rows", "a step back that loses rows is no step back", f"{HERE}/test_migrations.py"),
)
