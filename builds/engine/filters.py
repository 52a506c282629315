"""Which paths of a package an image keeps, and where they lie in it.

An image holds what programs read at run time, and each package's copyright. Manuals, translations of
messages and the files of service managers stay out. A change here changes digests: raise
``fragments.VERSION`` with it.
"""

import re

MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib32": "usr/lib32", "lib64": "usr/lib64"}
# DEP17: the top-level directories are links into usr; Debian ships only a few packages that still name them.
SKELETON_LINKS = {name: target for name, target in MERGED.items() if name != "lib32"}

DROPPED = re.compile(
    r"usr/share/(?:man|info|locale|lintian|linda|bug|doc-base|groff|help|bash-completion|zsh|fish|apport|applications"
    r"|pixmaps|icons|menu|metainfo|appdata|polkit-1|gtk-doc|omf|reportbug|vim/addons|vim/registry)(?:/|$)"
    r"|usr/lib/(?:systemd/(?:system|user)|tmpfiles\.d|sysusers\.d|init|debug)(?:/|$)"
    r"|etc/(?:init\.d|init|cron\.[a-z]+|logrotate\.d|ufw|apparmor\.d|bash_completion\.d|systemd|dbus-1|apport)(?:/|$)"
    r"|usr/share/doc/[^/]+/(?!copyright$)"
)
COPYRIGHT = re.compile(r"usr/share/doc/[^/]+/copyright")


def merged(path: str) -> str:
    """Return where ``path`` lies once the top-level directories are merged into ``usr``."""
    first, slash, rest = path.partition("/")
    return MERGED[first] + slash + rest if first in MERGED else path


def is_dropped(path: str) -> bool:
    """Tell whether an image leaves this (merged) path out."""
    return DROPPED.match(path) is not None
