"""The document against the API: what it says is sent is answered as it says, for each role and for nobody."""

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.web.api.routes import OPERATIONS
from tests.web.api.schemas_held import WHO, furnish

HELD = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = {"nobody": 1, "tokens alone": 1}
"""Requests to each endpoint in each role, of which whoever may do little needs few. They are the same in each run."""
USUAL = 2


@pytest.mark.parametrize("role", WHO)
def test_every_answer_is_as_the_document_says(app, runtime, upstream, role):
    held = furnish(runtime, upstream, role)
    headers = {"Authorization": f"Bearer {held.token}"} if held.token else {}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    drawn = settings(
        max_examples=EXAMPLES.get(role, USUAL),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    answered: Counter[int] = Counter()
    for found in document.get_all_operations():
        operation = found.ok()

        @drawn
        @given(case=operation.as_strategy())
        def ask(case):
            places = [case.path_parameters]
            if held.known and case.path_parameters and case.method != "DELETE":
                places.append({**case.path_parameters, **_known(case.path_parameters, held.known)})
            for place in places:  # what a random id names is not there; then what is
                case.path_parameters = place
                response = case.call(headers={**headers, "If-Match": "*"})
                case.validate_response(response, checks=list(HELD))
                answered[response.status_code // 100] += 1

        ask()
    # Else it would say nothing: some of it has to be done, where somebody may do it.
    assert bool(answered[2]) == bool(held.token), answered
    assert answered[4] >= len(OPERATIONS), answered


def _known(parameters: dict[str, Any], known: dict[str, str]) -> dict[str, str]:
    return {name: known[name] for name in parameters if name in known}
