"""A form that is refused because the portal is full is given back with what was typed, to be sent again.

The page holds what the browser itself has just sent, its token included, and so asks nobody and signs nothing. Secrets
are left out. Sent again without them the form is only drawn, and says beside their fields to type them again. How much
is read of a stranger's form is bounded by its length.
"""

from dataclasses import dataclass

from flask import Flask, g, request
from werkzeug.exceptions import HTTPException

from portal.web import bodies, form_tokens, known_browsers
from portal.web.admission import Waits
from portal.web.fields import GivenBack
from portal.web.fresh_sign_in import PENDING
from portal.web.guard import here
from portal.web.late_forms import LATE
from portal.web.typed_secrets import without_secrets

MISSING = "refused_secret"
"""The field that names a secret which was left out; no form of the portal has one of this name."""

PASSWORDS = frozenset({"password", "current", "new", "again"})
"""Secret where a request waits for the hash of a password. Elsewhere a field may be called "new" and hold none."""

ASKED_AGAIN = "The portal was full before, so nothing of this is saved or sent yet. Here is what you typed."
NOT_KEPT = "A secret is not kept while the portal is full. Type it again."


@dataclass(frozen=True)
class Refused:
    """What is sent again, to the same address. `text` is the message, if it holds one: that may be changed."""

    address: str
    hidden: tuple[tuple[str, str], ...]
    text: str | None
    without: tuple[str, ...]


def of_request() -> Refused | None:
    """What was refused just now; None where nothing was typed, or too much to be read."""
    size = request.content_length
    if not g.get("refused") or request.method != "POST" or size is None or size > _most():
        return None
    request.max_content_length = _most()
    try:
        sent = list(request.form.items(multi=True))
    except HTTPException:
        return None
    passwords = PASSWORDS if getattr(request.url_rule, "waits", None) is Waits.PASSWORD else frozenset[str]()
    # What the portal signed itself holds no secret, but may look like one.
    own = [pair for pair in sent if pair[0] in (form_tokens.FIELD, LATE, PENDING, MISSING)]
    kept, without = without_secrets([pair for pair in sent if pair not in own], also=passwords)
    text = next((value for name, value in kept if name == "text"), None)
    hidden = (*own, *(pair for pair in kept if pair[0] != "text"))
    return Refused(here(), hidden, text, without) if kept or without else None


def install(app: Flask) -> None:
    """Only draw what comes again without its secrets. It comes after CSRF protection."""
    app.before_request(_without_secrets)
    app.jinja_env.globals["refused_form"] = of_request


def _without_secrets() -> None:
    # The page that asks for one's own password does so by itself.
    if request.method == "POST" and MISSING in request.form and PENDING not in request.form:
        g.given_back = GivenBack({"": ASKED_AGAIN} | dict.fromkeys(request.form.getlist(MISSING), NOT_KEPT))


def _most() -> int:
    return min(bodies.bound(), bodies.LARGEST if known_browsers.is_known() else bodies.FORM)
