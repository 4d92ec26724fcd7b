"""What `GET /api/v1/models` costs among many models, for each of them, beside the Models page.

    .venv/bin/python benchmarks/api.py [--models 10000] [--rounds 25]

Processor time, as the median of the rounds, which take turns, in one portal with a SQLite file. The page shows fifty
models; the list is asked for as many, and for two hundred. At most a third of the page's is what is aimed at. Of 10,000
models on a busy machine: 0.28 of the page's for fifty, 0.15 for two hundred.
"""

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog

from benchmarks import crowd
from benchmarks.pages import signed_in
from portal.services.access_tokens import own_tokens
from portal.web.context import runtime
from tests.conftest import Actors, Client

ON_A_PAGE = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()

    with crowd.deployment(options.models, 200) as app:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        with app.app_context():
            value = own_tokens.create(Actors.ada, runtime(), "benchmark", ["llm_provider.view"]).value.bare()
            browser, tool = signed_in(app), Client(app)
        head = {"Authorization": f"Bearer {value}"}

        def listed(limit: int) -> Callable[[], None]:
            def ask() -> None:
                assert tool.get(f"/api/v1/models?limit={limit}", headers=head).status_code == 200

            return ask

        def page() -> None:
            assert browser.get("/models").status_code == 200

        measured = {"page": (page, ON_A_PAGE), "50": (listed(50), 50), "200": (listed(200), 200)}
        found: dict[str, list[float]] = {name: [] for name in measured}
        for round in range(options.rounds + 2):
            for name, (ask, items) in measured.items():
                began = time.process_time()
                ask()
                if round >= 2:
                    found[name].append((time.process_time() - began) / items)
    each = {name: statistics.median(times) for name, times in found.items()}
    for name, seconds in each.items():
        print(f"{name:>5}: {seconds * 1e6:7.1f} µs a model, {seconds / each['page']:.2f} of the page's")


if __name__ == "__main__":
    main()
