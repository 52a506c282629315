"""A real nginx with the configuration that deploy/nginx/ recommends, before a portal on this machine."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.running import ROOT

PATIENCE = 20
SAMPLE = ROOT / "deploy" / "nginx" / "assay.conf"


@contextmanager
def nginx_before(
    port: int, *, listen: int, storage: Path, folder: Path, certificate: Path | None = None
) -> Iterator[None]:
    """Run it on port `listen`; only the lines that the sample marks as yours are others.

    With `certificate` (a PEM file; its key lies beside it as `.key`) it speaks TLS.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed; see make setup-test")
    _configure(folder, port=port, listen=listen, storage=storage, certificate=certificate)
    with (folder / "output").open("wb") as out:
        process = subprocess.Popen(
            [program, "-e", f"{folder}/errors.log", "-c", f"{folder}/nginx.conf"], stdout=out, stderr=out
        )
    try:
        _await(listen, process, folder)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _configure(folder: Path, *, port: int, listen: int, storage: Path, certificate: Path | None) -> None:
    tls = (
        f" ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate.with_suffix('.key')};"
        if certificate
        else ";"
    )
    yours = {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{port};",
        "listen 80;": f"listen 127.0.0.1:{listen}{tls}",
        "/srv/assay/storage/blobs/": f"{storage}/blobs/",
    }
    sample = SAMPLE.read_text()
    for theirs, ours in yours.items():
        assert sample.count(theirs) == 1
        sample = sample.replace(theirs, ours)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assay.conf").write_text(sample)
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy"))
    (folder / "nginx.conf").write_text(
        # Its workers must read what the portal wrote for itself alone.
        f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};\n"
        f"daemon off; pid {folder}/pid; error_log {folder}/errors.log; worker_processes 1;\n"
        f"events {{}} http {{ access_log off; {places} include {folder}/assay.conf; }}\n"
    )


def _await(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "errors.log").read_text()) from None
            time.sleep(0.05)
        else:
            return
