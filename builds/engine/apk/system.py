"""What a system of apk packages says it is, where no package says it, and the directories of its database."""

SKELETON = {"etc/apk": 0o755, "usr/lib/apk": 0o755, "usr/lib/apk/db": 0o755}


def os_files(suite: str) -> dict[str, str]:
    """Return ``os-release(5)``: ``alpine-3-22`` is Alpine's 3.22. A package's own comes over it."""
    name, _, number = suite.partition("-")
    version = f"VERSION_ID={number.replace('-', '.')}\n" if number else ""
    return {"usr/lib/os-release": f'ID={name}\nNAME="{name}"\n{version}'}
