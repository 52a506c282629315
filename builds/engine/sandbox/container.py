"""One runc container: started, watched, asked, stopped by its id, and gone without leftovers.

Not in charge of what is checked; see ``runc``.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar, Self

from builds.engine.errors import EngineError
from builds.engine.sandbox.values import Probe

MAX_OUTPUT = 64 * 1024
TOOL_SECONDS = 20.0
# runc's words for a program that is missing or cannot be executed: the image's mistake, not the machine's.
NO_PROGRAM = re.compile(r"exec: |exec format error|executable file not found")
PROBE = Path(__file__).parent / "probe.py"


class NoRuncError(EngineError):
    """There is no container runtime to run tests with."""

    code: ClassVar[str] = "sandbox-missing"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = "Images cannot be tested on this machine: {reason}."


class SandboxError(EngineError):
    """The runtime could not create a container; this says nothing about the image."""

    code: ClassVar[str] = "sandbox-failed"
    is_fault: ClassVar[bool] = True
    sentence: ClassVar[str] = "The sandbox could not start a container: {reason}."


def find_runc() -> str:
    """Return the path of runc.

    :raises NoRuncError: when it is not installed
    """
    found = shutil.which("runc", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise NoRuncError(reason="runc is not installed")
    return found


class Output:
    """Collects what a process prints, up to a bound; the rest is read and dropped so that nothing blocks."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._drain, args=(stream,), daemon=True)
        self._thread.start()

    def _drain(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                self._kept += chunk[: MAX_OUTPUT - len(self._kept)]

    def text(self, wait: float = 0.0) -> str:
        """Return what was printed so far, after waiting up to ``wait`` seconds for its end."""
        self._thread.join(wait)
        return bytes(self._kept).decode("utf-8", "replace")


class Container:
    """A container made from a bundle; use it as a context manager."""

    def __init__(self, runc: str, folder: Path, config: Mapping[str, Any]) -> None:
        self.id = f"assay-{secrets.token_hex(8)}"
        self._runc = [runc, "--root", str(folder / "state")]
        self._bundle = folder / self.id
        self._bundle.mkdir(parents=True)
        (self._bundle / "config.json").write_text(json.dumps(config))

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [*self._runc, "--log", str(self._bundle / "runc.log"), "run", "--pid-file", str(self._bundle / "pid"),
             "--bundle", str(self._bundle), self.id],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.stdout, self.stderr = Output(self._process.stdout), Output(self._process.stderr)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tool("delete", "--force", self.id)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(TOOL_SECONDS)
        shutil.rmtree(self._bundle, ignore_errors=True)

    def _tool(self, *words: str, seconds: float = TOOL_SECONDS) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*self._runc, *words], capture_output=True, timeout=seconds, check=False)

    @property
    def pid(self) -> int | None:
        """The container's first process as this machine numbers it; None until it is started."""
        try:
            return int((self._bundle / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def failure(self) -> str:
        """What the runtime itself complained about; "" when it started the program."""
        try:
            log = (self._bundle / "runc.log").read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "" if self.pid else log[-800:].strip()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, or None when the time is over; a signal counts as 128 and its number."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def signal(self, name: str) -> None:
        self._tool("kill", self.id, name)

    def run_beside(self, args: Sequence[str], seconds: float) -> tuple[int | None, str, str]:
        """Run a program in the running container; return exit code (None: too slow), stdout, stderr."""
        process = subprocess.Popen(
            [*self._runc, "exec", self.id, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = Output(process.stdout), Output(process.stderr)
        try:
            code: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            process.kill()
            process.wait()
        return code, out.text(1), err.text(1)

    def ask(self, probe: Probe) -> dict[str, Any]:
        """Ask a port from inside the container's network; the asking process is ours, not the image's."""
        pid = self.pid
        if pid is None:
            return {"error": "not started yet"}
        words = [str(probe.port), *([probe.path] if probe.path else [])]
        asked = subprocess.run(
            ["nsenter", "--target", str(pid), "--net", "--", sys.executable, "-I", str(PROBE), *words],
            capture_output=True, timeout=TOOL_SECONDS, check=False,
        )  # fmt: skip
        try:
            answer = json.loads(asked.stdout)
        except ValueError:
            return {"error": asked.stderr.decode("utf-8", "replace")[-200:] or "no answer"}
        return answer if isinstance(answer, dict) else {"error": "no answer"}

    def await_started(self, seconds: float) -> None:
        """Wait until the program runs or has ended; one that the image lacks counts as ended.

        :raises SandboxError: when the runtime could not start it
        """
        deadline = time.monotonic() + seconds
        while self.pid is None and self.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)
        if self.pid is None:
            self.wait(1)
            if NO_PROGRAM.search(self.failure):
                return
            raise SandboxError(
                reason=self.failure or self.stderr.text(1)[-800:] or "it did not start in time"
            )
