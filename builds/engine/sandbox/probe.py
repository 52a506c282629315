"""Ask a port whether it answers; run as a process of its own inside a container's network namespace.

``python -I probe.py PORT [PATH]`` prints one JSON object: ``{"status", "body"}`` or ``{"error"}``. It
imports the standard library alone, so that it starts fast and needs nothing of the image.
"""

import http.client
import json
import socket
import sys

TIMEOUT = 3.0
MAX_BODY = 64 * 1024


def ask(port: int, path: str) -> dict[str, object]:
    """Return what the port said, or the error met."""
    try:
        if not path:
            with socket.create_connection(("127.0.0.1", port), TIMEOUT):
                return {"status": 0, "body": ""}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return {"status": response.status, "body": response.read(MAX_BODY).decode("utf-8", "replace")}
    except (OSError, http.client.HTTPException) as error:
        return {"error": str(error) or type(error).__name__}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")))
