"""Package URLs (purl-spec): how the world outside names a package of a lock."""

from urllib.parse import quote

from builds.engine.lock import LockedPackage


def purl(package: LockedPackage) -> str:
    """Return the package URL, of type ``deb`` or ``apk``.

    The vendor of an apk is its source's id up to the first hyphen: ``alpine-main`` is Alpine's.
    """
    name, version = quote(package.name, safe=".-~"), quote(package.version, safe=".-~")
    kind = f"apk/{package.origin.partition('-')[0]}" if package.checksum else "deb/debian"
    return f"pkg:{kind}/{name}@{version}?arch={package.architecture}"
