"""How a service that runs for long writes its log: one JSON object a line, to standard error."""

import logging
import sys

import structlog

_CHATTY = ("faust", "mode", "aiokafka", "alembic")


def as_lines() -> None:
    """Write JSON lines to standard error; the chatter of libraries stays at warnings."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
