"""`flask explain`: which model answers somebody, and why, as the page says it."""

import sys

import click
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.services.explain import questions, subjects
from portal.services.explain.explaining import Explanation
from portal.services.explain.explaining import explain as explain_for
from portal.services.explain.questions import Question

SIGNS = {"used": "✓", "skipped": "·", "unreached": " "}


@click.command()
@click.argument("email")
@click.option("--context", default="root", show_default=True, help="What the model is for, like explore.")
@click.option("--model", default="", help="The model that the request names, as provider:name.")
@click.option("--provider", default="", help="The provider that the request names.")
@click.option("--chosen", default="", help="The model chosen in the chat, as provider:name.")
@with_appcontext
def explain(email: str, context: str, model: str, provider: str, chosen: str) -> None:
    """Say which model answers the person with this e-mail, layer by layer; exit code 1 when none does.

    It decides by the code that decides for real, and sends nothing.
    """
    actor = operator()
    with told():
        question = Question(
            context=context,
            chat_model_id=questions.find_model(actor, runtime(), chosen, "chosen"),
            explicit_id=questions.find_model(actor, runtime(), model),
            provider_id=questions.find_provider(actor, runtime(), provider),
        )
        found = explain_for(actor, runtime(), subjects.person_by_email(actor, email), question)
    for line in lines(found):
        click.echo(line)
    if not found.answers:
        sys.exit(1)


def lines(found: Explanation) -> list[str]:
    """The explanation as it is printed."""
    printed = [f"For {found.subject.name} <{found.subject.email}>, context {found.context.label}", found.headline]
    if found.facts:
        printed.append(" · ".join(found.facts))
    if not found.subject.may_chat:
        printed.append(f"{found.subject.name} may not chat: no role of theirs allows it.")
    printed.append("")
    for step in found.steps:
        sign = "✕" if step.kind else SIGNS[step.outcome]
        printed.append(f"{sign} {step.number}  {step.label:<26} {'  '.join(filter(None, (step.model, step.said)))}")
        printed += [f"      {said}" for said in (step.why, *(f"→ {remedy.text}" for remedy in step.remedies)) if said]
    if found.would_change:
        printed += ["", "What would change it:"]
        printed += [f"  {change.text} → {change.answer}" for change in found.would_change]
    return printed
