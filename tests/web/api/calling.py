"""What tests of the API ask with: any method, JSON in and out, headers by name."""

from typing import Any

from werkzeug.test import TestResponse

from tests.web.gateway.callers import Tool


def ask(tool: Tool, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
    """One request to this path below `/api/v1`, read to its end."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"/api/v1{path}"
    return tool._client.open(address, method=method, json=body, headers=tool._headers | named, buffered=True)


def every(tool: Tool, path: str) -> list[dict[str, Any]]:
    """A list, read page by page to its end."""
    found, cursor = [], ""
    while True:
        page = ask(tool, "GET", f"{path}{'&' if '?' in path else '?'}cursor={cursor}").json
        found += page["data"]
        cursor = page["next"]
        if cursor is None:
            return found
