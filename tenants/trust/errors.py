"""Why a workload's token is not accepted."""

from __future__ import annotations


class NotTrusted(Exception):
    """The token gives no right; `code` is stable, the message is for the tenant's own people only."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
