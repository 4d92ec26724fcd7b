"""What one question costs to take in and to ask: each of these is one statement, however much there is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Uuid, and_, bindparam, exists, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.chats import OwnedChatId
from portal.domain.shelves import DELETED
from portal.store.attachments import AttachmentRecord
from portal.store.attempts import AttemptRecord
from portal.store.base import Time
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.compactions import CompactionRecord
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.people import TeamRecord, UserRecord
from portal.store.prepared import Prepared
from portal.store.providers import ProviderRecord

_running = AttemptRecord.state == "streaming"
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)

# How many of a person's chats are being answered: of the few attempts that run, those that are theirs.
# SQLite's RETURNING takes no names of tables, so each name below means one column where it stands.
_ITS_CHAT = ChatRecord.__table__.alias("its_chat")
_BUSY = (
    select(func.count())
    .select_from(AttemptRecord)
    .where(
        _running,
        AttemptRecord.lease_until > bindparam("busy_now", type_=Time),
        exists().where(
            _ITS_CHAT.c.id == AttemptRecord.chat_id, _ITS_CHAT.c.user_id == bindparam("busy_user", type_=Uuid)
        ),
    )
    .scalar_subquery()
)


@dataclass(frozen=True)
class ChatState:
    """How a chat stands when a question comes. `sent_as` is the turn that the client's id already stands for.

    `running`: an answer is being written; `expired`: one whose lease has passed still says so. `siblings` are the turns
    with the same parent, `busy` is how many of the person's chats are being answered.
    """

    sent_as: UUID | None
    parent_known: bool
    siblings: int
    running: bool
    expired: bool
    turns: int
    asked: int
    answered: int
    counted: int
    busy: int

    @property
    def length(self) -> int:
        """The characters of all questions and answers: those counted when it was last summarised, and those since."""
        return self.counted + self.asked + self.answered


def step_up(session: Session, user_id: UUID) -> int | None:
    """Lock a person's row: what they send at once is counted one after the other. Returns the catalog's version.

    None without such a person.
    """
    found = _STEP_UP.rows(session.connection(), {"asked_user": user_id})
    return found[0].version if found else None


_STATE, _USERS = CatalogStateRecord.__table__, UserRecord.__table__
_STEP_UP = Prepared(
    select(select(_STATE.c.version).where(_STATE.c.id == 1).scalar_subquery().label("version"))
    .where(_USERS.c.id == bindparam("asked_user"))
    .with_for_update(of=_USERS)
)


def begin_chat(
    session: Session,
    user_id: UUID,
    # house: proofs-are-proven because it makes the chat this person’s
    chat_id: UUID,
    now: datetime,
    *,
    title: str,
    language_model_id: UUID | None,
    system_prompt: str,
    leaf_id: UUID,
    effort: str = "",
) -> int | None:
    """Make a chat with this id, its first question to follow. None when there is one; two at once make one.

    Else it returns how many of the person's chats are being answered. Call it after `step_up`.
    """
    values = {
        "id": chat_id,
        "user_id": user_id,
        "title": title,
        "language_model_id": language_model_id,
        "system_prompt": system_prompt,
        "leaf_id": leaf_id,
        "effort": effort,
        "created_at": now,
        "changed_at": now,
    }
    asked = {"busy_user": user_id, "busy_now": now}
    connection = session.connection()
    return connection.execute(_begin(connection.dialect.name, tuple(values)), values | asked).scalar()


@lru_cache
def _begin(dialect: str, names: tuple[str, ...]) -> Any:
    """Put together once, as every first question of a chat needs it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    chat = insert(ChatRecord.__table__).values({name: bindparam(name) for name in names})
    return chat.on_conflict_do_nothing().returning(_BUSY.label("busy"))


def hold_chat(
    session: Session,
    user_id: UUID,
    # house: proofs-are-proven because it is asked whose the chat is
    chat_id: UUID,
    now: datetime,
    *,
    client_id: str = "",
    parent_id: UUID | None = None,
) -> tuple[ChatRecord, ChatState] | None:
    """The chat if it is this person's, locked, and how it stands. Call it after `step_up`: one at a time comes here."""
    held = {
        "held_chat": chat_id,
        "held_client": client_id,
        "held_parent": parent_id,
        "busy_user": user_id,
        "busy_now": now,
    }
    row = session.execute(_held(parent_id is not None), held).one_or_none()
    if row is None:
        return None
    chat, *state = row
    return chat, ChatState(*state)


