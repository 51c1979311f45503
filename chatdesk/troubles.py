"""Tells admins what broke, a place on a platform or the policy, once, and that it works again.

A place that broke is noted where it was met. From then on its messages wait, a single one tries
now and then, and the rest follows in order when it succeeds.
"""

from __future__ import annotations

import hashlib
import logging

from chatdesk.desk import person_lane
from chatdesk.lifecycle.policy import Policy
from chatdesk.lifecycle.ticket import PersonId
from chatdesk.ports import Transaction, Trouble
from chatdesk.ui.trouble_cards import NEARLY_FULL, TroubleView

TROUBLE = "trouble"
"""The notice that something broke."""

MENDED = "mended"
"""The notice that it works again."""

POLICY = "policy"
"""The notice that a changed policy cannot be used, or that it can again."""

_POLICY_TOLD = "policy:told"
"""The mark with what was told of the policy last: the hash of what was wrong, or nothing."""

logger = logging.getLogger("chatdesk")


def tell(tx: Transaction, policy: Policy) -> None:
    """Tell every admin what broke, or works again, and was not told yet; and the log.

    Needs a writing transaction; doing it again does no harm. A direct message about a place may
    itself have to wait for that very place: then the log has it, `chatdesk doctor`, and
    `chatdesk parked list`.
    """
    for trouble in tx.troubles.untold():
        if not tx.troubles.telling(trouble):
            continue  # another worker met it at the same moment
        _log(trouble)
        if trouble.is_told or not trouble.is_mended:
            _tell_admins(tx, policy, trouble)


def is_warning(trouble: Trouble) -> bool:
    """Tell whether what is noted there still works."""
    return trouble.code == NEARLY_FULL


def _log(trouble: Trouble) -> None:
    where, is_tight = (trouble.platform, trouble.place), is_warning(trouble)
    if trouble.is_mended:
        logger.info("%s: %s %s", "has room again" if is_tight else "works again", *where)
    elif is_tight:
        logger.warning("warning: %s %s: %s", *where, trouble.why)
    else:
        logger.error("broken: %s %s: %s", *where, trouble.why)


def _tell_admins(tx: Transaction, policy: Policy, trouble: Trouble) -> None:
    payload = {
        "platform": trouble.platform,
        "place": trouble.place,
        "code": trouble.code,
        "lane": trouble.lane,
        "waited": trouble.waiting,
    }
    notice = MENDED if trouble.is_mended else TROUBLE
    for person in admins(tx, policy):
        tx.outbox.put(person_lane(person), notice, None, payload)


def tell_of_policy(tx: Transaction, policy: Policy, broken: str) -> None:
    """Tell every admin that the changed policy cannot be used, and why; or that it can again.

    Each fault is told once, however many processes meet it. Needs a writing transaction.
    """
    known = hashlib.sha256(broken.encode()).hexdigest() if broken else ""
    if not known and not tx.marks.get(_POLICY_TOLD):
        return
    if not tx.marks.set(_POLICY_TOLD, known):
        return
    for person in admins(tx, policy):
        tx.outbox.put(person_lane(person), POLICY, None, {"broken": broken, "known": known})


def is_news_of_policy(tx: Transaction, known: str) -> bool:
    """Whether what was to be told of the policy still makes sense: no other fault came since.

    That it was mended since does not take back that it was broken.
    """
    now = tx.marks.get(_POLICY_TOLD) or ""
    return now == known or not now


def admins(tx: Transaction, policy: Policy) -> list[PersonId]:
    """Return the desk's admins, also those who never spoke to it."""
    people = (tx.people.by_handle(handle) for handle in policy.admins)
    known = [
        person.person if person else tx.people.remember(handle, name=handle, zone="", locale="")
        for handle, person in zip(policy.admins, people, strict=True)
    ]
    return list(dict.fromkeys(known))


def view_of(tx: Transaction, trouble: Trouble, policy: Policy) -> TroubleView:
    """Return a trouble as people can be told it: by the queue or person whose place it is."""
    kind, name = _called(tx, trouble, policy)
    return TroubleView(
        platform=trouble.platform,
        place=trouble.place,
        code=trouble.code,
        why=trouble.why,
        kind=kind,
        name=name,
        waiting=trouble.waiting,
        since_at=trouble.since,
    )


def _called(tx: Transaction, trouble: Trouble, policy: Policy) -> tuple[str, str]:
    if not trouble.place:
        return "platform", trouble.platform.capitalize()
    for queue in policy.queues.values():
        if queue.home.get(trouble.platform) == trouble.place:
            return "queue", queue.title
    kind, _, rest = trouble.lane.partition(":")
    number, _, side = rest.partition(":")
    person = PersonId(rest) if kind == "person" else None
    if kind == "ticket" and side == "requester" and number.isdigit():
        ticket = tx.tickets.load(int(number))
        person = ticket.requester if ticket else None
    found = tx.people.get([person]).get(person) if person else None
    is_wider = " " in trouble.place  # all direct messages, a permission: not this person's alone
    return ("person", found.name) if found and not is_wider else ("other", trouble.place)
