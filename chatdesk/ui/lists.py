"""Lists of tickets and the small cards around them: the menu, help, and what was just done."""

from __future__ import annotations

from chatdesk.lifecycle.sla import reply_promise
from chatdesk.lifecycle.ticket import EntryId, EntryKind, Side, Status
from chatdesk.ui.agents_card import sign_of
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Card,
    Divider,
    Element,
    Files,
    Line,
    Quote,
    Table,
    Tone,
    Weight,
    button_id,
)
from chatdesk.ui.parts import button, due_line
from chatdesk.ui.ticket_cards import ticket_card
from chatdesk.ui.views import EntryView, TicketList, TicketView
from chatdesk.ui.voice import Voice, name_of, queue_of, summary_of, voice_of
from chatdesk.ui.wording import Wording

SHOWN_ENTRIES = 8
"""Of a ticket's conversation, so many of the latest entries stand on its card when it is shown."""


# --- lists ----------------------------------------------------------------------------------------


def list_card(found: TicketList, say: Voice) -> Card:
    """Return a page of tickets, each with what can be done; an empty list says so kindly.

    `title_key` is a name under `lists.title` and `lists.empty` of the catalog.
    """
    is_work = found.title_key == "mine" and any(row.side is Side.AGENTS for row in found.rows)
    key = "mine_as_agent" if is_work else found.title_key
    title = say(f"lists.title.{key}", words=found.words)
    if not found.rows:
        text = say(f"lists.empty.{found.title_key}", words=found.words)
        return Card(fallback=text, title=title, elements=(Line(text=text),))
    elements = [element for view in found.rows for element in _row(view, say)]
    total = str(found.total) if found.is_counted else f"{found.total}+"
    if found.more:
        more = Button(id=found.more, label=say("buttons.next_page"))
        elements += [Divider(), Buttons(buttons=(more,))]
    if found.is_cut:
        elements += [Divider(), Line(text=say("lists.cut"), tone=Tone.QUIET)]
    return Card(
        fallback=say("lists.fallback", title=title, total=found.total),
        title=say("lists.heading", title=title, total=total),
        elements=tuple(elements),
    )


