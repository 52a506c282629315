"""The bottom of every image: top-level directories, the links of the merged ``usr``, what the system calls itself.

It depends on suite and architecture alone, so that all images share it byte for byte.
"""

from builds.engine.errors import EngineError
from builds.engine.filters import SKELETON_LINKS
from builds.engine.tar import DIRECTORY, FILE, SYMLINK, TarEntry

VERSION = 1
RELEASES = {"bookworm": ("12", "bookworm"), "trixie": ("13", "trixie"), "forky": ("14", "forky")}
DIRECTORIES = {
    "boot": 0o755, "dev": 0o755, "etc": 0o755, "home": 0o755, "home/nonroot": 0o700, "media": 0o755, "mnt": 0o755,
    "opt": 0o755, "proc": 0o555, "root": 0o700, "run": 0o755, "run/lock": 0o1777, "srv": 0o755, "sys": 0o555,
    "tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755, "usr/lib": 0o755, "usr/local": 0o755, "usr/local/bin": 0o755,
    "usr/local/lib": 0o755, "usr/sbin": 0o755, "usr/share": 0o755, "var": 0o755, "var/cache": 0o755,
    "var/lib": 0o755, "var/lib/dpkg": 0o755, "var/lib/dpkg/status.d": 0o755, "var/log": 0o755, "var/spool": 0o755,
    "var/tmp": 0o1777,
}  # fmt: skip
NONROOT = 65532
LINKS = {"etc/os-release": "../usr/lib/os-release", "var/run": "/run", "var/lock": "/run/lock"}
NSSWITCH = """\
passwd:         files
group:          files
shadow:         files
hosts:          files dns
networks:       files
protocols:      files
services:       files
"""


class UnknownSuiteError(EngineError):
    """A suite that no skeleton is known for."""

    code = "suite-unknown"
    sentence = "Images cannot be built on {suite}; the suites known are {known}."


def skeleton(suite: str, architecture: str) -> dict[str, tuple[TarEntry, bytes]]:
    """Return the skeleton's entries by path, all dated 1970 because nothing about them is newer.

    :raises UnknownSuiteError: when the suite is not known
    """
    if suite not in RELEASES:
        raise UnknownSuiteError(suite=suite, known=", ".join(sorted(RELEASES)))
    entries: dict[str, tuple[TarEntry, bytes]] = {}
    for path, mode in DIRECTORIES.items():
        owner = NONROOT if path == "home/nonroot" else 0
        entries[path] = TarEntry(path, DIRECTORY, mode, owner, owner, 0, 0), b""
    links = {**LINKS, **SKELETON_LINKS}
    if architecture == "amd64":
        entries["usr/lib64"] = TarEntry("usr/lib64", DIRECTORY, 0o755, 0, 0, 0, 0), b""
    else:
        del links["lib64"]
    for path, target in links.items():
        entries[path] = TarEntry(path, SYMLINK, 0o777, 0, 0, 0, 0, target), b""
    number, _ = RELEASES[suite]
    for path, text in {
        "usr/lib/os-release": os_release(suite),
        "etc/debian_version": number + "\n",
        "etc/nsswitch.conf": NSSWITCH,
    }.items():
        entries[path] = TarEntry(path, FILE, 0o644, 0, 0, len(text), 0), text.encode()
    return entries


def os_release(suite: str) -> str:
    """Return ``os-release(5)`` for a suite; scanners choose their advisories by it."""
    number, name = RELEASES[suite]
    return (
        f'PRETTY_NAME="Debian GNU/Linux {number} ({name})"\n'
        'NAME="Debian GNU/Linux"\n'
        f'VERSION_ID="{number}"\n'
        f'VERSION="{number} ({name})"\n'
        f"VERSION_CODENAME={name}\n"
        "ID=debian\n"
    )
