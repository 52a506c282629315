"""What is logged, and how."""

from __future__ import annotations

from typing import Any

from portal.logs import log_requests
from portal.settings.place import env

LOG_LEVEL: str = env("LOG_LEVEL", default="INFO")
log_requests(LOG_LEVEL)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django.server": {"level": "INFO"}, "httpx2": {"level": "WARNING"}},
}
