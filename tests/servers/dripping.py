"""A server that answers a byte at a time and never comes to an end, in clear or in TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat

#: How long it waits between two bytes: far below what a reader waits for one.
PAUSE = 0.02


@contextmanager
def dripping_server(begins: bytes, goes_on: bytes, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Its port. It says `begins` at once, then `goes_on` byte by byte for ever."""
    over = threading.Event()

    def serve(taken: socket.socket) -> None:
        spoken = (
            context.wrap_socket(taken, server_side=True, do_handshake_on_connect=False) if context else taken
        )
        with suppress(OSError), spoken:
            spoken.recv(4096)
            spoken.sendall(begins)
            for byte in chain.from_iterable(repeat(goes_on)):
                if over.wait(PAUSE):
                    return
                spoken.sendall(bytes([byte]))

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=[listening.accept()[0]], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, args=[listening], daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
