"""Runs a test runner where an ordinary user is root: in a user namespace, over the user's subordinate ids.

The files of an image have many owners, and whoever may not give files away cannot unpack it as it is.
user_namespaces(7), newuidmap(1), subuid(5). Not in charge of the tests: they are the runner's.
"""

import os
import pickle  # both ends are this code, of one user, for one call
import subprocess
import sys
from pathlib import Path

from builds.engine.built import PlatformImage
from builds.engine.errors import EngineError
from builds.engine.sandbox.container import NoRuncError, SandboxError
from builds.engine.sandbox.runner import TestRunner
from builds.engine.sandbox.values import TestReport, TestSpec
from builds.engine.store import Store

#: The user's own id becomes 0, the subordinate ones follow it; whoever is inside ends with it.
ENTER = ("unshare", "--user", "--map-root-user", "--map-auto", "--fork", "--kill-child")
_SERVE = "from builds.engine.sandbox.rootless import serve; serve()"
_CODE = Path(__file__).resolve().parents[3]
#: Who complains when there is no namespace to enter.
_DOORKEEPERS = ("unshare:", "newuidmap:", "newgidmap:")


def is_needed() -> bool:
    """Tell whether this process may not give files away itself."""
    return os.geteuid() != 0


def run(runner: TestRunner, *, store: Store, image: PlatformImage, spec: TestSpec) -> TestReport:
    """Run ``runner`` in a user namespace of its own; see ``TestRunner``.

    :raises NoRuncError: also when this user may make no such namespace or has no subordinate ids
    """
    done = subprocess.run(
        [*ENTER, sys.executable, "-c", _SERVE],
        input=pickle.dumps((runner, store, image, spec)), capture_output=True, cwd=_CODE, check=False,
    )  # fmt: skip
    if done.returncode:
        raise _refusal(done.stderr.decode("utf-8", "replace").strip())
    answer: TestReport | EngineError = pickle.loads(done.stdout)  # noqa: S301
    if isinstance(answer, EngineError):
        raise answer
    return answer


def _refusal(said: str) -> EngineError:
    last = said.rpartition("\n")[2]
    if any(line.startswith(_DOORKEEPERS) for line in said.splitlines()):
        return NoRuncError(
            reason=f"an ordinary user needs user namespaces, uidmap and ids in /etc/subuid and /etc/subgid ({last})"
        )
    return SandboxError(reason=last or "its process in the user namespace was ended")


def serve() -> None:
    """Be the process inside: read what to run from standard input, write the report or the refusal."""
    runner, store, image, spec = pickle.load(sys.stdin.buffer)  # noqa: S301
    try:
        answer: TestReport | EngineError = runner.run(store=store, image=image, spec=spec)
    except EngineError as error:
        answer = error
    sys.stdout.buffer.write(pickle.dumps(answer))
