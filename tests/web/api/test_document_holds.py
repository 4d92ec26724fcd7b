"""The document against the API: what it says is sent is answered as it says, for each role and for nobody."""

from collections import Counter

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
from tests.web.api.schemas_held import furnish

HELD = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 3
"""Requests to each endpoint in each role. They are the same in each run."""

drawn = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("role", ["administrator", "operator", "developer", "tokens alone", "nobody"])
def test_every_answer_is_as_the_document_says(app, runtime, role):
    value = furnish(app, runtime)[role]
    headers = {"Authorization": f"Bearer {value}"} if value else {}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    answered: Counter[int] = Counter()
    for found in document.get_all_operations():
        operation = found.ok()

        @drawn
        @given(case=operation.as_strategy())
        def ask(case):
            response = case.call(headers={**headers, "If-Match": "*"})
            case.validate_response(response, checks=list(HELD))
            answered[response.status_code // 100] += 1

        ask()
    # Else it would say nothing: some of it has to be done, where somebody may do it.
    assert bool(answered[2]) == bool(value), answered
    assert answered[4] > len(OPERATIONS), answered
