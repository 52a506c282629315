"""Run the OCI conformance suite against a portal of our own.

    python -m tests.conformance.run [results directory]

It runs version 1.1 by the tenant's path and the development version by its host, with every switch on, and
read-only on the tenant's host against an image that the platform published and the tenant sees by a grant. The
last line counts what passed and failed; the exit status is 1 when anything failed, was skipped or was left out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.server import CLIENTS, Portal

SUITE = CLIENTS / "conformance"
#: (version, whether by the tenant's own host): each of the two once suffices, the door is the same.
RUNS = (("1.1", False), ("dev", True))
#: What the suite leaves out of version 1.1 unless asked.
EVERYTHING = {
    "OCI_API_BLOBS_UPLOAD_CANCEL": "true",
    "OCI_API_BLOBS_DIGEST_HEADER": "true",
    "OCI_API_MANIFESTS_DIGEST_HEADER": "true",
    "OCI_API_MANIFESTS_TAG_PARAM": "true",
}
#: The one switch that stays off, as it is by the suite's own default in every version. It asks that a manifest
#: be taken whose content is missing; a registry may refuse that, and we do, so that no pull half works.
REFUSED = {"sparse"}
READ_ONLY = {
    f"OCI_API_{name}": "false"
    for name in [
        "PUSH",
        "BLOBS_ATOMIC",
        "BLOBS_DELETE",
        "BLOBS_MOUNT_ANONYMOUS",
        "BLOBS_UPLOAD_CANCEL",
        "MANIFESTS_ATOMIC",
        "MANIFESTS_DELETE",
        "MANIFESTS_TAG_PARAM",
        "TAGS_ATOMIC",
        "TAGS_DELETE",
    ]
}


@dataclass(frozen=True, slots=True)
class Totals:
    passed: int
    failed: int
    skipped: int
    #: Steps of what a switch turned off: none, but for the pushes and deletions that "read-only" leaves out.
    disabled: int
    #: Switches of the suite that were off, as it reports them.
    off: frozenset[str]

    @property
    def is_clean(self) -> bool:
        return self.passed > 0 and not self.failed and not self.skipped

    @property
    def is_whole(self) -> bool:
        return not self.disabled and self.off == REFUSED

    def __str__(self) -> str:
        return f"{self.passed} pass, {self.failed} fail, {self.skipped} skip"


def totals_in(output: str) -> Totals:
    """Counted from what the suite prints: in read-only mode it ends in a panic before junit.xml."""
    found = dict(re.findall(r"^  (Disabled|Skip|Pass|FAIL|Error)\.+: +(\d+)$", output, re.MULTILINE))
    counts = {name: int(found[name]) for name in ("Disabled", "Skip", "Pass", "FAIL", "Error")}
    off = re.findall(r"^ +(\w+): false$", output.rpartition("\nConfiguration:\n")[2], re.MULTILINE)
    failed = counts["FAIL"] + counts["Error"]
    return Totals(counts["Pass"], failed, counts["Skip"], counts["Disabled"], frozenset(off))


def groups_in(output: str, parent: str = "") -> set[str]:
    """Names of the suite's groups of cases, or of the cases below one group."""
    begin = "/".join(["OCI Conformance Test", *([parent] if parent else [])])
    return set(re.findall(rf"^ +{re.escape(begin)}/([^/\n]+): \w+$", output, re.MULTILINE))


def run(portal: Portal, version: str, results: Path, *, by_host: bool) -> Totals:
    """Push and pull as acme, on its own host or by path on the portal's."""
    first = "conformance" if by_host else "acme/conformance"
    label = version.replace(".", "-")
    places = {"OCI_REPO1": f"{first}/{label}/one", "OCI_REPO2": f"{first}/{label}/two"}
    host = portal.host_of("acme") if by_host else portal.host
    return _run(portal, results, {**EVERYTHING, **places, "OCI_REGISTRY": host, "OCI_VERSION": version})


def run_read_only(portal: Portal, results: Path, found: dict[str, list[str]]) -> Totals:
    """Pull on acme's host what the platform published; `found` names what must be there."""
    # Version 1.1 of the settings, since with digest headers the suite checks an answer that it never kept.
    data = {f"OCI_RO_DATA_{name.upper()}": " ".join(values) for name, values in found.items()}
    places = {"OCI_REGISTRY": portal.host_of("acme"), "OCI_REPO1": "python", "OCI_REPO2": "python"}
    return _run(portal, results, {**READ_ONLY, **places, **data, "OCI_VERSION": "1.1"})


def _run(portal: Portal, results: Path, settings: dict[str, str]) -> Totals:
    results.mkdir(parents=True, exist_ok=True)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("OCI_")}
    said: dict[str, Any] = {
        **inherited,
        **portal.by_host,
        "OCI_TLS": "disabled",
        "OCI_USERNAME": "conformance",
        "OCI_PASSWORD": portal.secrets["acme"],
        "OCI_RESULTS_DIR": str(results),
        **settings,
    }
    output = results / "output.txt"
    with output.open("wb") as file:
        subprocess.run([SUITE], env=said, stdout=file, stderr=file, check=False, cwd=results, timeout=300)
    return totals_in(output.read_text())


def run_all(portal: Portal, results: Path) -> dict[str, Totals]:
    found = {version: run(portal, version, results / version, by_host=by_host) for version, by_host in RUNS}
    stock = portal.call("tests.conformance.stock:released_to_acme")
    return {**found, "read-only": run_read_only(portal, results / "read-only", stock)}


def main() -> int:
    if not SUITE.exists():
        print(f"OCI: not run, the suite is not built ({SUITE}); run deploy/setup/clients.sh conformance")
        return 1
    with tempfile.TemporaryDirectory(prefix="assay-conformance-") as scratch, Portal() as portal:
        totals = run_all(portal, Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch))
    print("OCI " + " · ".join(f"{name}: {total}" for name, total in totals.items()))
    whole = all(totals[version].is_whole for version, _ in RUNS)
    return int(not whole or not all(total.is_clean for total in totals.values()))


if __name__ == "__main__":
    raise SystemExit(main())
