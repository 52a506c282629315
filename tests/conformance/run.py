"""Run the OCI conformance suite against a portal of our own, in both versions.

    python tests/conformance/run.py [results directory]

The last line is `OCI 1.1: N pass, N fail, N skip · dev: ...`; the exit status is 1 when anything failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from defusedxml import ElementTree

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance.server import CLIENTS, Portal

SUITE = CLIENTS / "conformance"
VERSIONS = ("1.1", "dev")


@dataclass(frozen=True, slots=True)
class Totals:
    passed: int
    failed: int
    skipped: int

    def __str__(self) -> str:
        return f"{self.passed} pass, {self.failed} fail, {self.skipped} skip"


def totals_in(junit: Path) -> Totals:
    """Counted from the suite's own report."""
    found = ElementTree.parse(junit).getroot()
    tests, failed = (int(found.get(name, 0)) for name in ("tests", "failures"))
    failed += int(found.get("errors", 0))
    skipped = int(found.get("skipped", 0)) + int(found.get("disabled", 0))
    return Totals(tests - failed - skipped, failed, skipped)


def run(portal: Portal, version: str, results: Path) -> Totals:
    results.mkdir(parents=True, exist_ok=True)
    label = version.replace(".", "-")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OCI_")} | {
        "OCI_REGISTRY": portal.host,
        "OCI_TLS": "disabled",
        "OCI_REPO1": f"acme/conformance-{label}/one",
        "OCI_REPO2": f"acme/conformance-{label}/two",
        "OCI_VERSION": version,
        "OCI_USERNAME": "conformance",
        "OCI_PASSWORD": portal.secrets["acme"],
        "OCI_RESULTS_DIR": str(results),
    }
    with (results / "output.txt").open("wb") as output:
        subprocess.run([SUITE], env=environment, stdout=output, stderr=output, check=False, cwd=results)
    return totals_in(results / "junit.xml")


def main() -> int:
    if not SUITE.exists():
        print(f"OCI: not run, the suite is not built ({SUITE}); run deploy/setup/clients.sh conformance")
        return 1
    with tempfile.TemporaryDirectory(prefix="assay-conformance-") as scratch, Portal() as portal:
        results = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        totals = {version: run(portal, version, results / version) for version in VERSIONS}
    print("OCI " + " · ".join(f"{version}: {total}" for version, total in totals.items()))
    return int(any(total.failed or not total.passed for total in totals.values()))


if __name__ == "__main__":
    raise SystemExit(main())
