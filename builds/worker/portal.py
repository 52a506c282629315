"""The worker's side of the worker API. Retries what may be retried; knows nothing about building."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx2

from builds.worker.errors import LeaseLost, PortalUnreachable

#: Seconds between tries; a report that still fails then costs the attempt, never the build.
_PAUSES = (0.2, 0.5, 1, 2, 4)


class Portal:
    """One build's view of the portal."""

    def __init__(self, *, address: str, build_id: str, key: str) -> None:
        self._client = httpx2.Client(
            base_url=f"{address}/api/worker/v1/builds/{build_id}/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx2.Timeout(15, connect=5),
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def claim(self, worker: str) -> dict[str, Any]:
        """Take the lease; give the order. Raises LeaseLost, PortalUnreachable."""
        return self._post("claim", {"worker": worker})

    def heartbeat(self) -> None:
        """Raises LeaseLost, PortalUnreachable."""
        self._post("heartbeat", {})

    def report(self, steps: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
        """Raises LeaseLost, PortalUnreachable."""
        self._post("report", {"steps": steps, "lines": lines})

    def finish(self, result: Mapping[str, Any]) -> None:
        """Raises LeaseLost, PortalUnreachable."""
        self._post("result", result)

    def give_up(self, *, code: str, sentence: str, is_fault: bool) -> None:
        """Raises LeaseLost, PortalUnreachable."""
        self._post("failure", {"code": code, "sentence": sentence[:4000], "is_fault": is_fault})

    def _post(self, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
        reason = ""
        for pause in (*_PAUSES, None):
            try:
                response = self._client.post(verb, json=body)
            except httpx2.HTTPError as error:
                reason = type(error).__name__
            else:
                if response.status_code in (404, 409):
                    raise LeaseLost("This build is no longer this worker's.")
                if response.is_success:
                    answer: dict[str, Any] = response.json()
                    return answer
                reason = f"status {response.status_code}"
                if response.status_code < 500:
                    break
            if pause is not None:
                time.sleep(pause)
        raise PortalUnreachable(f"The portal did not take the worker's {verb}: {reason}.")
