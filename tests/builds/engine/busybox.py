"""An image that can do a little of everything: busybox of the Debian archive, for tests of the runners."""

from __future__ import annotations

from typing import Any

from builds.engine.built import PlatformImage
from builds.engine.sandbox import Check, TestReport
from builds.engine.spec import Spec
from builds.engine.store import Store
from tests.builds.engine.real import built

BOX = "/usr/bin/busybox"
#: A first process gets no signal that it does not ask for, so a shell asks for it.
SERVER = ["sh", "-c", f"trap 'exit 0' TERM; {BOX} httpd -f -p 8080 -h /www & wait"]
WAITING = ["sh", "-c", "trap 'exit 0' TERM; sleep 60 & wait"]
SPEC: dict[str, Any] = {
    "suite": "trixie", "packages": ["busybox-static"], "entrypoint": [BOX], "user": "nonroot", "workdir": "/tmp",
    "directories": [{"path": "/data", "mode": "0700", "uid": 65532, "gid": 65532}], "volumes": ["/data"],
    "files": [{"path": "/www/index.html", "text": "hello from inside\n"}, {"path": "/etc/secret", "text": "x", "mode": "0600"}],
}  # fmt: skip


def image(store: Store, **changes: Any) -> PlatformImage:
    return built(Spec.from_json({**SPEC, **changes}), store).platforms[0]


def check(report: TestReport, name: str) -> Check:
    found = [one for one in report.checks if one.name == name]
    assert found, [one.name for one in report.checks]
    return found[0]
