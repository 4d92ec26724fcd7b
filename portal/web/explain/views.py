"""Why this model, which models somebody may use, and what an act would change, each as a page."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services.explain import access, questions, subjects
from portal.services.explain.explaining import explain
from portal.services.explain.questions import Question
from portal.services.explain.subjects import Found
from portal.web.context import runtime
from portal.web.explain import impacts, typed
from portal.web.explain.forms import ExplainForm, OwnExplainForm, asked
from portal.web.explain.links import address_of
from portal.web.guard import actor
from portal.web.queries import uuid_of

bp = Blueprint("explain", __name__, url_prefix="/explain")
impacts.add_routes(bp)
typed.add_routes(bp)


@bp.get("", permission=Permission.PROVIDER_VIEW)
def index() -> ResponseReturnValue:
    form = asked(ExplainForm)
    form.offer(*questions.offered(actor(), runtime()))
    explanation, found = None, ()
    if form.validate():
        with form.faults_shown():
            person_id, found = _whom(form)
            if not found:
                question = Question(
                    context=form.context.data,
                    chat_model_id=questions.find_model(actor(), runtime(), form.chosen.data or "", "chosen"),
                    explicit_id=questions.find_model(actor(), runtime(), form.model.data or ""),
                    provider_id=questions.find_provider(actor(), runtime(), form.provider.data or ""),
                )
                explanation = explain(actor(), runtime(), person_id, question)
                form.person.data, form.who.data = str(explanation.subject.id), explanation.subject.name
    kept = {name: form[name].data or None for name in ("context", "chosen", "model", "provider")}
    page = render_template(
        "explain/index.html", form=form, explanation=explanation, found=found, kept=kept, address_of=address_of
    )
    return page, form.status


@bp.get("/me", permission=Permission.SIGNED_IN)
def mine() -> ResponseReturnValue:
    form = asked(OwnExplainForm)
    chat_id = uuid_of(form.chat.data)
    form.offer(questions.contexts(runtime()), subjects.own_chats(actor(), chat_id))
    explanation = None
    if form.validate():
        with form.faults_shown():
            question = Question(
                context=form.context.data,
                chat_id=chat_id,
                explicit_id=questions.find_model(actor(), runtime(), form.model.data or ""),
            )
            explanation = explain(actor(), runtime(), None, question)
    page = render_template("explain/mine.html", form=form, explanation=explanation, address_of=address_of)
    return page, form.status


@bp.get("/people/<uuid:user_id>/models", permission=Permission.PROVIDER_VIEW)
def models_of(user_id: UUID) -> ResponseReturnValue:
    return _models_page(user_id)


@bp.get("/me/models", permission=Permission.SIGNED_IN)
def my_models() -> ResponseReturnValue:
    return _models_page(None)


def _models_page(user_id: UUID | None) -> ResponseReturnValue:
    context, search = request.args.get("context", "root"), request.args.get("q", "").strip()
    models = access.models_of(actor(), runtime(), user_id, context, search)
    if user_id is not None and models.subject.me:
        return redirect(url_for(".my_models", context=context, q=search or None))
    return render_template("explain/models.html", models=models, contexts=questions.contexts(runtime()))


def _whom(form: ExplainForm) -> tuple[UUID | None, tuple[Found, ...]]:
    """Who is meant: the one whom the address names, unless another name was typed; several when it is not clear."""
    name, person_id = (form.who.data or "").strip(), uuid_of(form.person.data)
    if person_id is not None:
        subject = subjects.read_subject(actor(), runtime(), person_id)
        if name in ("", subject.name):
            return person_id, ()
    if not name:
        return None, ()
    found = subjects.find_people(actor(), name)
    meant = [person for person in found if person.email == name.lower()] or found
    if not meant:
        raise Invalid({"who": f"Nobody is called “{name}”. Look for a part of the name or of the e-mail."})
    return (meant[0].id, ()) if len(meant) == 1 else (None, tuple(meant))
