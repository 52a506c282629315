"""A real mail server for tests (aiosmtpd) on a free loopback port; it keeps what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.running import any_port


class Post:
    """`took` has every mail, oldest first. With `is_full` it refuses them."""

    def __init__(self, port: int) -> None:
        self.port, self.is_full = port, False
        self.took: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.is_full:
            return "452 4.3.1 no room"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail["X-To"] = ", ".join(envelope.rcpt_tos)
        self.took.append(mail)
        return "250 OK"


@contextmanager
def post_office() -> Iterator[Post]:
    """Run one."""
    post = Post(any_port())
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
