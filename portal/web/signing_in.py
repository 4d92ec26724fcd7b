"""The form of signing in, and what sending it does, wherever it stands."""

from flask import Response, after_this_request
from wtforms import EmailField, PasswordField

from portal.services.people import sessions
from portal.web import known_browsers, signed_in
from portal.web.context import runtime
from portal.web.fields import PortalForm


class SignInForm(PortalForm):
    EDITS = False

    email = EmailField("E-mail", render_kw={"autocomplete": "username", "required": True})
    password = PasswordField("Password", render_kw={"autocomplete": "current-password", "required": True})


def try_to_enter(form: SignInForm) -> bool:
    """Begin a session, if e-mail and password go together; else the form says what is wrong."""
    if not form.validate():
        return False
    email = form.email.data or ""
    with form.faults_shown():
        token = sessions.sign_in(
            runtime(),
            email,
            form.password.data or "",
            signed_in.client_address(),
            signed_in.client_browser(),
            replaces=signed_in.held_token(),
            browser=known_browsers.known_to(email),
        )
        signed_in.enter(token)

        @after_this_request
        def _remember(response: Response) -> Response:
            known_browsers.remember(response, email)
            return response

        return True
    return False
