"""What people ask to see: their tickets, a queue, one ticket, what they can say, how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chatdesk import digests, troubles
from chatdesk.desk import Outcome
from chatdesk.lifecycle.facts import MAX_SUMMARY
from chatdesk.lifecycle.permissions import Action, Actor, may
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import (
    UNSOLVED,
    EntryKind,
    QueueName,
    Side,
    Status,
    Ticket,
)
from chatdesk.ports import Place, Subscription, TicketQuery, Transaction
from chatdesk.reception.accounts import link_account
from chatdesk.reception.talk import mentioned
from chatdesk.reception.visit import Plan, Visit
from chatdesk.showing import side_for
from chatdesk.ui.cards import MAX_TICKET_NUMBER, Files, FileShown, button_id
from chatdesk.ui.checking import day_written
from chatdesk.ui.exchange import Answer, Said
from chatdesk.ui.forms import Values
from chatdesk.ui.home_card import HOME
from chatdesk.ui.intake_form import intake_form
from chatdesk.ui.link_cards import VERB
from chatdesk.ui.lists import (
    done_card,
    help_card,
    list_card,
    menu_card,
    show_card,
)
from chatdesk.ui.transcript import transcript_markdown
from chatdesk.ui.trouble_cards import status_card, tried_card
from chatdesk.ui.typed import meant, usage
from chatdesk.ui.views import TicketList
from chatdesk.ui.voice import Voice
from chatdesk.verbs import TYPED, Spoken, Verb, nearest

After = Callable[[Transaction, Outcome], Answer]

PAGE = 10
"""Tickets on one page of a list."""

MOST_CARRIED = 60
"""Letters of what is searched that fit into a button's id on every platform."""

MOST_DIGITS = 7
"""Of how many were shown, in the same id."""

DIGEST_HOUR = 9
"""Local hour at which digests come."""

AT_RISK_WITHIN = timedelta(hours=2)
"""A ticket due within this, or overdue, is at risk."""

MARKDOWN = "text/markdown"

VIEWS = ("unassigned", "mine", "risk", "waiting", "all")


def read(visit: Visit, spoken: Spoken) -> Plan | Answer:
    """Show what a reading verb asks for."""
    return _READINGS[spoken.verb.name](visit, spoken)


def menu(visit: Visit) -> Answer:
    """Show what can be done, to somebody who typed no verb."""
    names = [verb.name for verb in _allowed(visit.actor)]
    return Answer(card=menu_card(visit.voice(), agent="queue" in names, manager="digest" in names))


def spoken_to(visit: Visit, done: Said) -> Answer:
    """Answer words that stand in no ticket's conversation: said to the desk, they begin one.

    That is what is said in a direct message, or to the desk by its name. A single word that comes
    close to a verb was meant as that.
    """
    to_desk = mentioned(done.text)
    if not done.is_direct and to_desk is None:
        return Answer()
    if to_desk == "" and not done.files:
        return menu(visit)
    if to_desk and len(to_desk.split()) == 1 and nearest(to_desk, TYPED):
        raise Refused("unknown_verb", word=to_desk[:40], nearest=nearest(to_desk, TYPED))
    visit.require_opening(Action.OPEN)
    # One line says what it is about; more than that is the story, and still wants a headline.
    text = (done.text if to_desk is None else to_desk).strip()
    is_headline = "\n" not in text and len(text) <= MAX_SUMMARY
    values: Values = {"summary" if is_headline else "details": text, "files": done.files}
    shape = intake_form(visit.policy, visit.reader, values=values, wording=visit.wording)
    return Answer(form=shape)


def completions(say: Voice, actor: Actor | None) -> list[tuple[str, str]]:
    """Return what a person can type, with a line of help each."""
    verbs = _allowed(actor) if actor else tuple(TYPED.values())
    return [(usage_of(verb, say), say(f"help.{verb.name}")) for verb in verbs]


def usage_of(verb: Verb, say: Voice) -> str:
    """Return how a verb is typed, in the reader's language."""
    return f"{say.wording.command} {usage(verb.name, say, verb.usage or '')}"


def sees_file(tx: Transaction, actor: Actor, attachment: str) -> bool:
    """Tell whether the actor may see an entry that carries the file, or sent it themselves."""
    described = tx.attachments.describe([attachment]).get(attachment)
    if described is not None and described[3] == actor.person:
        return True
    for number, kind in tx.attachments.carried_by(attachment):
        ticket = tx.tickets.load(number)
        if ticket is None or not may(Action.SEE, actor, ticket):
            continue
        if kind is not EntryKind.NOTE or side_for(actor, ticket) is Side.AGENTS:
            return True
    return False


def visible_to(actor: Actor) -> TicketQuery:
    """Return the query of every ticket an actor may see; lists narrow it."""
    return TicketQuery(
        visible_person=actor.person,
        visible_queues=actor.agent_of,
        sees_all_open=may(Action.SEE_QUEUE, actor) or actor.is_admin,
    )


