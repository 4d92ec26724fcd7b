"""`flask health`: the worker of scheduled checks, checking one provider now, and clearing old rows away."""

import signal
import sys
import threading
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.cli.acting import operator, runtime, told
from portal.domain.health import Outcome
from portal.domain.schedule import Probe
from portal.services.chat import attachments as chat_attachments
from portal.services.chat import shelves, words
from portal.services.encryption import master_keys
from portal.services.health import checks
from portal.services.health import retention as check_retention
from portal.services.health.worker import THREADS, Worker
from portal.services.usage import retention as usage_retention


@click.group()
def health() -> None:
    """Checks of providers: by the schedule, or now."""


@health.command()
@click.option("--threads", type=click.IntRange(1, 256), default=THREADS, show_default=True, help="Checks at once.")
@click.option("--beside", is_flag=True, hidden=True, help="Stop when standard input ends: with whoever started this.")
@with_appcontext
def watch(threads: int, beside: bool) -> None:
    """Run a worker: check every provider that has a schedule, until SIGTERM or Ctrl-C; then finish what runs.

    `python app.py` starts one by itself. With another server, run one or more beside it, on the same database: however
    many there are, each provider is checked once in its interval. It also tells the webhook, sums usage and clears
    away what is old.
    """
    with told():
        master_keys.require(runtime())
    worker = Worker(runtime(), current_app._get_current_object().app_context, threads=threads)  # type: ignore[attr-defined]

    def stop(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one leaves at once: what is held then runs out by itself
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if beside:
        threading.Thread(target=_stop_at_the_end_of_input, args=(worker,), daemon=True).start()
    else:
        click.echo("The worker runs. Ctrl-C stops it.")
    worker.run()


@health.command()
@click.argument("name")
@click.option(
    "--probe", type=click.Choice([probe.value for probe in Probe]), default=Probe.PING.value, show_default=True
)
@click.option("--model", default="", help="The model to ask for a word, by its ID.")
@with_appcontext
def check(name: str, probe: str, model: str) -> None:
    """Check the provider NAME now: `ping` asks a model for one token, `list` for all models. Exit code 1: failed."""
    with told():
        found = checks.check_saved(operator(), runtime(), name, model=model, probe=Probe(probe))
    facts = [
        found.verdict.word,
        str(found.status or ""),
        f"{found.latency_ms} ms" if found.latency_ms is not None else "",
    ]
    click.echo(" · ".join(fact for fact in facts if fact))
    for line in (found.sentence, found.hint, *found.notes, found.detail):
        if line:
            click.echo(line)
    if found.outcome is not Outcome.OK:
        sys.exit(1)


@health.command()
@click.option(
    "--days",
    type=click.IntRange(*check_retention.DAYS_ALLOWED),
    help="Keep checks of this many days, whatever the setting says.",
)
@click.option("--rebuild", is_flag=True, help="Also count the days anew that strips and charts are drawn from.")
@with_appcontext
def prune(days: int | None, rebuild: bool) -> None:
    """Do what the worker does beside checking: clear away what the settings keep no longer, archive, list words."""
    with told():
        gone = check_retention.prune(runtime(), days)
        click.echo(f"Checks cleared away: {gone:,}")
        click.echo(f"Requests of usage cleared away: {usage_retention.prune(runtime()):,}")
        click.echo(f"Unsent files cleared away: {chat_attachments.prune(runtime()):,}")
        click.echo(f"Chats put into the archive: {shelves.archive_old(runtime()):,}")
        click.echo(f"Deleted chats cleared away: {shelves.clear_away(runtime()):,}")
        click.echo(f"Questions and answers listed for searching: {words.list_all():,}")
        if rebuild:
            click.echo(f"Days counted anew: {check_retention.rebuild(runtime()):,}")


def _stop_at_the_end_of_input(worker: Worker) -> None:
    """Whoever started this holds the other end; it closes however they end, also when they are killed."""
    while sys.stdin.buffer.read(1024):
        pass
    worker.stop()
