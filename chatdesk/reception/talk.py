"""Plain words in a place: what they mean depends on whose conversation they were said in."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

from chatdesk.desk import Outcome
from chatdesk.lifecycle.facts import MAX_TEXT, Words, clean_text, write
from chatdesk.lifecycle.investigation import (
    AddMessage,
    AddNote,
    EditEntry,
    RemoveEntry,
    Reply,
    UndoReply,
)
from chatdesk.lifecycle.permissions import Action, may
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId, Side, Ticket
from chatdesk.ports import Entry, Transaction
from chatdesk.reception.visit import Plan, Visit
from chatdesk.ui.cards import Card, Line, Tone
from chatdesk.ui.exchange import Answer, Edited, Pointed, Removed, Said
from chatdesk.ui.lists import done_card
from chatdesk.ui.typed import meant
from chatdesk.verbs import TYPED, nearest, parse

_SPOKEN = re.compile(r"\s*(?:@chatdesk\s+|!)(\w+)(.*)", re.DOTALL | re.IGNORECASE)
_MISTYPED = re.compile(r"\s*!(\w+).*", re.DOTALL)
_COMMAND = re.compile(r"/ticket(?!\S)")
LEFT = "📎 "
"""Begins a line, or a name, in the place of a file that stayed on its platform."""

_MENTION = re.compile(r"\s*@chatdesk(?!\w)[\s,:]*(.*)", re.DOTALL | re.IGNORECASE)


def verb_said(text: str, *, in_ticket: bool) -> str | None:
    """Return the typed verb in words like `!claim` or `@chatdesk claim`, if they are one.

    The first word must be a known verb. Words that begin with `!` are one only in a ticket's
    conversation.
    """
    match = _SPOKEN.fullmatch(text)
    if not match or meant("verb", match[1]) not in TYPED:
        return None
    is_mention = not text.lstrip().startswith("!")
    return f"{match[1]}{match[2]}".strip() if is_mention or in_ticket else None


def behind_command(text: str) -> str:
    """Return what was typed behind `/ticket`; a command of another name as it is."""
    return _COMMAND.sub("", text.strip(), count=1).strip()


def mentioned(text: str) -> str | None:
    """Return what somebody says to the desk by its name; None if they do not begin with that."""
    match = _MENTION.fullmatch(text)
    return match[1].strip() if match else None


def check_length(text: str, field: str = "") -> None:
    """Refuse a text longer than the desk keeps; the sender still has it."""
    if len(text) > MAX_TEXT:
        raise Refused("too_long", at_field=field, limit=MAX_TEXT, length=len(text))


def check_files(tx: Transaction, files: tuple[str, ...], person: PersonId, limit: int) -> None:
    """Refuse files that are not there, could not be had, are somebody else's, or too many."""
    if len(files) > limit:
        raise Refused("too_many_files", limit=limit)
    described = tx.attachments.describe(files) if files else {}
    unknown = [one for one in files if one not in described or described[one][3] != person]
    left = [one.removeprefix(LEFT) for one in unknown if one.startswith(LEFT)]
    if left:
        raise Refused("files_left", files=tuple(left))
    if unknown:
        raise Refused("unknown_file")


def said(visit: Visit, done: Said) -> Plan | Answer | None:
    """Return what words in a ticket's conversation ask for; None outside of one.

    Those said to the desk by its name are kept like all others when they begin with no verb, and
    whoever said them is told so.
    In a thread that everybody reads, words of those whom the ticket does not concern stay there.
    """
    lane = visit.lane
    if lane is None or lane.number is None or visit.lane_name is None:
        return None
    if lane.side is Side.REQUESTER and not done.is_direct:
        ticket = visit.tx.tickets.load(lane.number)
        if ticket is not None and not may(Action.MESSAGE, visit.actor, ticket):
            return _bystander(visit, ticket)
    check_length(done.text)
    person = visit.person.person
    check_files(visit.tx, done.files, person, visit.policy.attachments.max_files)
    text = write(visit.in_words(done.text), done.files)
    command: AddNote | AddMessage = AddMessage(text=text)
    if lane.side is Side.AGENTS:
        ticket = visit.tx.tickets.load(lane.number)
        # In the thread of a queue it has left, those who work it now would not read it.
        is_in_place = ticket is None or lane.queue == ticket.queue
        command = AddNote(text=text, is_in_place=is_in_place)
    name = visit.lane_name

    def keep_place(tx: Transaction, _outcome: Outcome) -> Answer:
        if tx.entries.get([text.entry]):
            tx.conversations.link(name, f"said:{text.entry}", done.message)
        to_desk = mentioned(done.text) or _mistyped(done.text)
        return Answer(card=_kept(visit, lane.side, to_desk)) if to_desk else Answer()

    return Plan(command=command, number=lane.number, after=keep_place)


def with_left(visit: Visit, done: Said | Pointed, planned: Plan | Answer) -> Plan | Answer:
    """Tell whoever sent files which of them could not be taken along, unless they are asked more.

    Where they stay stands among the words that were kept.
    """
    if not done.left or not isinstance(planned, Plan):
        return planned
    after = planned.after
    text = visit.voice()("sources.left_behind", files=done.left)
    card = Card(fallback=text, elements=(Line(text=text, tone=Tone.WARNING),))

    def tell(tx: Transaction, outcome: Outcome) -> Answer:
        answer = after(tx, outcome)
        return answer if answer.card or answer.form else replace(answer, card=card)

    return replace(planned, after=tell)


