"""One line for each request that began and ended, from `LOG_LEVEL` INFO on: who asked for what, and what was answered.

Not in charge of what modules log: that goes through `LOGGING` of the settings.
"""

from __future__ import annotations

import logging
import sys

import structlog


def log_requests(level: str) -> None:
    """Set structlog up, which django-structlog speaks to; by itself it would write all of it in colours."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
