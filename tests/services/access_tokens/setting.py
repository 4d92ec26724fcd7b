"""What tests of tokens start from: a token of somebody, another clock, and another process with the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import create_engine, select

from portal.domain.people import Actor
from portal.services.access_tokens import identity, own_tokens
from portal.services.access_tokens.identity import Identity
from portal.services.access_tokens.own_tokens import Made
from portal.services.runtime import Runtime
from portal.store.audit import AuditRecord
from portal.store.base import at, db, engine_options, prepare, reading

HERE = "192.0.2.7"


def make(actor: Actor, runtime: Runtime, name: str = "laptop", *scopes: str, **more: object) -> Made:
    return own_tokens.create(actor, runtime, name, scopes or ("chat.use",), **more)


def who(runtime: Runtime, made: Made) -> Identity | None:
    """Whom a request with this value comes from."""
    return identity.identify(runtime, made.value, HERE)


def later(runtime: Runtime, **more: int) -> Runtime:
    """The same portal, so much later."""
    then = runtime.now() + timedelta(**more)
    return replace(runtime, now=lambda: then)


@contextmanager
def another_process() -> Iterator[None]:
    """Inside, the database is reached as another process reaches it: by connections of its own."""
    address = db.engine.url.render_as_string(hide_password=False)
    engine = create_engine(address, **engine_options(address, 4))
    prepare(engine)
    try:
        with at(engine):
            yield
    finally:
        engine.dispose()


def told() -> list[tuple[str, str, dict | None, dict | None]]:
    """What the audit trail says of tokens."""
    with reading() as session:
        rows = session.scalars(select(AuditRecord).where(AuditRecord.verb.like("access_token.%")))
        return [(row.verb, row.subject, row.before, row.after) for row in rows.all()]