def _allowed(actor: Actor) -> tuple[Verb, ...]:
    """Return the verbs somebody like this may say, on some ticket or other."""
    roles = {
        "anyone": not actor.is_blocked,
        "agents": actor.is_agent,
        "managers": actor.is_manager or actor.is_admin,
        "admins": actor.is_admin,
    }
    return tuple(verb for verb in TYPED.values() if roles[verb.audience.value])


def _list(
    visit: Visit, query: TicketQuery, title: str, *, more: str = "", words: str = ""
) -> Answer:
    found = visit.tx.tickets.listed(replace(query, limit=PAGE + 1))
    next_page = ""
    if len(found) > PAGE and more:
        found = found[:PAGE]
        cursor = _cursor(more, found[-1].ticket)
        next_page = button_id("queue" if more != "mine" else "mine", more=cursor)
    # A first page that holds them all needs no counting.
    is_whole = query.after is None and len(found) <= PAGE and not next_page
    shown = TicketList(
        title_key=title,
        rows=visit.views(found),
        total=len(found) if is_whole else visit.tx.tickets.count(query),
        reader=visit.reader,
        now=visit.now,
        more=next_page,
        words=words,
    )
    return Answer(card=list_card(shown, visit.voice()))


def _cursor(view: str, last: Ticket) -> str:
    return f"{view}:{last.number}"


def _mine(visit: Visit, spoken: Spoken) -> Answer:
    _, _, after = spoken.words.partition(":")
    return _list(visit, behind(own(visit), after), "mine", more="mine")


def own(visit: Visit) -> TicketQuery:
    """Return the query of what somebody asked for themselves."""
    return replace(visible_to(visit.actor), requester=visit.person.person)


def at_most(query: TicketQuery, limit: int) -> TicketQuery:
    """Return a query that finds so many tickets at most."""
    return replace(query, limit=limit)


def behind(query: TicketQuery, after: str) -> TicketQuery:
    """Continue a list behind the ticket of that number."""
    if not (after.isascii() and after.isdigit() and int(after) <= MAX_TICKET_NUMBER):
        return query
    return replace(query, after=("", int(after)))


def _find(visit: Visit, spoken: Spoken) -> Answer:
    if not spoken.words:
        raise Refused("nothing_to_find")
    words, shown, query = spoken.words, 0, visible_to(visit.actor)
    if spoken.number is not None:
        shown, words = _leafed(words)
        query = replace(query, after=("", spoken.number))
    numbers = visit.tx.search.find(words, query, PAGE + 1)
    tickets = visit.tx.tickets.numbered(numbers[:PAGE])
    seen = [one for one in tickets if may(Action.SEE, visit.actor, one.ticket)]
    upto, has_more = shown + len(numbers[:PAGE]), len(numbers) > PAGE
    is_carried = len(words) <= MOST_CARRIED
    found = TicketList(
        title_key="found",
        rows=visit.views(seen),
        total=upto,
        reader=visit.reader,
        now=visit.now,
        more=button_id("find", numbers[PAGE - 1], more=f"{upto}:{words}")
        if has_more and is_carried
        else "",
        words=words,
        is_counted=not has_more,
        is_cut=has_more and not is_carried,
    )
    return Answer(card=list_card(found, visit.voice()))


def _leafed(carried: str) -> tuple[int, str]:
    """Return how many were shown on earlier pages, and what is looked for; from a button."""
    shown, parted, words = carried.partition(":")
    if not (parted and shown.isascii() and shown.isdigit() and len(shown) <= MOST_DIGITS):
        return 0, carried
    return int(shown), words


def _show(visit: Visit, spoken: Spoken) -> Answer:
    view = visit.view(visit.ticket(spoken.number), whole=True)
    return Answer(card=show_card(view, visit.wording))


def _help(visit: Visit, _: Spoken) -> Answer:
    say = visit.voice()
    return Answer(card=help_card(tuple(completions(say, visit.actor)), say))


def _queue(visit: Visit, spoken: Spoken) -> Answer:
    visit.require(Action.SEE_QUEUE)
    words, _, after = spoken.words.partition(":")
    queues: frozenset[QueueName] | None = visit.actor.agent_of or None
    view = "unassigned"
    for word in words.split():
        if word in visit.policy.queues and word not in VIEWS:
            queues = frozenset({QueueName(word)})
        elif meant("view", word) in VIEWS:
            view = meant("view", word)
        elif QueueName(word) in visit.tx.tickets.unsolved_by_queue():
            queues = frozenset({QueueName(word)})  # the policy has it no more
        else:
            raise Refused("unknown_queue", queue=word)
    title = "mine_as_agent" if view == "mine" else view
    query = work(visit, queues)[view]
    return _list(visit, behind(query, after), title, more=words or view)


def work(visit: Visit, queues: frozenset[QueueName] | None) -> dict[str, TicketQuery]:
    """Return the queries of what there is to do, in these queues or in all, by the view's name."""
    base = replace(visible_to(visit.actor), queues=queues, statuses=UNSOLVED)
    return {
        "unassigned": replace(base, is_unassigned=True, by_due=True),
        "mine": replace(base, assignee=visit.person.person, by_due=True, queues=None),
        "risk": replace(base, due_before=visit.now + AT_RISK_WITHIN, by_due=True),
        "waiting": replace(base, statuses=frozenset({Status.WAITING, Status.ON_HOLD})),
        "all": base,
    }