def _mistyped(text: str) -> str:
    """Return the word of `!rsolve`, empty unless it comes close to a verb."""
    match = _MISTYPED.fullmatch(text)
    return match[1] if match and nearest(match[1], TYPED) else ""


def _kept(visit: Visit, side: Side | None, words: str) -> Card:
    """Say what became of words that were meant for the desk, and which verb they may have meant."""
    key = "kept_internal" if side is Side.AGENTS else "kept"
    return done_card(visit.voice(), key, nearest=nearest(words.split(maxsplit=1)[0], TYPED))


def _bystander(visit: Visit, ticket: Ticket) -> Answer:
    """Tell agents that their words are on no record; leave everybody else alone."""
    if not may(Action.REPLY, visit.actor, ticket):
        return Answer()
    text = visit.voice()("sources.elsewhere")
    return Answer(card=Card(fallback=text, elements=(Line(text=text, tone=Tone.QUIET),)))


def traced(visit: Visit, done: Said, planned: Plan | Answer) -> Plan | Answer:
    """Let words said behind a verb, such as `!reply`, stay their author's to change.

    Each such message is one entry: whoever edits or deletes the message means the entry.
    """
    lane = visit.lane_name
    command = planned.command if isinstance(planned, Plan) else None
    if lane is None or not isinstance(planned, Plan) or not isinstance(command, Reply | AddNote):
        return planned
    entry, after = command.text.entry, planned.after

    def keep_place(tx: Transaction, outcome: Outcome) -> Answer:
        tx.conversations.link(lane, f"said:{entry}", done.message)
        return after(tx, outcome)

    return replace(planned, after=keep_place)


def edited(visit: Visit, done: Edited) -> Plan | None:
    """Return the change of an entry whose author edited their message; None if it is no entry.

    What was internal stays so, whatever it becomes. Only words that still say that they are for
    the requester reach the requester.
    """
    entry = _entry_said(visit, done.message)
    if entry is None or entry.removed_at is not None:
        return None
    check_length(done.text)
    said = _behind_verb(visit, entry, done.text)
    if said is None:
        return _not_passed_on(visit, entry)
    text = _with_what_stayed(clean_text(visit.in_words(said)), entry)
    if text == entry.text:
        return None
    if not text and not entry.files:
        raise Refused("empty")  # taking words back is another act, and says so
    if entry.kind is EntryKind.REPLY:
        visit.require(Action.REPLY, visit.tx.tickets.load(entry.number))
    words = Words(entry=entry.entry, text=text, salt=entry.salt, files=entry.files)
    return Plan(command=EditEntry(text=words), number=entry.number)


def _with_what_stayed(text: str, entry: Entry) -> str:
    """Return edited words with the lines on files that stayed: those the author never wrote."""
    lines = entry.text.splitlines()
    stayed = list(takewhile(lambda line: line.startswith(LEFT), reversed(lines)))[::-1]
    missing = [line for line in stayed if line not in text.splitlines()]
    return "\n".join(part for part in (text, *missing) if part)


def _behind_verb(visit: Visit, entry: Entry, text: str) -> str | None:
    """Return what an edited message says; None for a Reply that no longer begins like one."""
    spoken = verb_said(text, in_ticket=True)
    found = parse(spoken, visit.implied) if spoken is not None else None
    verb = "reply" if entry.kind is EntryKind.REPLY else "note"
    if found is not None and (found.verb.name, found.number) == (verb, entry.number):
        return found.words
    return None if entry.kind is EntryKind.REPLY else text


def _not_passed_on(visit: Visit, entry: Entry) -> Plan:
    """Say once that a Reply stays as it was."""
    text = visit.voice()("sources.reply_stays", number=entry.number)
    card = Card(fallback=text, elements=(Line(text=text, tone=Tone.WARNING),))
    answer = Answer(card=card, is_refusal=True)
    return Plan(work=lambda _tx: answer, kept=Answer(is_refusal=True))


def removed(visit: Visit, done: Removed) -> Plan | None:
    """Return the removal of an entry whose author deleted their message.

    A Reply that has not gone out is undone as well: it was never said.
    """
    entry = _entry_said(visit, done.message)
    if entry is None or entry.removed_at is not None:
        return None
    remove = Plan(command=RemoveEntry(entry=entry.entry), number=entry.number)
    if not visit.tx.outbox.is_on_its_way("reply", entry.entry):
        return remove
    person = visit.person.person

    def remove_as_well(tx: Transaction, _outcome: Outcome) -> Answer:
        visit.desk.act(tx, RemoveEntry(entry=entry.entry), person, entry.number)
        return Answer()

    undo = UndoReply(entry=entry.entry)
    return Plan(command=undo, number=entry.number, after=remove_as_well, otherwise=remove)


def _entry_said(visit: Visit, message: str) -> Entry | None:
    if visit.lane_name is None:
        return None
    what = visit.tx.conversations.what(visit.lane_name, message) or ""
    kind, _, name = what.partition(":")
    if kind != "said":
        return None
    entry = visit.tx.entries.get([EntryId(name)]).get(EntryId(name))
    if entry is not None and visit.tx.links.current(entry.author) != visit.person.person:
        raise Refused("own_words_only")
    return entry
