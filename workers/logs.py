"""Logs are events: a constant phrase and fields, one line for each thing that happened."""

from __future__ import annotations

import logging
import sys

import structlog

from workers.settings import Logging

FIELD_LIMIT = 500
"""Characters of one field: a hostile page must not fill the disk through its title."""

QUIET = (
    *("trafilatura", "htmldate", "courlan", "elastic_transport", "urllib3", "asyncio"),
    # Celery says "received" and "succeeded" for each message; we say what became of each article
    *("celery.worker", "celery.app.trace", "celery.beat", "celery.utils", "kombu", "amqp"),
)


def set_up(wanted: Logging) -> None:
    """Send every log line of this process to stderr, as words in a terminal or JSON elsewhere."""
    console = wanted.format == "console" or (wanted.format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
        structlog.processors.format_exc_info,
        short,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False, pad_event_to=22) if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(wanted.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def short(
    _logger: structlog.typing.WrappedLogger, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Cut long fields and escape control characters, so that one event is one line."""
    for key, value in event.items():
        if isinstance(value, str) and key not in ("exception", "stack"):
            event[key] = "".join(c if c.isprintable() else repr(c)[1:-1] for c in value[:FIELD_LIMIT])
    return event
