"""Waiting for the web process to answer."""

from __future__ import annotations

import http.client

from portal.demo.ports import LOOPBACK


def is_ready(port: int, *, timeout: float = 2.0) -> bool:
    """Whether `/readyz` answers 200 on the loopback address."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
