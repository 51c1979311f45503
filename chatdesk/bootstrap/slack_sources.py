"""What Slack is told of tickets that were made from its messages."""

from __future__ import annotations

from collections.abc import Callable

from chatdesk.adapters.http.copies import FileSide
from chatdesk.adapters.slack.modal import PLATFORM
from chatdesk.adapters.slack.spots import SignSide, Spot
from chatdesk.config import PolicySource
from chatdesk.desk import stayed_mark
from chatdesk.lifecycle.ticket import Side, Status
from chatdesk.ports import Store, Transaction
from chatdesk.reception.sources import source_of, ticket_of
from chatdesk.showing import Lane


def sign_side(store: Store, policy: PolicySource) -> SignSide:
    """Return the desk's side of the signs at messages."""

    def status_of(place: str, message: str) -> Status | None:
        made = store.read(lambda tx: ticket_of(tx, PLATFORM, place, message))
        # How a private ticket goes, nobody is shown at a message that others read.
        return made.status if made and not made.is_confidential else None

    return SignSide(
        meaning=lambda: policy.current.reactions,
        status_of=status_of,
        source_at=lambda place, thread: store.read(lambda tx: _source_at(tx, place, thread)),
    )


def file_side(store: Store, stays: Callable[[], str]) -> FileSide:
    """Return the desk's side of files that cross to Slack."""

    def stayed(attachment: str) -> None:
        store.write(lambda tx: tx.marks.set(stayed_mark(PLATFORM, attachment), "yes"))

    return FileSide(
        content=lambda attachment: store.read(lambda tx: tx.attachments.content(attachment)),
        stays=stays,
        stayed=stayed,
    )


def _source_at(tx: Transaction, place: str, thread: str) -> Spot | None:
    lane = tx.conversations.lane_at(PLATFORM, place, thread)
    if lane is None and ticket_of(tx, PLATFORM, place, thread):
        return Spot(place, thread)  # a ticket that was answered there, and has left
    there = Lane.parse(lane) if lane else None
    if there is None or there.number is None or there.side is not Side.REQUESTER:
        return None
    source = source_of(tx, there.number)
    return Spot(source[1], source[2]) if source and source[0] == PLATFORM else None
