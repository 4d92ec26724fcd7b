"""A route without a permission is impossible: the permission is a required argument of the rule itself.

A rule carries the bound on what may be sent to it, too: a small one, unless it says that it needs more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.web import fields
from portal.web.admission import Waits
from portal.web.bodies import FORM
from portal.web.signed_in import current_user


@dataclass(frozen=True)
class Fresh:
    """That a route wants a fresh sign-in, declared beside its permission. `action` is what it does: "Deleting a user".

    `but_for` are the values of `do` with which its form is sent to something less, which the view must see to;
    `unless` says of a form that what it asks for is less than that. `secrets` are the fields that are not kept while
    the password is asked for.
    """

    action: str
    but_for: tuple[str, ...] = ()
    unless: Callable[[MultiDict[str, str]], bool] | None = None
    secrets: tuple[str, ...] = ("password",)

    def asks(self, form: MultiDict[str, str]) -> bool:
        """Whether this form wants a fresh sign-in."""
        return form.get("do") not in self.but_for and not (self.unless and self.unless(form))


class GuardedRule(Rule):
    """A URL rule that carries the permission of its route, and cannot be made without one; `body` is in bytes.

    `typed` says that people type into what is sent to it: what comes too late is given back (`late_forms`). `waits`
    says for whom its requests wait: so many at once and no more (`admission`).
    """

    def __init__(
        self,
        string: str,
        *,
        permission: Permission,
        fresh: Fresh | None = None,
        body: int = FORM,
        typed: bool = False,
        waits: Waits | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(permission, Permission):
            raise TypeError(f"{string}: permission must be a Permission, not {permission!r}")
        super().__init__(string, **options)
        self.permission = permission
        self.fresh = fresh
        self.body = body
        self.typed = typed
        self.waits = waits

    def get_empty_kwargs(self) -> dict[str, Any]:
        """What Werkzeug copies when it copies the rule: without this line a copy would lose its permission."""
        kept: dict[str, Any] = {"permission": self.permission, "fresh": self.fresh, "body": self.body}
        kept |= {"typed": self.typed, "waits": self.waits}
        return super().get_empty_kwargs() | kept


class GuardedFlask(Flask):
    """Flask whose routes all say who may use them."""

    url_rule_class = GuardedRule

    def __init__(self, *args: Any, **options: Any) -> None:
        self._permissions: dict[tuple[str, str], tuple[Permission, ...]] = {}
        super().__init__(*args, **options)

    def permissions_of(self, endpoint: str, method: str) -> tuple[Permission, ...]:
        """The permissions of the rules of an endpoint, any of which lets a person in; none where there is no such page.

        Every page asks for some dozens, so they are looked up once.
        """
        known = self._permissions.get((endpoint, method))
        if known is None:
            try:
                rules = tuple(self.url_map.iter_rules(endpoint))
            except KeyError:  # a feature that this portal does not have
                rules = ()
            known = tuple(rule.permission for rule in rules if method in (rule.methods or ()))  # type: ignore[attr-defined]
            self._permissions[endpoint, method] = known
        return known

    def add_url_rule(self, rule: str, endpoint: str | None = None, *args: Any, **options: Any) -> None:
        """Add a route. Bootstrap-Flask adds its own for its assets, the one that cannot say a permission itself."""
        if endpoint == "bootstrap.static":
            options["permission"] = Permission.PUBLIC
        super().add_url_rule(rule, endpoint, *args, **options)
        self._permissions.clear()


def actor() -> Actor:
    """Who asks, with what they may do right now. Only signed-in routes call it.

    Nobody acts on a form that is only given back: raises `Invalid` where a service would be run on it.
    """
    fields.refuse_to_act()
    return current_user.actor


def allows(permission: Permission) -> bool:
    """Whether the person of this request holds `permission`."""
    if permission is Permission.PUBLIC:
        return True
    user = current_user._get_current_object()  # asked once: each word to the proxy looks the person up again
    if not user.is_authenticated:
        return False
    return permission is Permission.SIGNED_IN or user.actor.may(permission)


def can(endpoint: str, method: str = "GET") -> bool:
    """Whether this person may use a route: what menus and buttons ask, so that guard and menu cannot drift apart."""
    return any(map(allows, current_app.permissions_of(endpoint, method)))


def here() -> str:
    """The address of this request as a path that a browser can be sent to, below whatever path the portal is served."""
    return f"{request.script_root}{request.full_path.rstrip('?')}"


def _compare() -> ResponseReturnValue | None:
    """Before every request, and before CSRF protection, so that a stranger learns nothing from a form's error."""
    rule = request.url_rule
    if rule is None:
        return None
    permission = getattr(rule, "permission", None)
    if permission is None:
        abort(403)
    if permission is Permission.PUBLIC:
        return None  # nobody is looked up for a style sheet
    if not allows(permission):
        if not current_user.is_authenticated:
            if request.method == "GET" and request.accept_mimetypes.accept_html:
                return redirect(url_for("sessions.sign_in", next=here()))
            abort(401)
        abort(403)
    if (
        current_user.is_authenticated
        and current_user.must_change_password
        and request.endpoint not in ("profile.password", "profile.change_password", "sessions.sign_out")
    ):
        return redirect(url_for("profile.password"))
    return None


def install(app: GuardedFlask) -> None:
    app.before_request(_compare)
    app.jinja_env.globals["can"] = can


def inspect(app: Flask) -> None:
    """Refuse to start with a rule that nobody guards, however it got in."""
    bare = [
        rule.rule for rule in app.url_map.iter_rules() if not isinstance(getattr(rule, "permission", None), Permission)
    ]
    if bare:
        raise RuntimeError(f"routes without a permission: {', '.join(bare)}")
