"""Chart archives for tests: a sound one, and those of people who mean harm."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import Any

CHART = "apiVersion: v2\nname: shop\nversion: 1.2.3\ndescription: A shop.\nappVersion: '7'\n"
VALUES = "# How many.\nreplicas: 2\nimage: {repository: redis, tag: '8.2'}\n"
DEPLOYMENT = "kind: Deployment\nspec: {}\n"


def sound(**files: str) -> dict[str, str]:
    """Files of a chart by path; `name__with` stands for other paths."""
    return {
        "shop/Chart.yaml": CHART,
        "shop/values.yaml": VALUES,
        "shop/README.md": "# Shop\n",
        "shop/templates/deployment.yaml": DEPLOYMENT,
        **files,
    }


def entry(path: str, content: bytes = b"", **facts: Any) -> tuple[tarfile.TarInfo, bytes]:
    """One entry of a tar, with any facts that a header can have."""
    info = tarfile.TarInfo(path)
    info.size = len(content)
    for name, value in facts.items():
        setattr(info, name, value)
    return info, content


def packed(files: dict[str, Any] | None = None, *more: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A gzipped tar of `files` and further entries."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, text in (sound() if files is None else files).items():
            info, content = entry(path, text if isinstance(text, bytes) else text.encode())
            tar.addfile(info, io.BytesIO(content))
        for info, content in more:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)
