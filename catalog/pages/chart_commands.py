"""The commands by which a chart is installed from the host that is asked: over OCI, and as a classic repository."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from catalog.charts.locking import Changes
from catalog.charts.offered import PREFIX

#: More settings than these are given as a file.
MOST_SETTINGS = 3
_WORD = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Commands:
    """Ready to copy. The classic ones are empty where the chart's name here is outside `charts/`, those that sign in
    where everyone is let in.
    """

    install: str
    upgrade: str
    login: str
    secret: str
    template: str
    repo_add: str
    repo_install: str
    needs_file: bool

    @classmethod
    def of(
        cls,
        *,
        registry: str,
        origin: str,
        alias: str,
        shown: str,
        version: str,
        changes: Changes,
        has_secrets: bool,
        is_open: bool,
    ) -> Commands:
        """`registry` and `origin` are the host's, `alias` what a classic repository is called on the reader's machine.

        `shown` is the chart's repository there, `changes` what its values must say.
        """
        host, prefix = registry.partition("/")[0], registry.partition("/")[2]
        base = f"{origin}/{prefix}" if prefix else origin
        name = shown.rpartition("/")[2]
        pull = " --set 'imagePullSecrets[0].name=pull'" if has_secrets and not is_open else ""
        told = _told(name, changes) + pull
        credentials = "" if is_open else ' --username token --password "$TOKEN"'
        is_classic = shown == f"{PREFIX}{name}"
        where = f"oci://{registry}/{shown} --version {version}{_plain(origin)}"
        return cls(
            install=f"helm install {name} {where}{told}",
            # With --reuse-values the former version's digest would stay.
            upgrade=f"helm upgrade {name} {where} --reset-then-reuse-values{told}",
            login="" if is_open else login(registry, origin),
            secret=""
            if is_open
            else f"kubectl create secret docker-registry pull --docker-server={host}"
            ' --docker-username=token --docker-password="$TOKEN"',
            template=f"helm template {name} {where}{told}",
            repo_add=f"helm repo add {alias} {base}/charts{credentials}" if is_classic else "",
            repo_install=f"helm install {name} {alias}/{name} --version {version}{told}"
            if is_classic
            else "",
            needs_file=_needs_file(changes),
        )


def login(registry: str, origin: str) -> str:
    """How helm signs in at the host."""
    return f'helm registry login {registry.partition("/")[0]} -u token -p "$TOKEN"{_plain(origin)}'


def push(registry: str, origin: str) -> str:
    """How helm puts a chart there."""
    return f"helm push NAME-VERSION.tgz oci://{registry}/{PREFIX.rstrip('/')}{_plain(origin)}"


def _plain(origin: str) -> str:
    """What helm must be told of a host without TLS, as the demo's is."""
    return " --plain-http" if origin.startswith("http://") else ""


def _needs_file(changes: Changes) -> bool:
    """Whether they are too many for a line, or a key is more than a word: to `--set`, or to the reader's shell."""
    return len(changes) > MOST_SETTINGS or not all(_WORD.fullmatch(part) for path in changes for part in path)


def _told(name: str, changes: Changes) -> str:
    if _needs_file(changes):
        return f" --values {name}-values.yaml"
    said = {path: value if isinstance(value, str) else json.dumps(value) for path, value in changes.items()}
    return "".join(f" --set {'.'.join(path)}={value}" for path, value in said.items())