@lru_cache
def _held(below_a_turn: bool) -> Select[Any]:
    """Put together once, as every question in a chat needs it."""
    here = TurnRecord.chat_id == ChatRecord.id
    attempt_here = AttemptRecord.chat_id == ChatRecord.id
    parent, now = bindparam("held_parent", type_=Uuid), bindparam("busy_now", type_=Time)
    beside = TurnRecord.parent_id == parent if below_a_turn else TurnRecord.parent_id.is_(None)
    said = func.length(AttemptRecord.text) + func.length(AttemptRecord.thinking)
    # What was counted when the last summary was begun is not read again: only turns that came since then are.
    counted = CompactionRecord.chat_id == ChatRecord.id
    last_count = select(CompactionRecord.made_at).where(counted).order_by(CompactionRecord.made_at.desc()).limit(1)
    later = TurnRecord.created_at > func.coalesce(last_count.scalar_subquery(), literal(_BEFORE_ALL, Time))
    alive = or_(AttemptRecord.lease_until.is_(None), AttemptRecord.lease_until > now)
    return (
        select(
            ChatRecord,
            select(TurnRecord.id)
            .where(here, TurnRecord.client_id == bindparam("held_client", type_=String))
            .scalar_subquery()
            .label("sent_as"),
            exists().where(here, TurnRecord.id == parent).label("parent_known"),
            select(func.count()).where(here, beside).scalar_subquery().label("siblings"),
            exists().where(attempt_here, _running, alive).label("running"),
            exists().where(attempt_here, _running, AttemptRecord.lease_until <= now).label("expired"),
            select(func.count()).where(here).scalar_subquery().label("turns"),
            select(func.coalesce(func.sum(func.length(TurnRecord.text)), 0))
            .where(here, later)
            .scalar_subquery()
            .label("asked"),
            select(func.coalesce(func.sum(said), 0))
            .select_from(AttemptRecord)
            .join(TurnRecord, TurnRecord.id == AttemptRecord.turn_id)
            .where(here, later)
            .scalar_subquery()
            .label("answered"),
            func.coalesce(
                select(CompactionRecord.chat_length)
                .where(counted)
                .order_by(CompactionRecord.made_at.desc())
                .limit(1)
                .scalar_subquery(),
                0,
            ).label("counted"),
            _BUSY.label("busy"),
        )
        .where(
            ChatRecord.id == bindparam("held_chat", type_=Uuid),
            ChatRecord.user_id == bindparam("busy_user", type_=Uuid),
            ChatRecord.shelf != DELETED,
        )
        .with_for_update(of=ChatRecord)
    )


def turn_with_attempts(
    session: Session, chat_id: OwnedChatId, turn_id: UUID
) -> tuple[TurnRecord, list[AttemptRecord], int, bool] | None:
    """A turn of the chat, its attempts from first to last, how many turns have its parent, itself among them, and
    whether it has files."""
    beside = TurnRecord.__table__.alias("beside")
    siblings = select(func.count()).where(
        beside.c.chat_id == TurnRecord.chat_id, beside.c.parent_id.is_not_distinct_from(TurnRecord.parent_id)
    )
    query = (
        select(
            TurnRecord,
            AttemptRecord,
            siblings.correlate(TurnRecord).scalar_subquery(),
            exists().where(AttachmentRecord.turn_id == TurnRecord.id),
        )
        .outerjoin(AttemptRecord, AttemptRecord.turn_id == TurnRecord.id)
        .where(TurnRecord.id == turn_id, TurnRecord.chat_id == chat_id)
        .order_by(AttemptRecord.created_at, AttemptRecord.id)
    )
    # house: bounded-all because they are the attempts at one question
    rows = session.execute(query).all()
    if not rows:
        return None
    return rows[0][0], [attempt for _, attempt, _, _ in rows if attempt is not None], rows[0][2], rows[0][3]


def asked_of(
    session: Session, chat_id: OwnedChatId, attempt_id: UUID, language_model_id: UUID, provider_id: UUID
) -> Any:
    """What an attempt asks of whom: the model's columns as `model_…`, and those of a living provider's endpoint.

    `attached`: the chat holds files. None without such a model; the `id` of the provider is None when that is gone.
    """
    asked = {
        "asked_attempt": attempt_id,
        "asked_chat": chat_id,
        "asked_model": language_model_id,
        "asked_provider": provider_id,
    }
    found = _ASKED_OF.rows(session.connection(), asked)
    return found[0] if found else None


def _asked_of() -> Select[Any]:
    models, providers, teams = LanguageModelRecord.__table__, ProviderRecord.__table__, TeamRecord.__table__
    attempts, model, provider = AttemptRecord.__table__.c, models.c, providers.c
    there = exists().where(attempts.id == bindparam("asked_attempt"), attempts.chat_id == bindparam("asked_chat"))
    its_provider = and_(provider.id == bindparam("asked_provider"), provider.deleted_at.is_(None))
    return (
        select(
            model.wire_name.label("model_wire_name"),
            model.options.label("model_options"),
            model.prices.label("model_prices"),
            model.sources.label("model_sources"),
            model.context_limit.label("model_context_limit"),
            model.capabilities.label("model_capabilities"),
            model.modalities.label("model_modalities"),
            model.deleted_at.label("model_deleted_at"),
            provider.id,
            provider.name,
            provider.label,
            provider.type,
            provider.base_url,
            provider.settings,
            provider.destination,
            provider.connect_timeout,
            provider.read_timeout,
            provider.team_id,
            provider.who_asked,
            teams.c.private_networks,
            there.label("attempt_there"),
            exists().where(AttachmentRecord.chat_id == bindparam("asked_chat")).label("attached"),
        )
        .select_from(models.outerjoin(providers, its_provider).outerjoin(teams, teams.c.id == provider.team_id))
        .where(model.id == bindparam("asked_model"))
    )


_ASKED_OF = Prepared(_asked_of())
