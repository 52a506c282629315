"""The wizard's answers: what a person typed, kept as text so that a mistake is never lost.

`customisation` turns them into what an order takes. Not in charge of the rules of a spec
(`builds.engine.spec`), nor of storing anything but the draft in the session.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.http import HttpRequest, QueryDict

from builds.models import RecipeRevision
from builds.refusals import FieldError

KEY = "golden_draft"
#: Fields of the start-up step that are one line of text each.
LINES = ("entrypoint", "cmd", "user", "workdir")
MOST_TEXT = 200_000
MOST_LINE = 250
_SEPARATORS = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Answers:
    """One draft of a golden image. `base` is "image:stream" under the names of the tenant's host."""

    name: str = ""
    tag: str = ""
    base: str = ""
    packages: list[str] = field(default_factory=list)
    #: Packages of the base that the image shall not have.
    remove: list[str] = field(default_factory=list)
    entrypoint: str = ""
    cmd: str = ""
    env: str = ""
    labels: str = ""
    user: str = ""
    workdir: str = ""
    certificates: str = ""
    files: list[dict[str, str]] = field(default_factory=list)
    #: What an order through the API said and no step asks for; an edit here must not lose it.
    others: dict[str, Any] = field(default_factory=dict)

    def customisation(self) -> tuple[dict[str, Any], list[FieldError]]:
        """What an order takes, and what could not be read."""
        wanted = dict(self.others)
        if self.packages:
            wanted["packages"] = list(self.packages)
        if self.remove:
            wanted["remove"] = list(self.remove)
        errors: list[FieldError] = []
        if self.tag:
            wanted["tag"] = self.tag
        for name in ("entrypoint", "cmd"):
            if words := _words(name, getattr(self, name), errors):
                wanted[name] = words
        for name in ("env", "labels"):
            if pairs := _pairs(name, getattr(self, name), errors):
                wanted[name] = pairs
        wanted |= {name: getattr(self, name) for name in ("user", "workdir") if getattr(self, name)}
        if self.certificates.strip():
            wanted["certificates"] = _certificates(self.certificates)
        if self.files:
            wanted["files"] = [dict(each) for each in self.files]
        return wanted, errors

    def with_packages(self, text: str) -> Answers:
        """These answers with more packages; each once, in the order of asking."""
        added = [name for name in _SEPARATORS.split(text.strip()[:2000]) if name]
        return replace(self, packages=list(dict.fromkeys([*self.packages, *added]))[:200])

    def without_package(self, name: str) -> Answers:
        return replace(self, packages=[each for each in self.packages if each != name])

    def taking_away(self, name: str) -> Answers:
        """These answers without a package of the base."""
        return replace(
            self, remove=list(dict.fromkeys([*self.remove, *([name[:200]] if name else [])]))[:200]
        )

    def keeping(self, name: str) -> Answers:
        """These answers with a package of the base that was taken away."""
        return replace(self, remove=[each for each in self.remove if each != name])


def load(request: HttpRequest) -> Answers:
    """The session's draft for this tenant, or an empty one."""
    kept = request.session.get(_key(request)) or {}
    known = {name: kept[name] for name in Answers.__dataclass_fields__ if name in kept}
    return Answers(**known)


def save(request: HttpRequest, answers: Answers) -> None:
    request.session[_key(request)] = asdict(answers)


def forget(request: HttpRequest) -> None:
    request.session.pop(_key(request), None)


def _key(request: HttpRequest) -> str:
    return f"{KEY}:{request.tenant.pk}"  # type: ignore[attr-defined]


def read_start_up(answers: Answers, posted: QueryDict) -> Answers:
    """The start-up step as it was posted."""
    lines = {name: posted.get(name, "").strip()[:4000] for name in LINES}
    return replace(
        answers,
        entrypoint=lines["entrypoint"],
        cmd=lines["cmd"],
        user=lines["user"],
        workdir=lines["workdir"],
        env=posted.get("env", "").replace("\r\n", "\n")[:MOST_TEXT],
        labels=posted.get("labels", "").replace("\r\n", "\n")[:MOST_TEXT],
    )


def read_files(answers: Answers, posted: QueryDict) -> Answers:
    """The files step as it was posted: certificates, perhaps one more file, perhaps one removed."""
    files = [each for each in answers.files if each["path"] != posted.get("remove")]
    if path := posted.get("path", "").strip():
        content = posted.get("content", "").replace("\r\n", "\n")[:MOST_TEXT]
        mode = posted.get("mode", "").strip() or "0644"
        files = [each for each in files if each["path"] != path]
        files.append({"path": path, "mode": mode, "text": content})
    certificates = posted.get("certificates", answers.certificates).replace("\r\n", "\n")[:MOST_TEXT]
    return replace(answers, files=files, certificates=certificates)


def of_revision(revision: RecipeRevision, base: str) -> Answers:
    """The answers that gave `revision`, for changing them."""
    return of_customisation(revision.recipe.name, base, revision.customisation)


def of_customisation(name: str, base: str, kept: Mapping[str, Any]) -> Answers:
    """The answers that give this customisation."""
    asked = Answers.__dataclass_fields__.keys()
    empty: dict[str, Any] = {key: [] for key in ("entrypoint", "cmd") if kept.get(key) == []}
    return Answers(
        others={**{key: value for key, value in kept.items() if key not in asked}, **empty},
        name=name,
        base=base,
        tag=kept.get("tag", ""),
        packages=list(kept.get("packages", [])),
        remove=list(kept.get("remove", [])),
        entrypoint=shlex.join(kept.get("entrypoint") or []),
        cmd=shlex.join(kept.get("cmd") or []),
        env=_text_of(kept.get("env", {})),
        labels=_text_of(kept.get("labels", {})),
        user=kept.get("user") or "",
        workdir=kept.get("workdir") or "",
        certificates="\n".join(kept.get("certificates", [])),
        files=[dict(each) for each in kept.get("files", [])],
    )


def _words(name: str, text: str, errors: list[FieldError]) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        errors.append(FieldError(name, "quote-open", "A quotation mark is opened and never closed."))
        return []


def _pairs(name: str, text: str, errors: list[FieldError]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals:
            errors.append(
                FieldError(name, "pair-without-equals", f"“{line[:60]}” has no “=”: write NAME=value.")
            )
        elif key.strip() in pairs:
            errors.append(FieldError(name, "pair-twice", f"“{key.strip()[:60]}” is there twice."))
        else:
            pairs[key.strip()] = value
    return pairs


def _certificates(text: str) -> list[str]:
    end = "-----END CERTIFICATE-----"
    parts = [part.strip() for part in text.split(end)]
    return [
        f"{part}\n{end}\n" if index < len(parts) - 1 else part for index, part in enumerate(parts) if part
    ]


def _text_of(pairs: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={value}" for name, value in pairs.items())
