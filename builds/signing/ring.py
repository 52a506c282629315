"""Which keys there are: one of the vendor for the catalogue, one per tenant for what it builds.

Below `SIGNING_ROOT`, `private/<scope>.<n>.pem` is read by the signer only and `public/<scope>.<n>.pem` by
the web process. Rotation appends a higher `n`; older public keys stay, so that what they signed verifies.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from django.conf import settings

from builds.signing.key import FileKey, PublicKey
from tenants.models import Tenant

_NAME = re.compile(r"\A(?P<scope>[a-z0-9-]+)\.(?P<number>[0-9]{1,6})\.pem\Z")
VENDOR = "vendor"


def scope_of(tenant: Tenant | None) -> str:
    """The name of a tenant's keys, or of the vendor's."""
    return VENDOR if tenant is None else f"tenant-{tenant.pk}"


def signing_key(tenant: Tenant | None) -> FileKey:
    """The newest private key of the scope; made on first use. Only the signer may call it.

    Raises BadKey.
    """
    scope = scope_of(tenant)
    newest = _newest(_folder("private"), scope)
    key = _first(scope) if newest is None else FileKey.read(newest)
    number = 1 if newest is None else _number(newest)
    _publish(scope, number, key)
    return key


def rotate(tenant: Tenant | None) -> FileKey:
    """Append a new key to the scope and sign with it from now on."""
    scope = scope_of(tenant)
    newest = _newest(_folder("private"), scope)
    number = 1 if newest is None else _number(newest) + 1
    key = FileKey.generate()
    _write_new(_folder("private") / f"{scope}.{number}.pem", key.pem, 0o600)
    _publish(scope, number, key)
    return key


def public_keys(tenant: Tenant | None) -> list[PublicKey]:
    """Every public key of the scope, newest first; empty before the first signature."""
    scope = scope_of(tenant)
    return [PublicKey.read(path) for path in sorted(_of(_folder("public"), scope), key=_number, reverse=True)]


def _first(scope: str) -> FileKey:
    path = _folder("private") / f"{scope}.1.pem"
    _write_new(path, FileKey.generate().pem, 0o600)
    return FileKey.read(path)  # another signer may have been first: theirs counts


def _publish(scope: str, number: int, key: FileKey) -> None:
    path = _folder("public") / f"{scope}.{number}.pem"
    if not path.exists():
        _write_new(path, key.public_key.pem, 0o644)


def _folder(kind: str) -> Path:
    return Path(settings.SIGNING_ROOT) / kind


def _of(folder: Path, scope: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path for path in folder.iterdir() if (found := _NAME.match(path.name)) and found["scope"] == scope
    ]


def _newest(folder: Path, scope: str) -> Path | None:
    return max(_of(folder, scope), key=_number, default=None)


def _number(path: Path) -> int:
    found = _NAME.match(path.name)
    return int(found["number"]) if found else 0


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a complete file that was not there; keep the one that was."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # atomic, and refused where the name exists
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
