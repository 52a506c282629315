"""A stand-in for the Debian archive on loopback: passes requests on to the real one, and may be away."""

from __future__ import annotations

import http.server
import os
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from builds.engine.sources.archive import debian_sources


class Archive:
    """Answers on `port` while it is entered; `setting` is the value of ASSAY_ARCHIVE that leads to it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.setting = f"http://127.0.0.1:{port}/debian http://127.0.0.1:{port}/debian-security"

    def __enter__(self) -> Self:
        behind = {f"/{source.id}": source.uri for source in debian_sources(environ={})}
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), _handler(behind))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(behind: dict[str, str]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            part, _, rest = self.path[1:].partition("/")
            try:
                with urllib.request.urlopen(f"{behind['/' + part]}/{rest}", timeout=60) as answer:
                    body = answer.read()
            except urllib.error.HTTPError as refused:
                self.send_error(refused.code)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            return

    return Handler


def prepared_only(folder: Path) -> Path:
    """A place for indexes that has what this machine prepared before, but names none of it as current."""
    folder.mkdir()
    shared = Path(os.environ.get("ASSAY_SNAPSHOTS", Path.home() / ".cache/assay/snapshots"))
    for one in shared.iterdir() if shared.is_dir() else ():
        if one.is_dir():
            (folder / one.name).symlink_to(one)
    return folder
