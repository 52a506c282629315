"""What a worker reports at the end: digests, sizes, packages, tests, scan, timings, as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builds.engine.built import BuiltImage, PlatformImage
from builds.engine.scan import Scan, rules_digest


def result_document(
    image: BuiltImage, *, tests: Mapping[str, Any], scan: Mapping[str, Any], timings: Mapping[str, float]
) -> dict[str, Any]:
    """The result as `builds.progress.finish` takes it. Timings are seconds by step."""
    return {
        "index": image.index.digest,
        "media_type": image.index.media_type,
        "platforms": {platform.architecture: _platform(platform) for platform in image.platforms},
        "packages": [
            {
                **piece,
                "platform": platform.architecture,
                "directories": list(platform.directories.get(piece["name"], ())),
            }
            for platform in image.platforms
            for piece in platform.sbom
        ],
        "tests": dict(tests),
        "scan": dict(scan),
        "timings": {step: round(seconds, 3) for step, seconds in timings.items()},
    }


def scan_summary(scans: Mapping[str, Scan]) -> dict[str, Any]:
    """All findings, each with its platform, and by platform what packages are able to do.

    `rules` is the digest of the rules that were looked for.
    """
    findings = [
        {**finding.to_json(), "platform": architecture}
        for architecture, scan in scans.items()
        for finding in scan.findings
    ]
    return {
        "findings": findings,
        "count": len(findings),
        "capabilities": {name: scan.to_json()["capabilities"] for name, scan in scans.items()},
        "rules": rules_digest(),
    }


def _platform(platform: PlatformImage) -> dict[str, Any]:
    return {
        "digest": platform.manifest.digest,
        "size": platform.size,
        "config_digest": platform.config.digest,
        "layers": [
            {
                "digest": layer.descriptor.digest,
                "size": layer.descriptor.size,
                "media_type": layer.descriptor.media_type,
                "kind": layer.kind,
                "name": layer.name,
                "packages": list(layer.packages),
                "shared": layer.is_shared or layer.kind == "base",
            }
            for layer in platform.layers
        ],
    }
