"""What a Debian system says it is, and the directories that its packages count on."""

from builds.engine.errors import EngineError

RELEASES = {"bookworm": ("12", "bookworm"), "trixie": ("13", "trixie"), "forky": ("14", "forky")}
SKELETON = {"var/lib/dpkg": 0o755, "var/lib/dpkg/status.d": 0o755}


class UnknownSuiteError(EngineError):
    """A suite that no skeleton is known for."""

    code = "suite-unknown"
    sentence = "Images cannot be built on {suite}; the suites known are {known}."


def os_files(suite: str) -> dict[str, str]:
    """Return ``os-release(5)`` for a suite, by which scanners choose their advisories, and Debian's own file.

    :raises UnknownSuiteError: when the suite is not known
    """
    if suite not in RELEASES:
        raise UnknownSuiteError(suite=suite, known=", ".join(sorted(RELEASES)))
    number, name = RELEASES[suite]
    text = (
        f'PRETTY_NAME="Debian GNU/Linux {number} ({name})"\n'
        'NAME="Debian GNU/Linux"\n'
        f'VERSION_ID="{number}"\n'
        f'VERSION="{number} ({name})"\n'
        f"VERSION_CODENAME={name}\n"
        "ID=debian\n"
    )
    return {"usr/lib/os-release": text, "etc/debian_version": number + "\n"}
