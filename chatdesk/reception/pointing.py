"""Messages that somebody points at: they become a ticket, are added to one, or are sent on."""

from __future__ import annotations

from chatdesk.desk import Outcome, requester_lane
from chatdesk.lifecycle.facts import MAX_SUMMARY, MAX_TEXT, write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.investigation import AddMessage, AddNote, Reply, ReplyWithdrawn
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.policy import HelpTopic
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import Door, EntryId, EntryKind, PersonId, Side, Ticket, TopicName
from chatdesk.ports import Entry, TicketQuery, Transaction
from chatdesk.reception import asking, readings
from chatdesk.reception.sources import rooted, ticket_of
from chatdesk.reception.talk import check_files, check_length, with_left
from chatdesk.reception.visit import Plan, Visit
from chatdesk.ui.attaching import ATTACH, attach_form
from chatdesk.ui.cards import parse_button_id
from chatdesk.ui.exchange import Aim, Answer, Pointed, Source, Submitted
from chatdesk.ui.forms import Values
from chatdesk.ui.views import TicketView
from chatdesk.verbs import BY_NAME

SHORT = 120
"""Characters of a message that become its ticket's summary."""

OFFERED = 40
"""Tickets of each kind to choose from."""


def pointed(visit: Visit, done: Pointed) -> Plan | Answer:
    """Return what becomes of a message somebody pointed at."""
    if done.aim is Aim.ATTACH:
        return Answer(form=attach_form(_choices(visit), _quoted(visit, done.source), visit.voice()))
    if done.aim is Aim.SEND:
        return with_left(visit, done, _sent(visit, done))
    if done.aim is Aim.REACTION:
        return _reacted(visit, done)
    return asking.open_intake(visit, BY_NAME["new"], _values(visit, done))


# --- to the requester -----------------------------------------------------------------------------


def _sent(visit: Visit, done: Pointed) -> Plan:
    """Send a message of a ticket's agents to its requester, whatever ticket its words may name.

    Once, unless the Reply was taken back before it went out.
    """
    lane = visit.lane
    if lane is None or lane.number is None or lane.side is not Side.AGENTS:
        raise Refused("not_among_agents")
    ticket = visit.ticket(lane.number)
    visit.require(Action.REPLY, ticket)
    text = done.source.text.strip()
    reply = _reply_said(visit, done.source.message)
    if reply is not None:
        # Words such as `!reply ...` were sent when they were said, but for that verb.
        _check_unsent(visit.tx, reply.entry, ticket.number)
        text = reply.text
    if not text and not done.files:
        raise Refused("nothing_to_send")
    check_length(text)
    check_files(visit.tx, done.files, visit.person.person, visit.policy.attachments.max_files)
    mark = f"sent:{visit.interaction.platform}:{done.source.place}:{done.source.message}"
    _check_unsent(visit.tx, visit.tx.marks.get(mark), ticket.number)
    words = write(text, done.files)

    def after(tx: Transaction, _outcome: Outcome) -> Answer:
        # Of two who do it at the same moment the second one sees it only here.
        _check_unsent(tx, tx.marks.get_to_change(mark), ticket.number)
        tx.marks.set(mark, words.entry)
        return Answer()

    return Plan(command=Reply(text=words), number=ticket.number, after=after)


def _reply_said(visit: Visit, message: str) -> Entry | None:
    """Return the Reply that a message in the conversation of agents was."""
    what = visit.tx.conversations.what(visit.lane_name, message) if visit.lane_name else None
    kind, _, name = (what or "").partition(":")
    entry = visit.tx.entries.get([EntryId(name)]).get(EntryId(name)) if kind == "said" else None
    return entry if entry is not None and entry.kind is EntryKind.REPLY else None


def _check_unsent(tx: Transaction, before: str | None, number: int) -> None:
    """Refuse what was sent by this Reply before, and still is."""
    if not before:
        return
    record = (one.fact for one in tx.tickets.record(number))
    if EntryId(before) not in {one.entry for one in record if isinstance(one, ReplyWithdrawn)}:
        raise Refused("already_sent", number=number)


# --- a new ticket ---------------------------------------------------------------------------------


