"""Definition files: YAML with a ``spec`` (and ``tests``, which only ``build`` reads), a bare spec, or apko's words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from builds.engine.errors import EngineError
from builds.engine.spec import Spec, document
from builds.engine.spec.apko import is_apko


class BadDefinition(EngineError):
    """A file that holds no definition."""

    code = "definition-invalid"
    sentence = "{path} is not a definition: {reason}."


def read_document(path: Path) -> Mapping[str, Any]:
    """Read a YAML mapping from a file.

    :raises BadDefinition: when there is none
    """
    try:
        plain = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise BadDefinition(path=path, reason=(error.strerror or "unreadable").lower()) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadDefinition(path=path, reason="it is not YAML") from error
    if not isinstance(plain, Mapping):
        raise BadDefinition(path=path, reason="it is not a mapping")
    return plain


def read_definition(path: Path, suite: str) -> Mapping[str, Any]:
    """Read a definition; one in apko's words is translated, and is of ``suite``, since apko names none.

    :raises BadDefinition: when there is none
    :raises SpecMalformed: for what apko says and has no meaning here, by its name
    """
    plain = read_document(path)
    if "spec" in plain or not is_apko(plain):
        return plain
    return {"spec": {"suite": suite, **document.read_document(path.read_text(encoding="utf-8"))}}


def spec_of(plain: Mapping[str, Any]) -> Spec:
    """Read the spec of a definition; raise ``SpecMalformed``."""
    return Spec.from_json(plain.get("spec", plain))


def asked(spec: Spec) -> tuple[str, ...]:
    """Give all that is asked of an index to lock the spec; nothing, which means all, where it has a base."""
    return spec.packages if spec.base is None else ()
