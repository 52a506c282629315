"""The embedded broker: kombu's file transport, made safe for several processes that start at once.

Files appear whole or not at all, so that no process reads one that another is still writing. Not in charge
of lasting: a message only wakes somebody, and the reaper wakes again.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes messages and binding tables to the side and renames them into place."""

    # Kombu states two signatures for this one method; the file transport's is what is called.
    def _put(  # type: ignore[override]
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        name = f"{round(monotonic() * 1000):015d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        bound = self.get_table(exchange)
        if wanted not in bound:
            # Two processes binding at once may lose one entry; each binds again whenever it starts, and
            # direct queues, all that we use, are found by their name without this table.
            _write_whole(Path(self.control_folder) / f"{exchange}.exchange", dumps([wanted, *bound]))


class Transport(filesystem.Transport):
    Channel = Channel


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(partial).replace(path)
