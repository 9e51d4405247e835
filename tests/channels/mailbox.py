"""A real SMTP server on loopback that keeps the mail it is given."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from services.ports import free_port


class Mailbox:
    """What came in, and what is answered to the next message."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.hold = 0.0
        self.passwords: list[bytes] = []
        self.port = free_port()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep a message, unless the answer refuses it."""
        await asyncio.sleep(self.hold)
        if self.answer.startswith("250"):
            content = envelope.original_content or b""
            self.mails.append(message_from_bytes(content, policy=policy.default))
        return self.answer

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        """Take any password, and keep it."""
        self.passwords.append(data.password)
        return AuthResult(success=True)


@contextmanager
def mailing() -> Iterator[Mailbox]:
    """Run a mail server on a free port."""
    found = Mailbox()
    server = Controller(
        found,
        hostname="127.0.0.1",
        port=found.port,
        authenticator=found.authenticate,
        auth_require_tls=False,
    )
    server.start()
    try:
        yield found
    finally:
        server.stop()
