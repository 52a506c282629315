"""``python -m builds.engine.testing.apkrepo``: a signed apk repository of real files, out of Debian packages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from builds.engine.errors import EngineError
from builds.engine.fetch import fetch_packages
from builds.engine.resolve import resolve
from builds.engine.snapshot import refresh
from builds.engine.sources.archive import DEFAULT_SUITE, debian_sources
from builds.engine.testing.apkwriter import Apk, Repository, index_entry, ready_key
from builds.engine.testing.fromdeb import ARCHITECTURES, Converted, convert, related

ABOUT = """\
Write a signed repository of apk packages (format version 2) with the files of Debian packages.

Packages are .deb files, directories of them, or names: of a name all that it leads to is taken, from the
package cache or the machine's Debian archive. The key pair lies beside the repository, as KEY and KEY.pub."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main(argv: Sequence[str] | None = None) -> int:
    """Write a repository; give the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m builds.engine.testing.apkrepo",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("packages", nargs="+", metavar="package", help=".deb file, directory or name")
    parser.add_argument("--output", "-o", type=Path, required=True, metavar="DIR", help="the repository")
    parser.add_argument("--key", type=Path, help="private key in PEM; made if missing (default: DIR.rsa)")
    parser.add_argument(
        "--arch", dest="architectures", action="append", choices=("amd64", "arm64"),
        help="may be repeated (default: amd64)",
    )  # fmt: skip
    parser.add_argument("--suite", default=DEFAULT_SUITE, help="for names (default: %(default)s)")
    parser.add_argument("--pad", type=int, default=0, metavar="N", help="fill each index up to N entries")
    arguments = parser.parse_args(argv)
    try:
        return _write(arguments)
    except EngineError as error:
        print(f"{error} [{error.code}]", file=sys.stderr)
        return 2


def _write(arguments: argparse.Namespace) -> int:
    output: Path = arguments.output
    key = ready_key(arguments.key or output.with_name(output.name + ".rsa"))
    repository = Repository(output, key)
    for architecture in arguments.architectures or ["amd64"]:
        below = ARCHITECTURES[architecture]
        found = [one for path in _files(arguments, architecture) if (one := _fitting(path, below))]
        for apk in related(found):
            repository.add(apk, below=below)
            print(f"{below}/{apk.file_name}")
    for below, entries in repository.entries.items():
        padding = pad(arguments.pad - len(entries), below) if arguments.pad else []
        Repository(output, key, {below: entries}).finish(extra=padding)
        print(
            f"{below}: {len(entries)} packages, {max(len(entries), arguments.pad)} entries", file=sys.stderr
        )
    print(f"{output}: signed by {key.name}", file=sys.stderr)
    return 0


def _files(arguments: argparse.Namespace, architecture: str) -> Iterator[Path]:
    names = []
    for package in arguments.packages:
        path = Path(package)
        if path.is_dir():
            yield from sorted(path.glob("*.deb"))
        elif path.is_file():
            yield path
        else:
            names.append(package)
    if names:
        snapshot = refresh(suite=arguments.suite, architectures=(architecture,))
        found = resolve(snapshot, architecture=architecture, packages=names)
        files = fetch_packages(found, sources=debian_sources(arguments.suite))
        yield from (files[package.sha256] for package in found)


def _fitting(path: Path, below: str) -> Converted | None:
    """Convert a package unless it is of another architecture than the directory it would lie in."""
    one = convert(path)
    return one if one.apk.architecture in (below, "noarch") else None


def pad(count: int, architecture: str) -> Iterable[str]:
    """Give paragraphs of packages that exist in the index only, with dependencies as real ones have."""
    for number in range(max(count, 0)):
        name = f"pad-{_LETTERS[number % 26]}{number:06d}"
        needs = tuple(f"pad-{_LETTERS[n % 26]}{n:06d}" for n in {number // 2, number // 3} if n < number)
        apk = Apk(
            name, f"{1 + number % 7}.{number % 31}.{number % 11}-r{number % 4}", architecture,
            description=f"Entry {number} that makes an index long", url=f"https://{name}.example/",
            licence="Apache-2.0", maintainer="Nobody <nobody@example.org>", built_at=1_700_000_000 + number,
            relations={"depend": needs, "provides": (f"cmd:{name}={1 + number % 7}", f"so:lib{name}.so.1=1")},
        )  # fmt: skip
        yield index_entry(apk, name.encode(), 10_000 + number)


if __name__ == "__main__":
    sys.exit(main())
