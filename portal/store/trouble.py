"""What a database could not do just now, as one true sentence for whoever asked."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from portal.domain.errors import Overloaded, Unavailable

NOT_SAVED = "What you did last is not saved; everything before it is."
AWAY = (
    f"The portal’s database cannot be reached. {NOT_SAVED} Try again in a minute. If it stays, tell whoever runs the "
    "portal."
)
FULL = (
    f"The portal’s database cannot write: its disk is full, or may not be written to. {NOT_SAVED} Tell whoever runs "
    "the portal."
)
BUSY = f"So many requests use the portal’s database just now that yours did not get its turn. {NOT_SAVED} Try again."

_BUSY_STATES = frozenset({"55P03", "57014", "53300", "40001", "40P01"})
"""PostgreSQL: a lock waited for too long, a query cut off, too many connections, changes that met each other."""
_FULL_STATES = frozenset({"53100", "25006"})
_BUSY_WORDS = ("too many clients", "connection slots are reserved", "too many connections for")
"""A connection that is refused comes without a state: its words are all there is."""
_FULL_NAMES = ("SQLITE_FULL", "SQLITE_READONLY")
_BUSY_NAMES = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_refused_for_many(error: DBAPIError) -> bool:
    """Whether the server has no connection left: it may have one in a moment."""
    return getattr(error.orig, "sqlstate", None) == "53300" or any(words in str(error.orig) for words in _BUSY_WORDS)


TURN_COMES_IN = 5
"""Seconds after which whoever did not get their turn may well get it."""


def refusal_of(error: SQLAlchemyError) -> Unavailable:
    """What is told of an error of the database."""
    sentence = sentence_of(error)
    return busy() if sentence == BUSY else Unavailable(sentence)


def busy() -> Overloaded:
    """What is told whoever did not get their turn."""
    return Overloaded(BUSY, TURN_COMES_IN)


def sentence_of(error: SQLAlchemyError) -> str:
    """Which of the three sentences is true of an error of the database."""
    if isinstance(error, NoConnectionFree):
        return BUSY
    cause = error.orig if isinstance(error, DBAPIError) else None
    state = getattr(cause, "sqlstate", None)
    name = getattr(cause, "sqlite_errorname", "")
    if state in _BUSY_STATES or name.startswith(_BUSY_NAMES) or any(words in str(cause) for words in _BUSY_WORDS):
        return BUSY
    if state in _FULL_STATES or name.startswith(_FULL_NAMES):
        return FULL
    return AWAY
