"""What an answer in the chat costs beside what it cost in an older checkout, and beside LiteLLM; and what a page costs.

    .venv/bin/python benchmarks/chat.py [--before CHECKOUT] [--litellm PYTHON] [--rounds 9] [--answers 10]

Each is a real server on one processor, asked as a browser asks, with 43 events an answer; the rounds take turns. An
`answer` is one in a chat that has a name and one exchange; a `first exchange` begins a chat, and the portal has a model
name it, which is a second call. `--before` names a checkout (`git worktree add --detach ../before bf22f81`, the one
before attachments, formulas, titles and search) that finds a `.venv` of its own or this one's.
`page of 20` and `page of 1,000` are what it costs to open a chat of so many turns.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import served
from benchmarks.served import PATIENCE, Served, worked

COMPLETE = b'"state": "complete"'
TURN = re.compile(rb'"turn": "([0-9a-f-]{36})"')


class Portal:
    """A portal that runs: asked over one connection that stays open, for processor time of its process."""

    def __init__(self, told: dict[str, object]) -> None:
        self.pid = int(str(told["pid"]))
        self.chats = list(map(str, told["chats"]))  # type: ignore[call-overload]
        self._typed = {name: values[0] for name, values in parse_qs(str(told["body"])).items() if name != "new"}
        self._headers = dict(told["headers"])  # type: ignore[call-overload]
        self._connection = HTTPConnection("127.0.0.1", int(str(told["port"])), timeout=PATIENCE)
        self._begun: list[tuple[str, str]] = []

    def _send(self, chat: str, **more: str) -> str:
        typed = urlencode(self._typed | {"client_id": str(uuid4())} | more)
        self._connection.request("POST", f"/chat/{chat}/turns", typed, {"Accept": "text/event-stream", **self._headers})
        came = self._connection.getresponse().read()
        assert COMPLETE in came, came[-2000:]
        turn = TURN.search(came)
        assert turn
        return turn[1].decode()

    def begin(self, count: int) -> None:
        """Have so many chats of one exchange to go on with."""
        for chat in (str(uuid4()) for _ in range(count)):
            self._begun.append((chat, self._send(chat, new="yes")))

    def answer(self) -> None:
        chat, turn = self._begun.pop()
        self._send(chat, parent=turn)

    def first_exchange(self) -> None:
        self._send(str(uuid4()), new="yes")

    def page(self, place: int) -> Callable[[], None]:
        def opened() -> None:
            self._connection.request("GET", f"/chat/{self.chats[place]}", headers=self._headers)
            response = self._connection.getresponse()
            response.read()
            assert response.status == 200

        return opened


@contextmanager
def portal(checkout: Path, base_url: str) -> Iterator[Portal]:
    """The portal of a checkout, with its own database."""
    python = next(path for path in (checkout / ".venv/bin/python", Path(sys.executable)) if path.exists())
    command = [str(python), str(Path(__file__).with_name("chat_server.py")), base_url]
    process = subprocess.Popen(
        command, cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        told = next(line for line in process.stdout if line.startswith('{"pid"'))
        yield Portal(json.loads(told))
    finally:
        process.stdin.close()
        process.wait()


def cost(pid: int, count: int, ask: Callable[[], None]) -> float:
    """Seconds of processor time of one, the second of its kind and those after it."""
    ask()
    began = worked(pid)
    for _ in range(count):
        ask()
    return (worked(pid) - began) / count


def measure(before: Path | None, litellm: Path | None, rounds: int, answers: int) -> dict[str, dict[str, float]]:
    with ExitStack() as running:
        base_url = running.enter_context(served.provider())
        peer: Served | None = running.enter_context(served.litellm(litellm, base_url, ["fast"])) if litellm else None
        checkouts = {"portal": Path(__file__).parents[1], **({"before": before} if before else {})}
        portals = {name: running.enter_context(portal(place, base_url)) for name, place in checkouts.items()}
        served.pin(0, served.OTHERS)
        took: dict[str, dict[str, list[float]]] = {}
        for _ in range(rounds):
            for name, one in portals.items():
                one.begin(answers + 1)
                for what, ask in (
                    ("answer", one.answer),
                    ("first exchange", one.first_exchange),
                    ("page of 20", one.page(0)),
                    ("page of 1,000", one.page(1)),
                ):
                    took.setdefault(name, {}).setdefault(what, []).append(cost(one.pid, answers, ask))
            if peer:
                took.setdefault("LiteLLM", {}).setdefault("answer", []).append(peer.answers(answers, "fast"))
    return {name: {what: statistics.median(each) for what, each in kinds.items()} for name, kinds in took.items()}


def say(found: dict[str, dict[str, float]]) -> None:
    before, peer = found.get("before", {}), found.get("LiteLLM", {})
    for name, figures in found.items():
        print(name)
        for what, seconds in figures.items():
            beside = []
            if what in before:
                beside.append(f"{seconds / before[what]:5.2f} × before")
            if peer and what in ("answer", "first exchange"):
                beside.append(f"{seconds / peer['answer']:5.2f} × an answer of LiteLLM")
            if what == "page of 1,000":
                beside.append(f"{seconds / figures['page of 20']:5.2f} × the page of 20")
            print(f"  {what:16}{seconds * 1000:9.3f} ms  {', '.join(beside)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what the chat costs.")
    parser.add_argument("--before", type=Path, metavar="CHECKOUT")
    parser.add_argument("--litellm", type=Path, metavar="PYTHON", help="a Python that has litellm[proxy]")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--answers", type=int, default=10, help="of each kind in each round")
    wish = parser.parse_args()
    say(measure(wish.before, wish.litellm, wish.rounds, wish.answers))


if __name__ == "__main__":
    main()