def _row(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    sign, summary = sign_of(view, say), summary_of(view)
    text = say("lists.row", sign=sign, number=ticket.number, summary=summary)
    if view.side is Side.REQUESTER:
        state, tone = _turn(view, say), Tone.QUIET
    else:
        state, tone = _state(view, say)
    is_free = ticket.assignee is None and ticket.is_unsolved
    claim = view.side is Side.AGENTS and is_free and view.may("claim")
    buttons = (
        button(say, "show", ticket),
        *((button(say, "claim", ticket),) if claim else ()),
    )
    return (
        Line(text=text, is_strong=True),
        Line(text=state, tone=tone),
        Buttons(buttons=buttons),
    )


def _turn(view: TicketView, say: Voice) -> str:
    """Return whose turn it is, in the requester's words."""
    ticket = view.ticket
    is_queued = ticket.status is Status.OPEN and ticket.assignee is None
    return say(
        f"lists.turn.{'queued' if is_queued else ticket.status.value}",
        queue=queue_of(view),
        person=name_of(view, ticket.assignee, say) if ticket.assignee else "",
        wake_at=ticket.hold.wake_at if ticket.hold else None,
        reason=say.word(ticket.closing.reason) if ticket.closing else "",
    )


def _state(view: TicketView, say: Voice) -> tuple[str, Tone]:
    ticket, due = view.ticket, due_line(view, say)
    text = say(
        "lists.agents_row",
        priority=say.word(ticket.priority),
        status=say.word(ticket.status),
        person=view.name(ticket.assignee) or say("words.nobody"),
    )
    return (f"{text}\n{due.text}", due.tone) if due else (text, Tone.QUIET)


# --- one ticket -----------------------------------------------------------------------------------


def show_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return a ticket's card with the latest of its conversation, for who asked to see it."""
    say, card = voice_of(view, wording), ticket_card(view, wording)
    talk = _conversation(view, say)
    if not talk:
        return card
    actions = [one for one in card.elements if isinstance(one, Buttons)]
    rest = [one for one in card.elements if not isinstance(one, Buttons)]
    return Card(
        fallback=card.fallback,
        title=card.title,
        tone=card.tone,
        elements=(*rest, Divider(), *talk, *actions),
    )


def _conversation(view: TicketView, say: Voice) -> tuple[Element, ...]:
    ticket = view.ticket
    on_card = {ticket.summary, ticket.details, ticket.answers}
    said = [one for one in view.entries.values() if _is_said(one, on_card)]
    said.sort(key=lambda entry: entry.at)
    elements: list[Element] = []
    if len(said) > SHOWN_ENTRIES:
        text = say("lists.earlier", count=len(said) - SHOWN_ENTRIES)
        elements.append(Line(text=text, tone=Tone.QUIET))
    for entry in said[-SHOWN_ENTRIES:]:
        key = "lists.entry_note" if entry.kind is EntryKind.NOTE else "lists.entry"
        author = say(key, person=name_of(view, entry.author, say), said_at=entry.at)
        elements.append(Quote(text=entry.text, author=author))
        if entry.files:
            elements.append(Files(files=entry.files))
    heading = Line(text=say("lists.conversation"), is_strong=True)
    return (heading, *elements) if elements else ()


def _is_said(entry: EntryView, on_card: set[EntryId | None]) -> bool:
    is_there = bool(entry.text or entry.files) and not entry.is_removed
    return is_there and entry.entry not in on_card and entry.delivery != "withdrawn"


def opened_card(view: TicketView, wording: Wording | None = None) -> Card:
    """Return what somebody sees at once who has just opened a ticket."""
    say, ticket = voice_of(view, wording), view.ticket
    is_for_another = ticket.opened_by != ticket.requester
    text = say(
        f"lists.opened.{'text_for' if is_for_another else 'text'}",
        number=ticket.number,
        queue=queue_of(view),
        person=name_of(view, ticket.requester, say) if is_for_another else "",
    )
    due_at = reply_promise(view.policy, ticket.queue, ticket.priority, ticket.opened_at)
    promise = say("lists.opened.promise", due_at=due_at) if due_at else ""
    return Card(
        fallback=f"{text} {promise}".strip(),
        tone=Tone.GOOD,
        elements=(
            Line(text=f"{text} {promise}".strip()),
            Buttons(buttons=(button(say, "show", ticket),)),
        ),
    )


# --- around them ----------------------------------------------------------------------------------


def menu_card(say: Voice, *, agent: bool, manager: bool) -> Card:
    """Return what stands behind a bare `/ticket`; agents and managers find their own there too."""
    verbs = ["new", "mine", "find", "help"]
    verbs += ["queue"] if agent else []
    verbs += ["digest"] if manager else []
    return Card(
        fallback=say("lists.menu.fallback"),
        title=say("lists.menu.title"),
        elements=(
            Line(text=say("lists.menu.text")),
            Buttons(buttons=tuple(_bare(say, verb) for verb in verbs)),
        ),
    )


def _bare(say: Voice, verb: str) -> Button:
    weight = Weight.PRIMARY if verb == "new" else Weight.NORMAL
    return Button(id=button_id(verb), label=say(f"buttons.{verb}"), weight=weight)


def help_card(rows: tuple[tuple[str, str], ...], say: Voice) -> Card:
    """Return what somebody can say, as (usage, what it does)."""
    title = say("help.title")
    table = Table(
        caption=title, columns=(say("help.columns_say"), say("help.columns_does")), rows=rows
    )
    return Card(
        fallback=say("help.fallback", items=tuple(usage for usage, _ in rows)),
        title=title,
        elements=(table, Line(text=say("help.intro"), tone=Tone.QUIET)),
    )


def done_card(say: Voice, key: str, **values: object) -> Card:
    """Return that something was done which concerns no ticket; `key` is under `lists.done`."""
    text = say(f"lists.done.{key}", **values)
    return Card(fallback=text, tone=Tone.GOOD, elements=(Line(text=text),))
