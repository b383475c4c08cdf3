"""A mail server of this test's own: real SMTP on a socket, as much of RFC 5321 as a client needs."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from core.settings import MailSettings


@dataclass
class PostOffice:
    """`refusals` are answered to the first recipients, one each, before any letter is taken; `stalls` answers nothing."""

    refusals: list[str] = field(default_factory=list)
    stalls: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    private: list[bool] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    conversations: int = 0
    port: int = 0
    tls: ssl.SSLContext | None = None

    def settings(self, **changes: object) -> MailSettings:
        own = {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none", "timeout_s": 2.0}
        return MailSettings.model_validate(own | changes)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.stalls:
            await reader.read()
            return
        writer.write(b"220 post.example\r\n")
        while line := (await reader.readline()).decode().strip():
            match line.upper().split()[0]:
                case "EHLO":
                    more = b"250-STARTTLS\r\n" if self.tls and not writer.get_extra_info("sslcontext") else b""
                    writer.write(b"250-post.example\r\n" + more + b"250 AUTH PLAIN\r\n")
                case "STARTTLS":
                    writer.write(b"220 go\r\n")
                    await writer.drain()
                    await writer.start_tls(self.tls)  # type: ignore[arg-type]
                case "AUTH":
                    self.signed_in.append(line.split()[-1])
                    writer.write(b"235 ok\r\n")
                case "RCPT" if self.refusals:
                    writer.write(f"{self.refusals.pop(0)}\r\n".encode())
                case "DATA":
                    writer.write(b"354 go\r\n")
                    self._take(await reader.readuntil(b"\r\n.\r\n"), writer)
                    writer.write(b"250 taken\r\n")
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                case _:
                    writer.write(b"250 ok\r\n")
            await writer.drain()

    def _take(self, content: bytes, writer: asyncio.StreamWriter) -> None:
        whole = content[:-5].replace(b"\r\n..", b"\r\n.")  # a dot that begins a line is sent twice
        self.letters.append(email.message_from_bytes(whole, policy=email.policy.default))  # type: ignore[arg-type]
        self.private.append(writer.get_extra_info("sslcontext") is not None)


@asynccontextmanager
async def open_post_office(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> AsyncIterator[PostOffice]:
    """Listens on a free port; `at_once` speaks TLS from the first byte, else STARTTLS is offered when `tls` is given."""
    office = PostOffice(tls=tls)
    server = await asyncio.start_server(office.talk, "127.0.0.1", 0, ssl=tls if at_once else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
