"""Judge maintainer scripts by their exact text: which ones do nothing that an image needs.

A script is harmless when its whole text, or each part of it, was reviewed. Parts are the sections that
packaging tools add, and what remains; the package's own name is replaced by a mark before digesting, so
that one review covers the same generated text in every package. Nothing here runs a script.
"""

import hashlib
import re

SECTION = re.compile(
    r"^# Automatically added by ([a-z_0-9]+)[^\n]*\n(.*?)^# End automatically added section\n",
    re.MULTILINE | re.DOTALL,
)
SECTIONS_WITHOUT_EFFECT = frozenset(
    {
        # Start, stop and registration of services: an image has neither init nor service manager.
        "dh_installinit", "dh_installsystemd", "dh_installsystemduser", "dh_systemd_enable", "dh_systemd_start",
        # Byte-compiled modules: Python compiles in memory; images are read-only.
        "dh_python3",
        # Removal of old configuration files on upgrade: an image is never upgraded in place.
        "dh_installdeb",
        # Caches of desktops and menus.
        "dh_icons", "dh_installmenu", "dh_installxfonts",
    }
)  # fmt: skip
IDLE = re.compile(r"\s*(set -[eux]+|exit 0|:|set -o errexit)?\s*")
HELPER = re.compile(
    r"dpkg-maintscript-helper (rm_conffile|mv_conffile|symlink_to_dir|dir_to_symlink) [^;&|`$]*\"\$@\""
)


def residue(script: bytes, package: str) -> str:
    """Return what a script holds beyond comments, idle lines and sections without effect.

    The package's name is replaced by ``@PACKAGE@``. An empty result means that nothing is left to review.
    """
    text = script.decode("utf-8", "replace")
    text = SECTION.sub(lambda found: "" if found[1] in SECTIONS_WITHOUT_EFFECT else found[0], text)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [
        line for line in lines
        if not line.lstrip().startswith("#") and not IDLE.fullmatch(line) and not HELPER.fullmatch(line.strip())
    ]  # fmt: skip
    return "\n".join(kept).replace(package, "@PACKAGE@")


def residue_digest(script: bytes, package: str) -> str:
    """Return ``sha256:…`` of the residue; "" when there is none."""
    left = residue(script, package)
    return "sha256:" + hashlib.sha256(left.encode()).hexdigest() if left else ""