def _reacted(visit: Visit, done: Pointed) -> Plan | Answer:
    """Open a ticket at once where nothing more needs to be asked; else offer the form.

    It is the author's own ticket where whoever reacted may open tickets for others.
    """
    source = done.source
    made = ticket_of(visit.tx, visit.interaction.platform, source.place, source.message)
    if made is not None:
        raise Refused("already_made", number=made.number)
    verb, values = BY_NAME["new"], _values(visit, done)
    requester = _author(visit, source)
    if requester not in {None, visit.person.person} and may(Action.OPEN_FOR, visit.actor):
        verb, values = BY_NAME["for"], values | {"requester": str(requester)}
    else:
        requester = visit.person.person
    visit.require_opening(verb.action)
    name = visit.policy.reactions.topic
    if name is None or _asks_more(visit.policy.topic(TopicName(name))):
        return asking.open_intake(visit, verb, values)
    command = Open(
        topic=TopicName(name),
        summary=write(str(values["summary"]) or visit.voice()("sources.untitled")),
        details=write(str(values["details"])[:MAX_TEXT], done.files),
        requester=PersonId(str(requester)),
        zone=visit.tx.people.get([PersonId(str(requester))])[PersonId(str(requester))].zone,
        door=Door.REACTION,
    )
    return Plan(command=command, after=rooted(visit, source, asking.receipt_shown(visit)))


def _asks_more(topic: HelpTopic) -> bool:
    return any(question.required for question in topic.questions)


def _author(visit: Visit, source: Source) -> PersonId | None:
    found = visit.tx.people.by_handle(source.author) if source.author else None
    return found.person if found else None


def _values(visit: Visit, done: Pointed) -> Values:
    text = done.source.text.strip()
    summary = (text.splitlines() or [""])[0][: min(SHORT, MAX_SUMMARY)]
    return {"summary": summary, "details": _quoted(visit, done.source), "files": done.files}


def _quoted(visit: Visit, source: Source) -> str:
    """Return a message in plain text: who wrote it, what, and where it stands."""
    author = visit.tx.people.by_handle(source.author) if source.author else None
    is_own = author is None or author.person == visit.person.person
    wrote = "" if is_own or author is None else visit.voice()("sources.wrote", person=author.name)
    text = "\n".join(part for part in (wrote, source.text.strip()) if part)
    return "\n\n".join(part for part in (text, source.link) if part)


# --- one that is there already --------------------------------------------------------------------


def is_attaching(done: Submitted) -> bool:
    """Tell whether a form adds a message to a ticket."""
    state = parse_button_id(done.id)
    return state is not None and state.verb == ATTACH


def attached(visit: Visit, done: Submitted) -> Plan | Answer:
    """Keep a message as an entry of the ticket that was chosen, once."""
    text, files = str(done.values.get("text") or ""), tuple(done.values.get("files") or ())
    if done.is_refresh:
        return Answer(form=attach_form(_choices(visit), text, visit.voice()))
    chosen = str(done.values.get("ticket") or "")
    ticket = visit.ticket(int(chosen) if chosen.isascii() and chosen.isdigit() else None)
    source = done.source
    lane = requester_lane(ticket.number)
    what = f"added:{source.place}:{source.message}" if source else ""
    if what and visit.tx.conversations.message(lane, what):
        raise Refused("already_added", at_field="ticket", number=ticket.number)
    check_length(text, "text")
    check_files(visit.tx, files, visit.person.person, visit.policy.attachments.max_files)
    words = write(text, files)
    command: AddNote | AddMessage = AddMessage(text=words, is_in_place=False)
    if not may(Action.MESSAGE, visit.actor, ticket):
        visit.require(Action.NOTE, ticket)
        command = AddNote(text=words, is_in_place=False)

    def after(tx: Transaction, _outcome: Outcome) -> Answer:
        if what:
            tx.conversations.link(lane, what, words.entry)
        return Answer()

    return Plan(command=command, number=ticket.number, after=after)


def _choices(visit: Visit) -> tuple[TicketView, ...]:
    """Return the tickets a message can be added to: somebody's own, and those they work."""
    queries: list[TicketQuery] = []
    if may(Action.SEE_QUEUE, visit.actor):
        work = readings.work(visit, visit.actor.agent_of or None)
        queries = [work["mine"], work["all"]]
    queries.append(readings.own(visit))
    found: dict[int, Ticket] = {}
    for query in queries:
        for ticket in visit.tx.tickets.find(readings.at_most(query, OFFERED)):
            if ticket.is_unsolved:
                found.setdefault(ticket.number, ticket)
    if not found:
        raise Refused("nothing_to_add_to")
    return tuple(visit.view(ticket) for ticket in list(found.values())[: 2 * OFFERED])
