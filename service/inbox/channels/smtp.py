"""E-mail by SMTP: encrypted, plain text, one connection for many messages.

`SMTP_URL` is smtp://user:password@host:587 (STARTTLS is demanded before anything is said) or
smtps://user:password@host:465. `?starttls=no` is for a server on the same machine and is refused
in production. The Message-ID is the same for every attempt: a message that was taken by a server
whose answer was lost comes twice at most, and many mailboxes show it once.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from service.inbox.channels.parcel import Outcome, Parcel, Result

PATIENCE_S = 10
PORTS = {"smtp": 587, "smtps": 465}
LASTING = 500  # SMTP's codes from here on say that it will never be otherwise
NOBODY = (550, 551, 553)  # the mailbox does not exist, has moved, or its name is wrong
SAID_MAX = 200


@dataclass(frozen=True, slots=True)
class Server:
    """Where to deliver, as whom, and how the way there is hidden."""

    host: str
    port: int
    user: str
    password: str
    tls: str  # "start", "whole" or "no"

    @classmethod
    def at(cls, url: str) -> "Server":
        """Read an SMTP_URL."""
        parts = urlsplit(url)
        open_way = parse_qs(parts.query).get("starttls") == ["no"]
        tls = "whole" if parts.scheme == "smtps" else "no" if open_way else "start"
        return cls(
            parts.hostname or "",
            parts.port or PORTS.get(parts.scheme, 587),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            tls,
        )


class Smtp:
    """The channel; without a URL it is not set up."""

    name = "email"

    def __init__(self, url: str, sender: str, *, trusted: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.sender = sender
        self.trusted = trusted
        self.open: smtplib.SMTP | None = None

    @property
    def ready(self) -> bool:
        """Tell whether a server and a sender are known."""
        return bool(self.url and self.sender)

    def send(self, parcel: Parcel) -> Outcome:
        """Hand one message to the server."""
        try:
            connection = self.open = self.open or self.connect()
            connection.send_message(self.written(parcel))
        except smtplib.SMTPRecipientsRefused as error:
            self.close()
            return judged(*next(iter(error.recipients.values())), parcel)
        except smtplib.SMTPResponseException as error:
            self.close()
            return judged(error.smtp_code, error.smtp_error, parcel, recipient=False)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            return Outcome(Result.LATER, said(type(error).__name__, error, parcel))
        return Outcome(Result.SENT)

    def connect(self) -> smtplib.SMTP:
        """Open the connection, hide it, and say who we are."""
        server = Server.at(self.url)
        context = self.trusted or ssl.create_default_context()
        if server.tls == "whole":
            made: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=PATIENCE_S, context=context
            )
        else:
            made = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_S)
        try:
            if server.tls == "start":
                made.starttls(context=context)  # raises where the server cannot
            if server.user:
                made.login(server.user, server.password)
        except (smtplib.SMTPException, OSError):
            made.close()
            raise
        return made

    def written(self, parcel: Parcel) -> EmailMessage:
        """Write the message: no name, one link to stop all of them, no answer from robots."""
        name, address = parseaddr(self.sender)
        found = EmailMessage()
        found["From"] = formataddr((name, address))
        found["To"] = parcel.address
        found["Subject"] = parcel.subject
        found["Message-ID"] = f"<aixin-{parcel.number}@{address.rpartition('@')[2]}>"
        found["Auto-Submitted"] = "auto-generated"
        found["List-Unsubscribe"] = f"<{parcel.stop_url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        found.set_content(parcel.body)
        return found

    def close(self) -> None:
        """Say goodbye, if anybody is still there."""
        if self.open is not None:
            with suppress(smtplib.SMTPException, OSError):
                self.open.quit()
        self.open = None


def judged(code: int, words: bytes | str, parcel: Parcel, *, recipient: bool = True) -> Outcome:
    """Turn a server's no into what is to be done: a lasting one about the mailbox ends it."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    heard = said(str(code), text, parcel)
    if recipient and code in NOBODY:
        return Outcome(Result.REFUSED, heard)
    lasting = code >= LASTING and recipient
    return Outcome(Result.FAILED if lasting else Result.LATER, heard)


def said(name: str, words: object, parcel: Parcel) -> str:
    """Keep what the other side said, without the address that it may repeat."""
    return f"{name} {words}".replace(parcel.address, "…").strip()[:SAID_MAX]
