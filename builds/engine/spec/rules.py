"""The rules a spec keeps, each with the field it is about and a sentence for people.

Not in charge of packages that do not exist or cannot be solved together (the resolver), nor of a
tenant's own policies (the wizard).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from builds.engine.spec import accounts, placement, process
from builds.engine.spec.certificates import certificate_errors
from builds.engine.spec.values import Spec

MAX_TEXT = 4096
MAX_ENTRIES = 256
MAX_PACKAGES = 500
ARCHITECTURES = ("amd64", "arm64")
# Debian policy 5.6.1 (names) and 5.6.12 (versions), and what apk repositories have beside.
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+._\-]*(=([0-9]+:)?[0-9][A-Za-z0-9+._\-~]*)?")
SUITE = re.compile(r"[a-z][a-z0-9\-]{1,39}")
KEY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/\-]*[A-Za-z0-9])?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The engine and the registry write these themselves; a customer's would be a lie about provenance.
RESERVED_PREFIXES = (
    "org.opencontainers.image.base.",
    "dev.sigstore.",
    "dev.cosignproject.",
    "io.assay.",
    "vnd.docker.",
)
RESERVED_KEYS = (
    "org.opencontainers.image.created", "org.opencontainers.image.ref.name", "org.opencontainers.image.version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpecError:
    """One broken rule: the field, the rule's stable code, a sentence for people."""

    field: str
    code: str
    sentence: str


def validate(spec: Spec) -> list[SpecError]:
    """Return every broken rule, in the order of the fields; an empty list means the spec is sound."""
    return [SpecError(*found) for check in CHECKS for found in check(spec)]


Found = Iterator[tuple[str, str, str]]


def text_errors(field: str, value: str, limit: int = MAX_TEXT) -> Found:
    """Yield what is wrong with one text: control characters, line breaks, length."""
    if CONTROL.search(value):
        yield (
            field,
            "control-character",
            "Line breaks, NUL and other control characters are not allowed here.",
        )
    if len(value) > limit:
        yield field, "too-long", f"This may have at most {limit} characters."


def path_errors(field: str, path: str) -> Found:
    """Yield what is wrong with an absolute, normalised path."""
    yield from text_errors(field, path)
    if not path.startswith("/"):
        yield field, "path-relative", "A path starts with “/”."
    parts = path[1:].split("/")
    if path != "/" and ("" in parts or "." in parts or ".." in parts):
        yield field, "path-not-normal", "A path has no “.”, no “..”, no “//” and no “/” at its end."


def _suite(spec: Spec) -> Found:
    if not SUITE.fullmatch(spec.suite):
        yield "suite", "suite-name", "This is not the name of a suite."
    if spec.base and spec.base.lock.suite != spec.suite:
        yield (
            "suite",
            "suite-differs",
            f"The base image is built on {spec.base.lock.suite}; the suite must be the same.",
        )


def _packages(spec: Spec) -> Found:
    if len(spec.packages) > MAX_PACKAGES:
        yield "packages", "too-many", f"At most {MAX_PACKAGES} packages may be asked for."
    names: dict[str, str] = {}
    for index, package in enumerate(spec.packages):
        field = f"packages[{index}]"
        if not PACKAGE.fullmatch(package) or len(package) > 300:
            yield field, "package-name", "This is not a package name, nor a name=version pair."
        name = package.partition("=")[0]
        if names.setdefault(name, package) != package:
            yield field, "package-twice", f"{name} is asked for in two versions."


def _removals(spec: Spec) -> Found:
    below = spec.base.lock.packages if spec.base else {}
    known = {package.name for packages in below.values() for package in packages}
    asked = {package.partition("=")[0] for package in spec.packages}
    for index, name in enumerate(spec.remove):
        field = f"remove[{index}]"
        if spec.base is None:
            yield (
                field,
                "remove-without-base",
                "There is no base image to remove packages from; ask for fewer.",
            )
        elif name not in known:
            yield field, "remove-unknown", f"The base image has no package “{name[:80]}”."
        if name in asked:
            yield field, "remove-and-add", f"{name} is asked for and removed at once."


def _architectures(spec: Spec) -> Found:
    if not spec.architectures:
        yield "architectures", "empty", "An image needs at least one architecture."
    for index, architecture in enumerate(spec.architectures):
        if architecture not in ARCHITECTURES:
            yield (
                f"architectures[{index}]",
                "architecture",
                f"The architecture must be one of {', '.join(ARCHITECTURES)}.",
            )
        elif spec.base and architecture not in spec.base.manifests:
            yield (
                f"architectures[{index}]",
                "architecture-base",
                f"The base image has no {architecture} variant.",
            )


def _metadata(field: str, values: Mapping[str, str]) -> Found:
    if len(values) > MAX_ENTRIES:
        yield field, "too-many", f"At most {MAX_ENTRIES} entries are allowed."
    for key, value in values.items():
        where = f"{field}.{key[:80]}"
        if not KEY.fullmatch(key) or len(key) > 256:
            yield (
                where,
                "key",
                "A key has letters, digits, “.”, “_”, “-” and “/”, and starts and ends with a letter or digit.",
            )
        if key.lower().startswith(RESERVED_PREFIXES) or key.lower() in RESERVED_KEYS:
            yield where, "reserved", "This key is written by the portal itself."
        yield from text_errors(where, value)


def _labels(spec: Spec) -> Found:
    yield from _metadata("labels", spec.labels)
    yield from _metadata("annotations", spec.annotations)


def _placement(spec: Spec) -> Found:
    yield from placement.placement_errors(spec, text_errors, path_errors)


def _certificates(spec: Spec) -> Found:
    yield from certificate_errors(spec.certificates)


def _process(spec: Spec) -> Found:
    yield from process.process_errors(spec, text_errors, path_errors)


def _accounts(spec: Spec) -> Found:
    yield from accounts.account_errors(spec, text_errors, path_errors)


CHECKS: tuple[Callable[[Spec], Found], ...] = (
    _suite, _packages, _removals, _architectures, _process, _labels, _accounts, _placement, _certificates,
)  # fmt: skip
