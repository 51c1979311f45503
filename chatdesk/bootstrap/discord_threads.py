"""What the desk says of its conversations in Discord, and what it does when one of them ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatdesk import troubles
from chatdesk.adapters.discord.errors import said
from chatdesk.adapters.discord.modal import PLATFORM
from chatdesk.adapters.discord.standing import Standing, ThreadSide
from chatdesk.bootstrap.discord import forums
from chatdesk.config import PolicySource
from chatdesk.desk import CARD, RECEIPT
from chatdesk.lifecycle.policy import Policy, reopen_deadline
from chatdesk.lifecycle.ticket import Side, Status
from chatdesk.ports import Outgoing, Place, Showing, Store, Transaction, Trouble
from chatdesk.showing import Gallery, Lane
from chatdesk.ui.cards import Card, Line
from chatdesk.ui.wording import Wording


def thread_side(store: Store, policy: PolicySource, gallery: Gallery) -> ThreadSide:
    """Return the desk's side of what becomes of threads and posts."""

    def standings(spots: Sequence[tuple[str, str]]) -> list[Standing | None]:
        return store.read(
            lambda tx: [_standing(tx, *one, policy.current, gallery) for one in spots]
        )

    def lane(place: str, thread: str) -> str | None:
        return store.read(lambda tx: tx.conversations.lane_at(PLATFORM, place, thread))

    def shows(lane: str, message: str) -> str | None:
        return store.read(lambda tx: tx.conversations.what(lane, message))

    ways = _Ways(store, policy)
    return ThreadSide(
        standings=standings,
        lane=lane,
        draw=_drawing(store, gallery),
        moved=ways.moved,
        broke=ways.broke,
        mended=ways.mended,
        shows=shows,
        relinked=ways.relinked,
        forums=lambda: forums(policy.current),
        shared_card=lambda: _shared_card(policy.current),
    )


class _Ways:
    """What changes in the store when something becomes of a thread, a message, or a place."""

    def __init__(self, store: Store, policy: PolicySource) -> None:
        self._store = store
        self._policy = policy

    def moved(self, lane: str, place: Place, message: str) -> None:
        """Note where a conversation goes on, and the message of its card there."""

        def move(tx: Transaction) -> None:
            tx.conversations.leave(lane)
            tx.conversations.bind(lane, place)
            tx.conversations.link(lane, "card", message)

        self._store.write(move)

    def relinked(self, lane: str, message: str, new: str, place: Place) -> None:
        """Note the message that shows what another one did."""

        def link(tx: Transaction) -> None:
            what = tx.conversations.what(lane, message)
            if what is not None:
                tx.conversations.link(lane, what, new)
            if tx.conversations.place(lane) != place:
                tx.conversations.rebind(lane, place)

        self._store.write(link)

    def broke(self, place: str, code: str) -> None:
        """Note that a place does not work, and tell it, once."""
        trouble = Trouble(platform=PLATFORM, place=place, code=code, why=said(code))

        def note(tx: Transaction) -> None:
            tx.troubles.note(trouble)
            troubles.tell(tx, self._policy.current)

        self._store.write(note)

    def mended(self, place: str) -> None:
        """Note that a place works again, if it was noted that it did not."""
        found = self._store.read(lambda tx: tx.troubles.get(PLATFORM, place))
        if found is None or found.is_mended:
            return

        def mend(tx: Transaction) -> None:
            tx.troubles.mend(found)
            troubles.tell(tx, self._policy.current)

        self._store.write(mend)


def _shared_card(policy: Policy) -> Card:
    wording = Wording(policy.wording, policy.language)
    title, text = (
        wording.say(f"discord.aside.{one}", policy.language) for one in ("title", "text")
    )
    return Card(title=title, fallback=text, elements=(Line(text=text),))


def _drawing(store: Store, gallery: Gallery) -> Callable[[str], Showing | None]:
    def draw(lane: str) -> Showing | None:
        there = Lane.parse(lane)
        notice = CARD if there.side is Side.AGENTS else RECEIPT
        row = Outgoing(key="", lane=lane, seq=0, notice=notice, number=there.number, payload={})
        return store.read(lambda tx: gallery.present(tx, row)) if there.number else None

    return draw


def _standing(
    tx: Transaction, place: str, thread: str, policy: Policy, gallery: Gallery
) -> Standing | None:
    lane = tx.conversations.lane_at(PLATFORM, place, thread)
    there = Lane.parse(lane) if lane else None
    ticket = tx.tickets.load(there.number) if there and there.number else None
    if lane is None or there is None or ticket is None:
        return None
    has_left = there.side is Side.AGENTS and there.queue != ticket.queue
    if ticket.status is not Status.CLOSED and not has_left:
        return Standing.UNDER_WAY
    if not tx.outbox.is_silent(lane):
        return None
    closing = ticket.closing
    is_over = closing is not None and gallery.now() > reopen_deadline(policy, closing.at)
    return Standing.OVER if is_over else Standing.CLOSED
