"""Asking a provider which model stands behind a name that does not tell it, as that of an inference profile."""

from dataclasses import dataclass

from portal.dialects import bedrock_control
from portal.dialects.base import Endpoint, Limits, Listing, Transport
from portal.domain.faults import UpstreamError
from portal.domain.health import verdict_of
from portal.services.upstream.redaction import ResponseRedactor

QUESTIONS = {"bedrock": bedrock_control}
"""Whose names may stand for a model, by dialect."""

PATIENCE = Limits(connect=5, read=5, total=5)
"""It only makes a test better."""

TOLD = "Its provider says that {} stands behind this profile."
NOT_TOLD = (
    "The provider was asked which model stands behind this profile, and did not say: {}. What the model can do is not "
    "known then. The right to ask is bedrock:GetInferenceProfile."
)


@dataclass(frozen=True)
class Behind:
    """The model ID behind a name, "" where it is not told, and a sentence on it, "" where nothing was asked."""

    model: str = ""
    note: str = ""


def may_be_unlisted(endpoint: Endpoint, wire_name: str) -> bool:
    """Whether a listing that lacks this name says nothing of it."""
    dialect = QUESTIONS.get(endpoint.type.dialect)
    return dialect is not None and dialect.may_be_unlisted(wire_name)


def model_behind(transport: Transport, endpoint: Endpoint, destination: frozenset[str], wire_name: str) -> Behind:
    """Ask which model it is. Never raises `UpstreamError`: a refusal is said and changes nothing else."""
    dialect = QUESTIONS.get(endpoint.type.dialect)
    request = dialect.ask_behind(endpoint, wire_name) if dialect else None
    if dialect is None or request is None:
        return Behind()
    try:
        told = dialect.read_behind(endpoint, transport.send(request, destination, PATIENCE))
    except UpstreamError as error:
        return Behind(note=NOT_TOLD.format(verdict_of(error.fault.category).word.lower()))
    model = ResponseRedactor(endpoint).redact(Listing(told)).wire_name
    return Behind(model, TOLD.format(model))
