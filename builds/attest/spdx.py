"""The SPDX 2.3 document of an index or of one platform's image.

Its packages are exactly the lock's, so the bill and the image cannot differ; what unpacking told (licences,
supplier) is added. Certificates and files that a customer added are in it as packages of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from builds.attest.licences import NOASSERTION, Licence, licence_of
from builds.attest.subject import Facts, stamp
from builds.engine.canonical import digest_of
from builds.engine.lock import LockedPackage
from builds.engine.purl import purl

_NOT_IDENTIFIER = re.compile(r"[^A-Za-z0-9.-]+")
IMAGE = "SPDXRef-Image"


def spdx_document(facts: Facts, *, digest: str, architectures: tuple[str, ...]) -> dict[str, Any]:
    """The document about `digest`, which holds the packages of `architectures`."""
    references: dict[str, str] = {}
    packages = [_image(facts, digest)]
    packages += [
        _package(architecture, package, facts.pieces.get((architecture, package.name), {}), references)
        for architecture, package in facts.packages(architectures)
    ]
    packages += _additions(facts.spec)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{facts.name}@{digest}",
        "documentNamespace": f"{facts.portal}/spdx/{facts.build}/{digest.replace(':', '-')}",
        "creationInfo": {
            "created": stamp(facts.reported_at),
            "creators": ["Organization: Assay", f"Tool: assay-engine-{facts.lock.engine}"],
            "comment": "Made while the image was assembled, from the lock and the packages unpacked.",
        },
        "documentDescribes": [IMAGE],
        "packages": packages,
        "hasExtractedLicensingInfos": [
            {"licenseId": key, "name": name, "extractedText": f"{name}: see the package's copyright file."}
            for key, name in sorted(references.items())
        ],
        "relationships": _relationships(packages, facts, architectures),
    }


def _image(facts: Facts, digest: str) -> dict[str, Any]:
    algorithm, _, value = digest.partition(":")
    last = facts.name.rpartition("/")[2]
    return {
        "SPDXID": IMAGE,
        "name": facts.name,
        "versionInfo": digest,
        "supplier": "Organization: Assay",
        "downloadLocation": NOASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": NOASSERTION,
        "licenseDeclared": NOASSERTION,
        "copyrightText": NOASSERTION,
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [{"algorithm": algorithm.upper(), "checksumValue": value}],
        "externalRefs": [_purl(f"pkg:oci/{quote(last, safe='')}@{quote(digest, safe='')}")],
    }


def _package(
    architecture: str, package: LockedPackage, piece: Mapping[str, Any], references: dict[str, str]
) -> dict[str, Any]:
    licence: Licence = licence_of(piece.get("licences") or ())
    references.update(licence.references)
    locator = piece.get("purl") or purl(package)
    entry = {
        "SPDXID": reference_of(architecture, package),
        "name": package.name,
        "versionInfo": package.version,
        "supplier": _supplier(piece.get("supplier", "")),
        "downloadLocation": NOASSERTION,
        "packageFileName": package.path.rpartition("/")[2],
        "filesAnalyzed": False,
        "licenseConcluded": NOASSERTION,
        "licenseDeclared": licence.expression,
        "copyrightText": NOASSERTION,
        "sourceInfo": f"built from the source package {package.source} {package.source_version}",
        "checksums": [{"algorithm": "SHA256", "checksumValue": package.sha256}],
        "externalRefs": [_purl(locator)],
    }
    if str(piece.get("homepage", "")).startswith(("http://", "https://")):
        entry["homepage"] = piece["homepage"]
    if piece.get("summary"):
        entry["summary"] = piece["summary"]
    return entry


def _additions(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a customer added beside packages: each file by its path, each certificate by its digest."""
    files = [
        _addition("File", str(entry["path"]), digest_of(entry).partition(":")[2], "FILE")
        for entry in spec.get("files") or []
    ]
    certificates = [hashlib.sha256(text.encode()).hexdigest() for text in spec.get("certificates") or []]
    return files + [_addition("Certificate", f"certificate {one[:12]}", one, "OTHER") for one in certificates]


def _addition(kind: str, name: str, sha256: str, purpose: str) -> dict[str, Any]:
    return {
        "SPDXID": f"SPDXRef-{kind}-{sha256[:16]}",
        "name": name,
        "supplier": NOASSERTION,
        "downloadLocation": NOASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": NOASSERTION,
        "licenseDeclared": NOASSERTION,
        "copyrightText": NOASSERTION,
        "primaryPackagePurpose": purpose,
        "comment": "Added by the customer. The checksum is of the order's entry.",
        "checksums": [{"algorithm": "SHA256", "checksumValue": sha256}],
    }


def _relationships(
    packages: list[dict[str, Any]], facts: Facts, architectures: tuple[str, ...]
) -> list[dict[str, str]]:
    found = [_relation("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)]
    found += [_relation(IMAGE, "CONTAINS", package["SPDXID"]) for package in packages[1:]]
    for architecture in architectures:
        known = {package.name: package for package in facts.lock.packages.get(architecture, ())}
        for package in known.values():
            if needer := known.get(package.because):
                found.append(
                    _relation(
                        reference_of(architecture, needer), "DEPENDS_ON", reference_of(architecture, package)
                    )
                )
    return found


def reference_of(architecture: str, package: LockedPackage) -> str:
    """The package's identifier inside a document: readable, and unique by its digest."""
    name = _NOT_IDENTIFIER.sub("-", f"{architecture}-{package.name}")
    return f"SPDXRef-Package-{name}-{package.sha256[:12]}"


def _purl(locator: str) -> dict[str, str]:
    return {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": locator,
    }


def _supplier(maintainer: str) -> str:
    clean = " ".join(maintainer.replace("<", "(").replace(">", ")").split())
    return f"Organization: {clean}" if clean else NOASSERTION


def _relation(subject: str, kind: str, target: str) -> dict[str, str]:
    return {"spdxElementId": subject, "relationshipType": kind, "relatedSpdxElement": target}