def _away(visit: Visit, spoken: Spoken) -> Plan:
    visit.require(Action.SEE_QUEUE)
    first, _, rest = spoken.words.strip().partition(" ")
    words = rest.strip() if meant("away", first) == "until" else spoken.words.strip()
    until: datetime | None = None
    if meant("away", words) != "back":
        zone = ZoneInfo(visit.reader.zone)
        try:
            until = datetime.combine(day_written(words), time(), zone).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refused("bad_date", given=words[:40]) from None
        if until <= visit.now:
            raise Refused("day_is_over", given=words[:40])
    person = visit.person.person
    key = "away" if until else "back"

    def work(tx: Transaction) -> Answer:
        tx.people.set_away(person, until)
        return Answer(card=done_card(visit.voice(), key, until=until))

    return Plan(work=work)


def _digest(visit: Visit, spoken: Spoken) -> Plan | Answer:
    visit.require(Action.SEE_DIGEST)
    words, _, where = spoken.words.strip().partition(" ")
    wish, is_here = meant("period", words) or "now", meant("here", where) == "here"
    if wish == "now":
        return Answer(card=visit.gallery.digest(visit.tx, "now", visit.now, visit.reader))
    if wish not in {"daily", "weekly", "off"} or (where and not is_here):
        raise Refused("unknown_period", given=(where or wish)[:40])
    platform, here = visit.interaction.platform, visit.interaction.place
    place = Place(platform=platform, place=here) if is_here and here else None
    person, zone = visit.person.person, visit.reader.zone

    def work(tx: Transaction) -> Answer:
        if wish == "off":
            tx.subscriptions.remove(person)
        else:
            one = Subscription(person=person, period=wish, hour=DIGEST_HOUR, zone=zone)
            tx.subscriptions.set(one)
            digests.send_to(tx, one, place)
            digests.schedule(tx, visit.now)
        key = f"digest_{wish}_here" if place and wish != "off" else f"digest_{wish}"
        return Answer(card=done_card(visit.voice(), key, hour=DIGEST_HOUR))

    return Plan(work=work)


def _export(visit: Visit, spoken: Spoken) -> Plan:
    """Keep a ticket's transcript as a file of this person's, and show it to them."""
    ticket = visit.ticket(spoken.number)
    visit.require(Action.EXPORT, ticket)
    view = visit.view(ticket, whole=True)
    facts = tuple(one.fact for one in visit.tx.tickets.record(ticket.number))
    content = transcript_markdown(view, facts, visit.wording).encode()
    name, person = f"ticket-{ticket.number}.md", visit.person.person

    def work(tx: Transaction) -> Answer:
        kept = tx.attachments.add(name=name, media_type=MARKDOWN, content=content, by=person)
        file = FileShown(attachment=kept, name=name, media_type=MARKDOWN, size=len(content))
        card = done_card(visit.voice(), "export", number=ticket.number)
        return Answer(
            card=replace(card, elements=(*card.elements, Files(files=(file,), are_asked_for=True)))
        )

    return Plan(work=work)


def _desk(visit: Visit, _: Spoken) -> Answer:
    """Show what is broken, and how to mend it."""
    visit.require(Action.ADMINISTER)
    found = visit.tx.troubles.all()
    views = tuple(troubles.view_of(visit.tx, one, visit.policy) for one in found)
    waiting = visit.tx.tickets.unsolved_by_queue()
    left = {queue: count for queue, count in waiting.items() if queue not in visit.policy.queues}
    policy_broken = visit.policy_broken()
    return Answer(card=status_card(views, visit.voice(), policy_broken=policy_broken, left=left))


def _try_again(visit: Visit, spoken: Spoken) -> Plan:
    """Let one message try whether what was broken works again; the others follow it."""
    visit.require(Action.ADMINISTER)
    platform, _, place = spoken.words.partition("|")

    def work(tx: Transaction) -> Answer:
        is_broken = tx.troubles.retry(platform, place)
        return Answer(card=tried_card(visit.voice(), is_broken=is_broken))

    return Plan(work=work)


_READINGS: dict[str, Callable[[Visit, Spoken], Plan | Answer]] = {
    "mine": _mine,
    "show": _show,
    "find": _find,
    "help": _help,
    "queue": _queue,
    "away": _away,
    "digest": _digest,
    "export": _export,
    "desk": _desk,
    "try_again": _try_again,
    VERB: link_account,
}

READING_VERBS = frozenset({*_READINGS, HOME})
"""The verbs the reception answers without a command."""

LOOKING_VERBS = frozenset({"mine", "show", "find", "help", "queue", "desk", HOME})
"""Of these, the ones that change nothing whatever follows them."""

__all__ = [
    "LOOKING_VERBS",
    "READING_VERBS",
    "After",
    "completions",
    "menu",
    "read",
    "sees_file",
    "spoken_to",
    "usage_of",
]
