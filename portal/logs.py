"""Log lines as text or JSON on standard error. Nothing here ever formats a request's headers or body.

A line leaves in one write, its end included: the server, its worker and gunicorn's processes share one standard error,
and what is written in two steps is torn between them. The kernel keeps a write of up to 4,096 bytes to a pipe whole; a
longer line (a long traceback) stays whole among the threads of one process alone, which take turns.
"""

import logging
import sys
import threading
from typing import Any, TextIO

import structlog


class _InTurn:
    """A stream that threads write to one after the other, whichever log they write through."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._lock = file, threading.Lock()

    def write(self, line: str) -> None:
        with self._lock:
            self._file.write(line)
            self._file.flush()

    def flush(self) -> None:
        """Every write has done it."""


def _mask_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Print objects by their `repr`, so that a Secret that strays into a record is dots."""
    return {
        key: value if isinstance(value, str | int | float | bool | None) else repr(value)
        for key, value in event.items()
    }


def configure(log_format: str) -> None:
    """Set up our own log and what libraries log through `logging`: with `json`, every line of either is one object."""
    lines = _InTurn(sys.stderr)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, _mask_secrets, last],
        # Not PrintLogger: `print` writes the end of a line apart.
        logger_factory=structlog.WriteLoggerFactory(file=lines),  # type: ignore[arg-type]
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _mask_secrets,
                last,
            ],
        )
        if log_format == "json"
        else logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
