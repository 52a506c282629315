"""The bottom of every image: top-level directories, the links of the merged ``usr``, what the system calls itself.

It depends on format, suite and architecture alone, so that all images share it byte for byte.
"""

from builds.engine.filters import SKELETON_LINKS
from builds.engine.formats import Format
from builds.engine.tar import DIRECTORY, FILE, SYMLINK, TarEntry

VERSION = 1
DIRECTORIES = {
    "boot": 0o755, "dev": 0o755, "etc": 0o755, "home": 0o755, "home/nonroot": 0o700, "media": 0o755, "mnt": 0o755,
    "opt": 0o755, "proc": 0o555, "root": 0o700, "run": 0o755, "run/lock": 0o1777, "srv": 0o755, "sys": 0o555,
    "tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755, "usr/lib": 0o755, "usr/local": 0o755, "usr/local/bin": 0o755,
    "usr/local/lib": 0o755, "usr/sbin": 0o755, "usr/share": 0o755, "var": 0o755, "var/cache": 0o755,
    "var/lib": 0o755, "var/log": 0o755, "var/spool": 0o755, "var/tmp": 0o1777,
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


def skeleton(form: Format, suite: str, architecture: str) -> dict[str, tuple[TarEntry, bytes]]:
    """Return the skeleton's entries by path, all dated 1970 because nothing about them is newer.

    :raises UnknownSuiteError: when the format does not know the suite
    """
    texts = {**form.os_files(suite), "etc/nsswitch.conf": NSSWITCH}
    entries: dict[str, tuple[TarEntry, bytes]] = {}
    for path, mode in {**DIRECTORIES, **form.SKELETON}.items():
        owner = NONROOT if path == "home/nonroot" else 0
        entries[path] = TarEntry(path, DIRECTORY, mode, owner, owner, 0, 0), b""
    links = {**LINKS, **SKELETON_LINKS}
    if architecture == "amd64":
        entries["usr/lib64"] = TarEntry("usr/lib64", DIRECTORY, 0o755, 0, 0, 0, 0), b""
    else:
        del links["lib64"]
    for path, target in links.items():
        entries[path] = TarEntry(path, SYMLINK, 0o777, 0, 0, 0, 0, target), b""
    for path, text in texts.items():
        entries[path] = TarEntry(path, FILE, 0o644, 0, 0, len(text), 0), text.encode()
    return entries
