"""The commands by which a chart is installed from the host that is asked: over OCI, and as a classic repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.charts.offered import PREFIX
from catalog.charts.relocate import Path

#: More settings than these are given as a file.
MOST_SETTINGS = 3


@dataclass(frozen=True, slots=True)
class Commands:
    """Ready to copy. The classic ones are empty where the chart's name here is outside `charts/`."""

    install: str
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
        changes: Mapping[Path, str],
        has_secrets: bool,
    ) -> Commands:
        """`registry` and `origin` are the host's, `alias` what a classic repository is called on the reader's machine.

        `shown` is the chart's repository there, `changes` what its values must say.
        """
        host, prefix = registry.partition("/")[0], registry.partition("/")[2]
        base = f"{origin}/{prefix}" if prefix else origin
        plain = " --plain-http" if origin.startswith("http://") else ""
        name = shown.rpartition("/")[2]
        told = _told(name, changes) + (" --set imagePullSecrets[0].name=pull" if has_secrets else "")
        is_classic = shown == f"{PREFIX}{name}"
        where = f"oci://{registry}/{shown} --version {version}{plain}"
        return cls(
            install=f"helm install {name} {where}{told}",
            login=f'helm registry login {host} -u token -p "$TOKEN"{plain}',
            secret=f"kubectl create secret docker-registry pull --docker-server={host}"
            ' --docker-username=token --docker-password="$TOKEN"',
            template=f"helm template {name} {where}{told}",
            repo_add=f'helm repo add {alias} {base}/charts --username token --password "$TOKEN"'
            if is_classic
            else "",
            repo_install=f"helm install {name} {alias}/{name} --version {version}{told}"
            if is_classic
            else "",
            needs_file=len(changes) > MOST_SETTINGS,
        )


def _told(name: str, changes: Mapping[Path, str]) -> str:
    if len(changes) > MOST_SETTINGS:
        return f" --values {name}-values.yaml"
    return "".join(f" --set {'.'.join(path)}={value}" for path, value in changes.items())
