"""Scans: what nobody should ship, and what programs are able to do.

Every package is scanned once for each set of rules. Vulnerabilities are not looked for here: they change while
the bytes do not.
"""

from builds.engine.scan.packages import scan_fragment, scan_image
from builds.engine.scan.ruleset import rules_digest
from builds.engine.scan.values import Finding, Scan

__all__ = ["Finding", "Scan", "rules_digest", "scan_fragment", "scan_image"]
