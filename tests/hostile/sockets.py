"""Requests as bytes on a socket, for what no HTTP client would send."""

from __future__ import annotations

import socket
from dataclasses import dataclass

PATIENCE = 20


@dataclass(frozen=True, slots=True)
class Said:
    """What came back: the status of each answer on the connection (none when it was just closed), and all bytes."""

    statuses: tuple[int, ...]
    content: bytes

    @property
    def status(self) -> int:
        """Of the only answer; 0 when the connection was closed without one."""
        assert len(self.statuses) <= 1, self.content
        return self.statuses[0] if self.statuses else 0


def send(port: int, *pieces: bytes, is_ended: bool = False) -> Said:
    """Send pieces, read until the server closes or is silent. `is_ended` closes our side after the last one."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
            if is_ended:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was all said
        return _read(connection)


def request(line: str, *headers: str | bytes, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request that asks for the connection to be closed after it."""
    lines = [line, *headers, "Connection: close", "", ""]
    return b"\r\n".join(one if isinstance(one, bytes) else one.encode("latin-1") for one in lines) + body


def _read(connection: socket.socket) -> Said:
    found = bytearray()
    try:
        while piece := connection.recv(65536):
            found += piece
    except (TimeoutError, ConnectionResetError):
        pass
    content = bytes(found)
    statuses = [int(one[:3]) for one in content.split(b"HTTP/1.1 ")[1:] if one[:3].isdigit()]
    return Said(tuple(statuses), content)
