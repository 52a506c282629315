"""The generator of repositories: what it writes holds for a reader that shares no line with ours."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import pytest

from builds.engine.testing import apkrepo
from builds.engine.testing.apkwriter import ready_key
from builds.engine.testing.fromdeb import apk_version
from tests.builds.engine.apk.makers import private_key
from tests.builds.engine.debs import Deb, directory, link, member

DEBS = [
    Deb("app", "1:2.0.1-3+deb13u1", files={"./usr/bin/app": b"app"},
        members=[link("./usr/bin/app2", "app"), directory("./var/spool/app", mode=0o2770, gid=8)],
        fields={"Depends": "lib (>= 1.0), nowhere | tool, gone", "Provides": "virtual-app"}, scripts={"postinst": "#!/bin/sh\n"}),
    Deb("lib", "1.2-1", files={"./usr/lib/lib.so.1": b"lib"}),
    Deb("tool", "3.4~rc1-0ubuntu2", architecture="all", files={"./usr/bin/tool": b"tool"},
        members=[member("./usr/bin/hard", type=tarfile.LNKTYPE, linkname="./usr/bin/tool")]),
    Deb("lib", "1.2-1", architecture="arm64", files={"./usr/lib/lib.so.1": b"other lib"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "debs").mkdir()
    private_key(folder / "repo.rsa")
    for number, deb in enumerate(DEBS):
        (folder / f"debs/{number}.deb").write_bytes(deb.to_bytes())
    words = [
        str(folder / "debs"),
        "-o",
        str(folder / "repo"),
        "--arch",
        "amd64",
        "--arch",
        "arm64",
        "--pad",
        "50",
    ]
    assert apkrepo.main(words) == 0
    return folder


def gzip_members(content: bytes) -> list[tuple[bytes, bytes]]:
    """Each member as it lies there and unpacked."""
    found = []
    while content:
        machine = zlib.decompressobj(wbits=31)
        plain = machine.decompress(content)
        assert machine.eof
        found.append((content[: len(content) - len(machine.unused_data)], plain))
        content = machine.unused_data
    return found


def verified_by_openssl(signature: bytes, signed: bytes, key: Path, scratch: Path) -> bool:
    (scratch / "signature").write_bytes(signature)
    (scratch / "signed").write_bytes(signed)
    command = ["openssl", "dgst", "-sha256", "-verify", key, "-signature", "signature", "signed"]
    return subprocess.run(command, cwd=scratch, capture_output=True, check=False).stdout == b"Verified OK\n"


def checked_signature(members: list[tuple[bytes, bytes]], made: Path, scratch: Path) -> None:
    """The first member is a tar segment with one file; the signature in it is over the second member."""
    segment = members[0][1]
    assert not segment.endswith(bytes(1024)), "a segment has no end marks"
    with tarfile.open(fileobj=io.BytesIO(segment + bytes(1024))) as tar:
        (info,) = tar.getmembers()
        assert info.name == ".SIGN.RSA256.repo.rsa.pub"
        file = tar.extractfile(info)
        assert file is not None
        assert verified_by_openssl(file.read(), members[1][0], made / "repo.rsa.pub", scratch)


def stanzas(text: bytes) -> list[dict[str, str]]:
    return [
        {line[0]: line[2:] for line in stanza.splitlines()} for stanza in text.decode().strip().split("\n\n")
    ]


def index_of(made: Path, architecture: str, scratch: Path) -> list[dict[str, str]]:
    members = gzip_members((made / "repo" / architecture / "APKINDEX.tar.gz").read_bytes())
    assert len(members) == 2
    checked_signature(members, made, scratch)
    with tarfile.open(fileobj=io.BytesIO(members[1][1])) as tar:
        assert tar.getnames() == ["DESCRIPTION", "APKINDEX"]
        file = tar.extractfile("APKINDEX")
        assert file is not None
        return stanzas(file.read())


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_package_is_to_the_letter(made: Path, tmp_path: Path, architecture: str) -> None:
    real = [entry for entry in index_of(made, architecture, tmp_path) if not entry["P"].startswith("pad-")]
    assert len(real) == {"x86_64": 3, "aarch64": 2}[architecture]
    for entry in real:
        content = (made / "repo" / architecture / f"{entry['P']}-{entry['V']}.apk").read_bytes()
        members = gzip_members(content)
        assert len(members) == 3
        assert len(content) == int(entry["S"])
        checked_signature(members, made, tmp_path)
        assert entry["C"] == "Q1" + base64.b64encode(hashlib.sha1(members[1][0]).digest()).decode()
        assert not members[1][1].endswith(bytes(1024)), "a segment has no end marks"
        with tarfile.open(fileobj=io.BytesIO(members[1][1] + bytes(1024))) as tar:
            assert tar.getnames() == [".PKGINFO"]
            info = tar.extractfile(".PKGINFO")
            assert info is not None
            pairs = dict(line.split(" = ", 1) for line in info.read().decode().splitlines() if "=" in line)
        assert pairs["datahash"] == hashlib.sha256(members[2][0]).hexdigest()
        assert (pairs["pkgname"], pairs["pkgver"], pairs["arch"]) == (entry["P"], entry["V"], entry["A"])
        assert members[2][1].endswith(bytes(1024)), "the archive has its end marks"
        check_files(members[2][1], int(entry["I"]))


def check_files(archive: bytes, size: int) -> None:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        assert len(names) == len(set(names))
        for info in tar:
            said = info.pax_headers.get("APK-TOOLS.checksum.SHA1")
            file = tar.extractfile(info) if info.isreg() else None
            if file is not None:
                content = file.read()
                total += len(content)
                assert said == hashlib.sha1(content).hexdigest()
            elif info.issym():
                assert said == hashlib.sha1(info.linkname.encode()).hexdigest()
            else:
                assert said is None
    assert total == size


def test_debians_content_and_relations_come_over(made: Path, tmp_path: Path) -> None:
    entries = {entry["P"]: entry for entry in index_of(made, "x86_64", tmp_path)}
    app = entries["app"]
    assert (app["V"], app["D"], app["p"]) == (
        "2.0.1-r3",
        "lib tool",
        "virtual-app cmd:app=2.0.1-r3 cmd:app2=2.0.1-r3",
    )
    assert entries["tool"]["A"] == "noarch"
    members = gzip_members((made / "repo/x86_64/app-2.0.1-r3.apk").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(members[2][1])) as tar:
        spool = tar.getmember("var/spool/app")
        assert (spool.mode, spool.gid) == (0o2770, 8)
    with tarfile.open(fileobj=io.BytesIO(members[1][1] + bytes(1024))) as tar:
        assert ".post-install" not in tar.getnames(), "Debian's scripts are not apk's"


def test_an_index_is_filled_up(made: Path, tmp_path: Path) -> None:
    entries = index_of(made, "x86_64", tmp_path)
    assert len(entries) == 50
    assert len({entry["P"] for entry in entries}) == 50


def test_the_same_key_and_packages_give_the_same_repository(made: Path, tmp_path: Path) -> None:
    words = [str(made / "debs"), "-o", str(tmp_path / "again"), "--key", str(made / "repo.rsa")]
    assert apkrepo.main([*words, "--pad", "50"]) == 0
    for file in sorted((tmp_path / "again/x86_64").iterdir()):
        assert file.read_bytes() == (made / "repo/x86_64" / file.name).read_bytes(), file.name


@pytest.mark.parametrize(
    ("debian", "ours"),
    [("1:3.0.17-1~deb12u2", "3.0.17-r1"), ("2.41-12", "2.41-r12"), ("20250419", "20250419-r0"), ("1.1.1w-0+b1", "1.1.1w-r0"),
     ("6.5+20250216-2", "6.5-r2"), ("1:1.3.dfsg+really1.3.1-1+b1", "1.3-r1"), ("3.4~rc1-0ubuntu2", "3.4-r0"), ("r12-3", "0-r3")],
)  # fmt: skip
def test_a_debian_version_is_shortened(debian: str, ours: str) -> None:
    assert apk_version(debian) == ours


def test_the_tool_says_how_it_is_used() -> None:
    command = [sys.executable, "-m", "builds.engine.testing.apkrepo", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "signed repository of apk packages" in told
    assert "--pad N" in told


def test_a_key_is_made_where_there_is_none(tmp_path: Path) -> None:
    key = ready_key(tmp_path / "keys/mine.rsa")
    assert (tmp_path / "keys/mine.rsa").stat().st_mode & 0o777 == 0o600
    assert (key.private.key_size, key.name) == (4096, "mine.rsa.pub")
    assert ready_key(private_key(tmp_path / "other.pem")).name == "other.pem.rsa.pub"
    assert ready_key(tmp_path / "keys/mine.rsa").public_pem == (tmp_path / "keys/mine.rsa.pub").read_bytes()
