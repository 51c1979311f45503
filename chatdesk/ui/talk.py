"""What somebody said on one side of a ticket, as the other side sees it."""

from __future__ import annotations

from chatdesk.lifecycle.notices import UNDO_WITHIN
from chatdesk.lifecycle.ticket import EntryKind, Side
from chatdesk.ui.cards import Button, Card, Element, Files, Line, Quote, Tone, button_id
from chatdesk.ui.parts import button, row
from chatdesk.ui.views import EntryView, TicketView
from chatdesk.ui.voice import Voice, name_of, voice_of
from chatdesk.ui.wording import Wording

_FALLBACK = 300
"""Characters of what was said that stand in a notification."""


def said(view: TicketView, entry: EntryView, wording: Wording | None = None) -> Card:
    """Return an entry as the view's side sees it.

    Agents see a Reply with how far it has come; the requester sees their own words as theirs.
    """
    say = voice_of(view, wording)
    if view.side is Side.AGENTS and entry.kind is EntryKind.REPLY:
        return _reply(view, entry, say)
    name = _author(view, entry, say)
    if entry.is_removed:
        return taken_back(say("talk.removed", person=name))
    is_note = entry.kind is EntryKind.NOTE
    return Card(
        fallback=say("talk.fallback", person=name, text=in_short(entry.text)),
        author=say("talk.note", person=name) if is_note else name,
        tone=Tone.QUIET if is_note else Tone.PLAIN,
        elements=_words(entry, say),
    )


def taken_back(text: str) -> Card:
    """Return what stands in the place of words that are gone, with the files they came with."""
    line = Line(text=text, tone=Tone.QUIET)
    return Card(fallback=text, tone=Tone.QUIET, elements=(line,), is_taken_back=True)


def in_short(text: str, limit: int = _FALLBACK) -> str:
    """Return a person's words on one line, cut where they are long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _author(view: TicketView, entry: EntryView, say: Voice) -> str:
    return (
        say("words.you") if entry.author == view.reader.person else name_of(view, entry.author, say)
    )


def _words(entry: EntryView, say: Voice, author: str = "") -> tuple[Element, ...]:
    edited = Line(text=say("talk.edited"), tone=Tone.QUIET)
    return (
        *((Quote(text=entry.text, author=author),) if entry.text else ()),
        *((Files(files=entry.files),) if entry.files else ()),
        *((edited,) if entry.is_edited else ()),
    )


def _reply(view: TicketView, entry: EntryView, say: Voice) -> Card:
    person, requester = name_of(view, entry.author, say), name_of(view, view.ticket.requester, say)
    if entry.is_removed:
        return taken_back(say("talk.removed", person=person))
    mark = _mark(view, entry, say)
    fallback = say(
        "talk.reply.fallback",
        person=person,
        requester=requester,
        text=in_short(entry.text),
        mark=mark.text if mark else "",
    )
    author = say("talk.reply.to", person=person, requester=requester)
    return Card(
        fallback=fallback,
        tone=Tone.DANGER if mark and mark.tone is Tone.DANGER else Tone.PLAIN,
        elements=(
            *_words(entry, say, author),
            *((mark,) if mark else ()),
            *_left_behind(view, entry, say),
            *row(*_buttons(view, entry, say)),
        ),
    )


def _mark(view: TicketView, entry: EntryView, say: Voice) -> Line | None:
    """Return how far a Reply has come, in words; None where nothing is known of it."""
    state, _, why = entry.delivery.partition(":")
    if state == "failed":
        return Line(text=say("talk.reply.failed", why=why.strip()), tone=Tone.DANGER)
    if state == "delivered" and entry.delivered_at:
        text = say("talk.reply.delivered_when", delivered_at=entry.delivered_at)
        return Line(text=text, tone=Tone.GOOD)
    tones = {"sending": Tone.QUIET, "delivered": Tone.GOOD, "withdrawn": Tone.QUIET}
    if state not in tones:
        return None
    requester = name_of(view, view.ticket.requester, say)
    return Line(text=say(f"talk.reply.{state}", requester=requester), tone=tones[state])


def _left_behind(view: TicketView, entry: EntryView, say: Voice) -> tuple[Line, ...]:
    """Tell which files did not come along with a Reply, and what to do."""
    requester = name_of(view, view.ticket.requester, say)
    return tuple(
        Line(text=say("talk.reply.left_behind", name=one, requester=requester), tone=Tone.WARNING)
        for one in entry.left_behind
    )


def _buttons(view: TicketView, entry: EntryView, say: Voice) -> tuple[Button, ...]:
    ticket = view.ticket
    if entry.delivery == "sending":
        seconds = int(UNDO_WITHIN.total_seconds())
        undo = button_id("undo", ticket.number, ticket.version, entry.entry)
        return (Button(id=undo, label=say("buttons.undo", count=seconds)),)
    if entry.delivery.startswith("failed"):
        return (button(say, "reply", ticket),)
    return ()
