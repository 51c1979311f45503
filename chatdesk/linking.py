"""Makes one person of somebody's accounts on several platforms, and parts them again.

Whoever asks for a code on one platform and types it on another has shown that both accounts are
theirs. A code works once and for a few minutes, is kept as a salted hash, and bears few attempts.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from chatdesk.desk import person_lane, requester_lane
from chatdesk.lifecycle import sla
from chatdesk.lifecycle.identity import PARTS, came_with, replaced
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.record import evolve
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import LinkCode, Parted, Transaction

LINKED = "account_linked"
"""The notice to an account that another was linked with it."""

UNLINKED = "account_parted"
"""The notice to an account that another is no longer linked with it."""

VALID_FOR = timedelta(minutes=10)

ATTEMPTS = 5
"""How often the secret half of one code may be typed."""

TRIES = 10
"""How many codes an account may ask for and type within `TRIES_WITHIN`."""

TRIES_WITHIN = timedelta(minutes=15)

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters that nobody takes for another."""

_NAME, _SECRET = 4, 8
_CODE = re.compile(rf"\A([{_LETTERS}]{{{_NAME}}})-?([{_LETTERS}]{{{_SECRET}}})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Two accounts that are one person's now: the one that asked, and the one that agreed."""

    asked: str
    agreed: str
    person: PersonId


def platform_of(handle: str) -> str:
    """Return the platform of an account."""
    return handle.partition(":")[0]


# --- codes ----------------------------------------------------------------------------------------


def ask(tx: Transaction, handle: str, now: datetime) -> str:
    """Return a new code for an account; Refused if it has asked too often."""
    if tx.links.tries(handle, now, TRIES_WITHIN) > TRIES:
        raise Refused("too_many_codes")
    name, secret, salt = _letters(_NAME), _letters(_SECRET), secrets.token_hex(16)
    digest, expires_at = _digest(salt, secret), now + VALID_FOR
    code = LinkCode(name=name, handle=handle, salt=salt, digest=digest, expires_at=expires_at)
    if tx.links.code(name) is not None:
        raise Refused("too_many_codes")  # one in a million; asking again gives another
    tx.links.keep(code)
    return f"{name}-{secret}"


def type_in(tx: Transaction, typed: str, handle: str, now: datetime) -> LinkCode | None:
    """Return the code that an account typed, to be agreed to; None for every wrong one alike.

    The attempt counts whatever comes of it, so nothing may be rolled back afterwards.
    """
    if tx.links.tries(handle, now, TRIES_WITHIN) > TRIES:
        return None
    taken = _CODE.match(typed.strip().upper())
    kept = tx.links.code(taken[1]) if taken else None
    if taken is None or kept is None:
        return None
    if kept.expires_at <= now or kept.attempts >= ATTEMPTS:
        tx.links.drop(kept.name)
        return None
    tx.links.attempted(kept.name)
    is_right = hmac.compare_digest(kept.digest, _digest(kept.salt, taken[2]))
    if not is_right or kept.shown_to not in {None, handle}:
        return None
    if not _can_join(tx, kept.handle, handle):
        return None
    tx.links.show(kept.name, handle)
    return kept


def burn(tx: Transaction, typed: str) -> None:
    """Let a code that others could read open nothing any more."""
    taken = _CODE.match(typed.strip().upper())
    if taken is not None:
        tx.links.drop(taken[1])


def agree(tx: Transaction, name: str, handle: str, now: datetime, policy: Policy) -> Linked | None:
    """Link the account that typed a code with the one that asked for it; None if it is over."""
    kept = tx.links.code(name)
    if kept is None or kept.shown_to != handle or kept.expires_at <= now:
        return None
    if not _can_join(tx, kept.handle, handle):
        return None
    tx.links.drop(name)
    people = [tx.people.by_handle(one) for one in (kept.handle, handle)]
    asked, agreed = (one.person for one in people if one is not None)
    person = _join(tx, asked, agreed, now, policy)
    _tell(tx, LINKED, kept.handle, handle, asked)
    return Linked(asked=kept.handle, agreed=handle, person=person)


def _can_join(tx: Transaction, one: str, other: str) -> bool:
    """Tell whether two accounts can be one person's: there is one of each platform at most."""
    people = [tx.people.by_handle(handle) for handle in (one, other)]
    known = [person.person for person in people if person is not None]
    if len(known) != len(people) or known[0] == known[1]:
        return False
    platforms = [platform_of(handle) for person in known for handle in tx.people.handles(person)]
    return len(platforms) == len(set(platforms))


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def _digest(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{salt}\x00{secret}".encode()).hexdigest()


# --- one person -----------------------------------------------------------------------------------


def _join(
    tx: Transaction, asked: PersonId, agreed: PersonId, now: datetime, policy: Policy
) -> PersonId:
    """Make one person of two: whoever has fewer tickets becomes the other."""
    for person in sorted((asked, agreed)):
        tx.people.take(person)
    own = {person: tx.links.tickets_of(person) for person in (asked, agreed)}
    joins = min((agreed, asked), key=lambda person: len(own[person]))
    stays = asked if joins == agreed else agreed
    tx.links.join(stays, joins, now)
    for number in own[joins]:
        _replace(tx, number, (joins, stays), now, policy, tuple(PARTS))
    tx.acts.add("accounts_linked", {"person": stays, "was": joins})
    return stays


def unlink(
    tx: Transaction, person: PersonId, handle: str, now: datetime, policy: Policy
) -> tuple[Parted, ...]:
    """Part an account from a person's others; Refused if it has none.

    What came with an account goes back with it; what was opened since stays with the person.
    """
    tx.people.take(person)
    others = [one for one in tx.people.handles(person) if one != handle]
    parted = tx.links.part(person, handle)
    if not parted:
        raise Refused("not_linked")
    for one in parted:
        for number in tx.links.tickets_with(one.person):
            record = [row.fact for row in tx.tickets.record(number)]
            parts = came_with(record, one.person)
            _replace(tx, number, (person, one.person), now, policy, parts)
        tx.acts.add("accounts_parted", {"person": person, "is": one.person})
    for somebody in (person, *(one.person for one in parted)):
        _leave_foreign(tx, somebody)
    for other in others:
        known = tx.people.by_handle(other)
        if known is not None:
            _tell(tx, UNLINKED, other, handle, known.person)
    return parted


def _replace(
    tx: Transaction,
    number: int,
    people: tuple[PersonId, PersonId],
    now: datetime,
    policy: Policy,
    parts: tuple[str, ...],
) -> None:
    """Let one person be what another is to a ticket; nobody is told, for nothing happened to it."""
    ticket = tx.tickets.load(number, to_change=True)
    fact = replaced(ticket, *people, now, parts) if ticket else None
    if ticket is None or fact is None:
        return
    after = evolve(ticket, [fact])
    due_at = sla.earliest_of(sla.clocks(after, policy))
    tx.tickets.save(after, [fact], before=ticket.version, due_at=due_at)


def _leave_foreign(tx: Transaction, person: PersonId) -> None:
    """Leave conversations on platforms where somebody has no account any more: others read them."""
    known = {platform_of(handle) for handle in tx.people.handles(person)}
    lanes = [person_lane(person)]
    for number in tx.links.tickets_of(person):
        ticket = tx.tickets.load(number)
        if ticket is not None and ticket.requester == person:
            lanes.append(requester_lane(number))
    for lane in lanes:
        place = tx.conversations.place(lane)
        if place is not None and place.platform not in known:
            tx.conversations.leave(lane)


def _tell(tx: Transaction, notice: str, to: str, other: str, person: PersonId) -> None:
    payload = {"handle": to, "other": platform_of(other)}
    tx.outbox.put(person_lane(person), notice, None, payload)
