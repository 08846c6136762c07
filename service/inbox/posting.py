"""Sending the copies that are due: each is taken, sent and noted in transactions of their own.

Nothing of the database is held while a mail server thinks. Whoever is killed between sending and
noting sends once more when the lease is over: better twice than never.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session

from service.db import Database
from service.i18n import N_, catalog
from service.inbox import deliveries
from service.inbox.actions import Message, tell
from service.inbox.channels import Channel, Outcome, Parcel, Result
from service.inbox.deliveries import Taken
from service.inbox.links import CONFIRM, STOP, write_link
from service.inbox.wording import say
from service.inbox.words import SUBJECTS, topic_of

ASK_SUBJECT = N_("Aixin: please confirm this address")
ASK_BODY = N_(
    "Somebody entered this address for messages of the volunteers' service.\n"
    "Was it you? Then open this page and press the button, within a day:\n\n{url}\n\n"
    "Was it not? Then do nothing, and nothing will come."
)
FOOT = N_("You get this because you asked for it. No more e-mails:")
MORE = N_("More:")


@dataclass(frozen=True, slots=True)
class Post:
    """What is needed to send: the ways, where our pages are, and what signs the links."""

    database: Database
    channels: Mapping[str, Channel]
    public_url: str
    secret: str
    now: Callable[[], datetime]
    progress: Callable[[int, int], None] = lambda done, total: None

    def run(self) -> dict[str, int]:
        """Send what is due until nothing is; return how many ended how."""
        ended: dict[str, int] = {}
        done = 0
        try:
            while taken := self.database.atomic(partial(deliveries.take, now=self.now())):
                for one in taken:
                    status = self.send(one)
                    ended[status] = ended.get(status, 0) + 1
                done += len(taken)
                self.progress(done, done)
        finally:
            for channel in self.channels.values():
                channel.close()
        return ended

    def send(self, taken: Taken) -> str:
        """Try one, and note what became of it."""
        work = partial(settle, taken=taken, outcome=self.attempt(taken), now=self.now())
        return self.database.atomic(work)

    def attempt(self, taken: Taken) -> Outcome:
        """Hand one to its channel, unless it would be news of the day before yesterday."""
        channel = self.channels[taken.delivery.channel]
        if taken.to is None:
            return Outcome(Result.FAILED, "ended")
        if deliveries.stale(taken.delivery, self.now()):
            return Outcome(Result.FAILED, "too old")
        if not channel.ready:
            return Outcome(Result.LATER, "not configured")
        return channel.send(self.parcel(taken, taken.to))

    def parcel(self, taken: Taken, address: str) -> Parcel:
        """Put a message, or the question to confirm, into the words of its reader."""
        locale, number = taken.address.locale, taken.address.id or 0
        stop = self.url(f"/notices/{write_link(self.secret, STOP, number)}/stop")
        subject, body = self.words(taken, catalog(locale).gettext, stop)
        given = (taken.delivery.id or 0, taken.delivery.channel, address, locale)
        return Parcel(*given, subject=subject, body=body, stop_url=stop)

    def words(self, taken: Taken, gettext: Callable[[str], str], stop: str) -> tuple[str, str]:
        """Return a subject that tells a stranger nothing, and the body."""
        if taken.letter is None:
            link = write_link(self.secret, CONFIRM, taken.address.id or 0)
            return gettext(ASK_SUBJECT), gettext(ASK_BODY).format(url=self.url(f"/notices/{link}"))
        said = say(taken.letter, taken.address.locale)
        more = f"{gettext(MORE)} {self.url(taken.letter.link or '/me/inbox')}"
        parts = (said.title, said.body, more, f"{gettext(FOOT)} {stop}")
        subject = SUBJECTS[topic_of(taken.letter.kind)]
        return gettext(subject), "\n\n".join(part for part in parts if part)

    def url(self, path: str) -> str:
        """Return a page of ours as a whole address."""
        return self.public_url + path


def settle(session: Session, *, taken: Taken, outcome: Outcome, now: datetime) -> str:
    """Note what became of an attempt; whose mailbox is not there hears it in the inbox."""
    status = deliveries.note(session, taken.delivery.id or 0, outcome, now=now)
    if outcome.result is Result.REFUSED:
        lost = Message("address_refused", f"address:{taken.address.id}", link="/me/notices")
        tell(session, [taken.address.volunteer_id], lost, now=now)
    return status
