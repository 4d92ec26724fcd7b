"""`GET /v1/models`: one answer that the readers of OpenAI's, Anthropic's and Codex' clients all understand, and another
one for embedded editors."""

from typing import Any

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.people import Actor
from portal.services.gateway import naming, offered
from portal.services.gateway.offered import OfferedModel

EDITORS_LIMITS = {
    "max_context_length": "maxContextLength",
    "max_files": "maxFiles",
    "max_file_size": "maxFileSize",
    "max_total_file_size": "maxTotalFileSize",
    "max_pdf_pages": "maxTotalPdfFilePages",
}
EPOCH = 0
SINCE = "1970-01-01T00:00:00Z"
"""When a model was made is not known; the shapes want a time."""


def of(catalog: Catalog, actor: Actor) -> dict[str, Any]:
    """All names under which this person may ask for a model."""
    rows = [_row(catalog, model, name) for model, names in naming.listed(catalog, actor) for name in names]
    return {
        "object": "list",
        "data": rows,
        "has_more": False,
        "first_id": rows[0]["id"] if rows else None,
        "last_id": rows[-1]["id"] if rows else None,
        "models": [_codex(row) for row in rows],
    }


def for_editors(catalog: Catalog, actor: Actor) -> dict[str, Any]:
    """The same for embedded editors, who ask for version 1 of it: what each model is offered for and how much it takes.

    It has also those that are within reach and do not answer right now, which are not allowed.
    """
    return {"models": [_of_editor(model) for model in offered.of(catalog, actor)]}


def _of_editor(model: OfferedModel) -> dict[str, Any]:
    entry = model.entry
    return {
        "id": model.name,
        "name": entry.display_name,
        "description": model.description,
        "provider": model.provider,
        "allowed": model.allowed,
        "recommended": entry.recommended,
        "features": sorted(entry.features) if entry.chats else [],
        "capabilities": {
            "webSearch": "web_search" in entry.capabilities,
            "reasoning": "reasoning" in entry.capabilities,
        },
        "contextLimits": {EDITORS_LIMITS[name]: value for name, value in model.limits.items()},
    }


def one(catalog: Catalog, actor: Actor, name: str) -> dict[str, Any]:
    """The model of that name. Raises `NotFound`."""
    chosen = naming.choose(catalog, actor, name, naming.EMBEDDING)
    return _row(catalog, catalog.models[chosen.language_model_id], name)


def _row(catalog: Catalog, model: ModelEntry, name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "type": "model",
        "created": EPOCH,
        "created_at": SINCE,
        "owned_by": catalog.providers[model.provider_id].name,
        "display_name": model.display_name,
        "context_window": model.context_limit,
    }


def _codex(row: dict[str, Any]) -> dict[str, Any]:
    return {"slug": row["id"], "display_name": row["display_name"], "context_window": row["context_window"]}
