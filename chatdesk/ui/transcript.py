"""A ticket's whole conversation and record as Markdown, to be kept outside the desk.

Whatever people wrote stands in fenced blocks or is escaped, so that it reads as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chatdesk.lifecycle.facts import Fact
from chatdesk.lifecycle.ticket import EntryKind, QueueName, Side, TopicName
from chatdesk.ui.language import names_in
from chatdesk.ui.views import EntryView, TicketView
from chatdesk.ui.voice import Voice, answers_of, name_of, queue_of, summary_of, voice_of
from chatdesk.ui.wording import FIRST_LANGUAGE, Wording, catalog

INTERNAL = frozenset(
    {
        *("released", "triaged", "priority_set", "topic_set", "linked", "escalated", "noted"),
        *("lead_told", "owner_asked", "ticked_off", "sla_warned", "nudge_delivered"),
        *("follow_up_postponed", "watcher_removed", "unreached", "person_replaced"),
    }
)
"""Kinds of facts that the requester's side is not shown."""

_MARKS = re.compile(r"([\\`*_\[\]<>#|~&!])")
_FENCE = re.compile(r"`{3,}")


def transcript_markdown(
    view: TicketView, record: Iterable[Fact], wording: Wording | None = None
) -> str:
    """Return a ticket as Markdown, as the view's side may read it; times are in UTC.

    The requester's side gets no notes and no internal facts, whatever the view holds.
    """
    say = replace(voice_of(view, wording), zone="UTC")
    title = say("record.title", number=view.ticket.number, summary=summary_of(view))
    parts = [
        f"# {_inline(title)}",
        _inline(say("record.written_at", moment=_moment(view.now))),
        "\n".join(f"- {label}: {_inline(value)}" for label, value in _about(view, say)),
        f"## {say('record.conversation')}",
        *_conversation(view, say),
        f"## {say('record.history')}",
        "\n".join(_history(view, record, say)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _inline(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _block(text: str) -> str:
    """Return a person's words in a fence that nothing in them can close."""
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"


# --- what it is -----------------------------------------------------------------------------------


def _about(view: TicketView, say: Voice) -> list[tuple[str, str]]:
    ticket = view.ticket
    values: dict[str, str] = {
        "status": say.word(ticket.status),
        "priority": say.word(ticket.priority),
        "requester": name_of(view, ticket.requester, say),
        "opened_by": name_of(view, ticket.opened_by, say),
        "assignee": view.name(ticket.assignee),
        "queue": queue_of(view),
        "topic": view.policy.topic(ticket.topic).title,
        "opened": _moment(ticket.opened_at),
    }
    if ticket.resolution is not None:
        values["resolution"] = say.word(ticket.resolution.code)
    if ticket.closing is not None:
        values["closed"] = f"{_moment(ticket.closing.at)}, {say.word(ticket.closing.reason)}"
    if ticket.rating is not None:
        values["rating"] = say(f"words.rating.{ticket.rating}")
    known = [(say(f"record.about.{name}"), value) for name, value in values.items() if value]
    return [*known, *((_inline(label), answer) for label, answer in answers_of(view, say))]


# --- what was said --------------------------------------------------------------------------------


def _conversation(view: TicketView, say: Voice) -> list[str]:
    ticket = view.ticket
    entries = [one for one in view.entries.values() if _is_shown(one, view)]
    entries.sort(key=lambda entry: entry.at)
    said = [
        _entry(one, view, say)
        for one in entries
        if one.entry not in {ticket.summary, ticket.answers}
    ]
    return said or [say("record.empty")]


def _is_shown(entry: EntryView, view: TicketView) -> bool:
    return view.side is Side.AGENTS or entry.kind is not EntryKind.NOTE


def _entry(entry: EntryView, view: TicketView, say: Voice) -> str:
    author = say(f"record.said.{entry.kind.value}", person=name_of(view, entry.author, say))
    parts = [f"### {_moment(entry.at)} · {_inline(author)}"]
    if entry.is_removed:
        return "\n\n".join([*parts, say("record.said.removed")])
    if entry.text:
        parts.append(_block(entry.text))
    parts += [
        _inline(say("record.said.file", name=file.name, size=file.size)) for file in entry.files
    ]
    if entry.is_edited:
        parts.append(say("record.said.edited"))
    if entry.delivery == "withdrawn":
        parts.append(say("record.said.withdrawn"))
    return "\n\n".join(parts)


# --- what happened --------------------------------------------------------------------------------


def _history(view: TicketView, record: Iterable[Fact], say: Voice) -> list[str]:
    is_internal_hidden = view.side is not Side.AGENTS
    return [
        f"- {_moment(fact.at)} · {_inline(in_words(fact, view, say))}"
        for fact in record
        if not (is_internal_hidden and fact.kind in INTERNAL)
    ]


def in_words(fact: Fact, view: TicketView, say: Voice) -> str:
    """Return what a fact says, in a sentence without any of the texts it brought in."""
    values: dict[str, object] = {"person": name_of(view, fact.by, say)}
    for one in fields(fact):  # every fact is a dataclass
        told = _TOLD.get((fact.kind, one.name)) or _TOLD.get(("", one.name)) or _as_it_is
        name, value = told(one.name, getattr(fact, one.name), view, say)
        values.setdefault(name, value)
    key = f"record.fact.{fact.kind}"
    return say(key, **{name: values[name] for name in names_in(catalog(FIRST_LANGUAGE)[key])})


Told = tuple[str, object]
"""A value under the name by which the texts know it."""


def _as_it_is(name: str, value: Any, _: TicketView, say: Voice) -> Told:
    return name, say.word(value) if isinstance(value, StrEnum) else value


def _named(called: str) -> Callable[[str, Any, TicketView, Voice], Told]:
    def told(_: str, value: Any, view: TicketView, say: Voice) -> Told:
        return called, name_of(view, value, say) if value else ""

    return told


def _queue(name: str, value: Any, view: TicketView, _: Voice) -> Told:
    return name, queue_of(view, QueueName(value))


def _topic(name: str, value: Any, view: TicketView, _: Voice) -> Told:
    return name, view.policy.topic(TopicName(value)).title


def _rating(_: str, value: Any, __: TicketView, say: Voice) -> Told:
    return "rating", say(f"words.rating.{value}")


def _target(_: str, value: Any, __: TicketView, say: Voice) -> Told:
    return "target", say(f"words.target.{value}")


def _other(_: str, value: Any, __: TicketView, ___: Voice) -> Told:
    return "other", value


def _unreached(_: str, value: Any, __: TicketView, say: Voice) -> Told:
    return "what", say(f"notices.unreached.{value}")


def _at(_: str, value: Any, __: TicketView, ___: Voice) -> Told:
    return "moment", _moment(value)


_TOLD: dict[tuple[str, str], Callable[[str, Any, TicketView, Voice], Told]] = {
    ("", "agent"): _named("agent"),
    ("", "approver"): _named("approver"),
    ("", "person"): _named("watcher"),
    ("", "queue"): _queue,
    ("", "topic"): _topic,
    ("", "score"): _rating,
    ("", "wake_at"): _at,
    ("", "due_at"): _at,
    ("", "until"): _at,
    ("released", "before"): _named("owner"),
    ("transferred", "before"): _queue,
    ("closed", "target"): _other,
    ("person_replaced", "before"): _named("before"),
    ("person_replaced", "after"): _named("after"),
    ("sla_warned", "target"): _target,
    ("unreached", "notice"): _unreached,
}
"""How the fields of facts are told: by the fact's kind and the field, or by the field alone."""
