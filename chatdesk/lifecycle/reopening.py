"""What "it is not fixed" leads to, by whichever stage it is said: T11, T12 or T13."""

from __future__ import annotations

from chatdesk.lifecycle.facts import Recurred, Reopened, Words
from chatdesk.lifecycle.policy import reopen_deadline
from chatdesk.lifecycle.step import Context, Decision, Refused, Successor
from chatdesk.lifecycle.ticket import CloseReason, PersonId, Ticket


def owner_again(ticket: Ticket, context: Context) -> PersonId | None:
    """Return the resolver, else the last owner, if present; None sends it back to the queue."""
    present = {candidate.person for candidate in context.roster if candidate.is_present}
    resolver = ticket.resolution.by if ticket.resolution else None
    return next((person for person in (resolver, ticket.assignee) if person in present), None)


def reopen(ticket: Ticket, context: Context, why: Words | None) -> Decision:
    """Return how a resolved or closed ticket comes back to work.

    The requester reopens within the window and below the cap, afterwards a linked ticket opens;
    a lead reopens at any time. Refused: spam, and a ticket that was merged away.
    """
    closing = ticket.closing
    is_lead = ticket.queue in context.actor.lead_of
    if closing is not None and closing.reason is CloseReason.MERGED:
        raise Refused("was_merged", number=ticket.number, other=ticket.merged_into)
    if closing is not None and closing.reason is CloseReason.SPAM and not is_lead:
        raise Refused("was_spam", number=ticket.number)
    if ticket.is_continued and not is_lead:
        return [Successor(why=why, is_under_way=True)]
    if closing is not None and not is_lead and not _is_in_window(ticket, context):
        return [Recurred(at=context.now, by=context.actor.person), Successor(why=why)]
    reopened = Reopened(
        at=context.now,
        by=context.actor.person,
        before=ticket.status,
        why=why.ref if why and why.text else None,
        assignee=owner_again(ticket, context),
        is_recurrence=closing is not None,
    )
    return [reopened]


def _is_in_window(ticket: Ticket, context: Context) -> bool:
    if ticket.closing is None:
        return True
    in_time = context.now <= reopen_deadline(context.policy, ticket.closing.at)
    return in_time and ticket.reopen_count < context.policy.after_resolution.reopen_cap
