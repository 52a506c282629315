"""A cable between a client and a server on this machine, which can be pulled out and put in again."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Cable:
    """Forwards connections to `port`. Cut, it refuses them; silent, it takes them and says nothing."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._silent = False
        self.port = 0
        self.join()

    def join(self) -> None:
        self._silent = False
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.drop()

    def fall_silent(self) -> None:
        self._silent = True
        self.drop()

    def drop(self) -> None:
        """End every connection that is open."""
        while self._open:
            one = self._open.pop()
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self._open.append(client)
            if self._silent:
                continue
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._open.append(server)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_carry, args=pair, daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def cable_to(port: int) -> Iterator[Cable]:
    cable = Cable(port)
    try:
        yield cable
    finally:
        cable.cut()
