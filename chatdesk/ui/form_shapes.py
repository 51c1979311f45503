"""Every form about a ticket, as data: what it asks, and what it is filled with already.

A form's fields carry the names that the verbs read their answers by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chatdesk.lifecycle.facts import MAX_TEXT
from chatdesk.lifecycle.ticket import AGENT_CODES, Impact, Priority, Side, Urgency
from chatdesk.ui.cards import Line, Option, Tone, button_id
from chatdesk.ui.checking import Checked, answers_written, attachments_in, check
from chatdesk.ui.forms import Field, FieldKind, Form, Values
from chatdesk.ui.intake_form import choice, intake_form, prefilled, words_for
from chatdesk.ui.views import TicketView
from chatdesk.ui.voice import Voice, name_of, voice_of
from chatdesk.ui.wording import Wording

__all__ = [
    "FORMS",
    "Asked",
    "Checked",
    "answers_written",
    "attachments_in",
    "check",
    "form",
    "intake_form",
]


KEEP_OPEN = "keep"
"""As `more` of add_info: the words are already there, so that one click keeps a ticket open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form is made from: the ticket, what is filled in already, whom one can choose.

    `more` goes into the form's id as it was in the button's.
    """

    view: TicketView
    say: Voice
    values: Values = field(default_factory=dict)
    people: tuple[Option, ...] = ()
    more: str = ""

    def value(self, name: str) -> str:
        """Return what a field is filled with."""
        return prefilled(self.values, name)

    @property
    def requester(self) -> str:
        """The requester's name."""
        return name_of(self.view, self.view.ticket.requester, self.say)


def form(
    verb: str,
    view: TicketView,
    values: Values | None = None,
    *,
    people: tuple[Option, ...] = (),
    more: str = "",
    wording: Wording | None = None,
) -> Form:
    """Return the form of a verb about a ticket; KeyError for a verb that has none.

    `people` are the agents to choose from in `assign`; without them the person is named freely.
    """
    say = voice_of(view, wording)
    asked = Asked(view=view, say=say, values=values or {}, people=people, more=more)
    return FORMS[verb](asked)


# --- fields that several forms have ---------------------------------------------------------------


def _long(asked: Asked, name: str, label: str, hint: str = "", *, needed: bool = True) -> Field:
    return Field(
        name=name,
        label=label,
        kind=FieldKind.LONG_TEXT,
        help=hint,
        is_required=needed,
        limit=MAX_TEXT,
        value=asked.value(name),
    )


def _reason(asked: Asked, hint: str = "", *, needed: bool = True) -> Field:
    return _long(asked, "reason", asked.say("forms.fields.reason"), hint, needed=needed)


def _files(asked: Asked) -> Field:
    return Field(
        name="files",
        label=asked.say("forms.fields.files"),
        kind=FieldKind.FILE,
        is_required=False,
        limit=asked.view.policy.attachments.max_files,
        value=asked.value("files"),
    )


def _until(asked: Asked) -> Field:
    say = asked.say
    label, hint = say("forms.fields.until"), say("forms.fields.until_help")
    return Field(name="until", label=label, help=hint, value=asked.value("until"))


def _number(asked: Asked) -> Field:
    return Field(
        name="number",
        label=asked.say("forms.fields.number"),
        help=asked.say("forms.fields.number_help"),
        kind=FieldKind.NUMBER,
        least=1,
        value=asked.value("number"),
    )


def _person(asked: Asked, name: str, label: str, hint: str = "") -> Field:
    if asked.people:
        return choice(name, label, asked.people, asked.value(name))
    return Field(name=name, label=label, kind=FieldKind.PERSON, help=hint, value=asked.value(name))


def _id(asked: Asked, verb: str) -> str:
    """Return the id that leads back to the verb which asked."""
    ticket = asked.view.ticket
    return button_id(verb, ticket.number, ticket.version, asked.more)


def _form(asked: Asked, verb: str, *fields: Field, submit: str = "save") -> Form:
    ticket = asked.view.ticket
    return Form(
        id=_id(asked, verb),
        title=asked.say(f"forms.{verb}.title", number=ticket.number, person=asked.requester),
        fields=fields,
        submit=asked.say(f"buttons.{submit}"),
    )


def _intro(asked: Asked, shape: Form, key: str, **values: object) -> Form:
    line = Line(text=asked.say(f"forms.{key}.intro", **values), tone=Tone.WARNING)
    return replace(shape, intro=(line,))


# --- speaking -------------------------------------------------------------------------------------


def _reply(asked: Asked, verb: str = "reply") -> Form:
    label = asked.say("forms.reply.text", person=asked.requester)
    text = _long(asked, "text", label, asked.say("forms.reply.text_help"))
    return _form(asked, verb, text, _files(asked), submit="send")


def _reply_anyway(asked: Asked) -> Form:
    colleague = name_of(asked.view, asked.view.ticket.last_public_by, asked.say)
    shape = replace(_reply(asked, "reply_anyway"), submit=asked.say("buttons.reply_anyway"))
    return _intro(asked, shape, "reply_anyway", person=colleague)


def _note(asked: Asked) -> Form:
    text = _long(asked, "text", asked.say("forms.note.text"))
    return _form(asked, "note", text, _files(asked))


def _ask(asked: Asked) -> Form:
    hint = asked.say("forms.ask.text_help", number=asked.view.ticket.number)
    text = _long(asked, "text", asked.say("forms.ask.text"), hint)
    return _form(asked, "ask", text, submit="send")


def _add_info(asked: Asked) -> Form:
    text = _long(asked, "text", asked.say("forms.add_info.text"))
    if asked.more == KEEP_OPEN and not text.value:
        text = replace(text, value=asked.say("forms.add_info.keep"))
    return _form(asked, "add_info", text, _files(asked), submit="send")


def _add_person(asked: Asked) -> Form:
    hint = asked.say("forms.add_person.person_help", person=asked.requester)
    person = _person(asked, "person", asked.say("forms.fields.person"), hint)
    return replace(_form(asked, "add_person", person), id=_id(asked, "add"))


# --- waiting --------------------------------------------------------------------------------------


def _hold(asked: Asked) -> Form:
    reason = _reason(asked, asked.say("forms.hold.reason_help", person=asked.requester))
    return _form(asked, "hold", _until(asked), reason)


def _approval(asked: Asked) -> Form:
    say = asked.say
    approver = _person(asked, "approver", say("forms.approval.approver"))
    label, hint = say("forms.approval.reason"), say("forms.approval.reason_help")
    reason = _long(asked, "reason", label, hint)
    return _form(asked, "approval", approver, _until(asked), reason, submit="send")


# --- who has it, and what it is -------------------------------------------------------------------


def _release(asked: Asked) -> Form:
    return _form(asked, "release", _reason(asked, asked.say("forms.release.reason_help")))


def _escalate(asked: Asked) -> Form:
    return _form(asked, "escalate", _reason(asked, asked.say("forms.escalate.reason_help")))


def _assign(asked: Asked) -> Form:
    return _form(asked, "assign", _person(asked, "agent", asked.say("forms.assign.agent")))


def _transfer(asked: Asked) -> Form:
    options = tuple(
        Option(value=name, label=queue.title)
        for name, queue in asked.view.policy.queues.items()
        if name != asked.view.ticket.queue
    )
    queue = choice("queue", asked.say("forms.transfer.queue"), options, asked.value("queue"))
    return _form(asked, "transfer", queue, _reason(asked, needed=False))


def _priority(asked: Asked) -> Form:
    options = words_for(asked.say, Priority)
    value = asked.value("priority") or asked.view.ticket.priority.value
    field = choice("priority", asked.say("forms.priority.priority"), options, value)
    return _form(asked, "priority", field, _reason(asked))


def _triage(asked: Asked) -> Form:
    say, ticket, policy = asked.say, asked.view.ticket, asked.view.policy
    topics = tuple(Option(value=name, label=one.title) for name, one in policy.topics.items())
    impact = asked.value("impact") or (ticket.impact.value if ticket.impact else "")
    urgency = asked.value("urgency") or (ticket.urgency.value if ticket.urgency else "")
    return _form(
        asked,
        "triage",
        choice("topic", say("forms.fields.topic"), topics, asked.value("topic") or ticket.topic),
        choice("impact", say("forms.fields.impact"), words_for(say, Impact), impact),
        choice("urgency", say("forms.fields.urgency"), words_for(say, Urgency), urgency),
    )


def _merge(asked: Asked) -> Form:
    days = asked.view.policy.after_resolution.unmerge_within_days
    shape = _form(asked, "merge", _number(asked))
    return _intro(asked, shape, "merge", person=asked.requester, count=days)


def _link(asked: Asked) -> Form:
    say, number = asked.say, asked.view.ticket.number
    options = tuple(
        Option(value=name, label=say(f"forms.link.{name}", number=number))
        for name in ("related", "child")
    )
    value = asked.value("relation") or "related"
    relation = choice("relation", say("forms.link.relation"), options, value, is_required=False)
    return _form(asked, "link", _number(asked), relation)


# --- the end of it --------------------------------------------------------------------------------


def _resolve(asked: Asked) -> Form:
    say = asked.say
    codes = tuple(Option(value=code.value, label=say.word(code)) for code in AGENT_CODES)
    label = say("forms.resolve.summary", person=asked.requester)
    return _form(
        asked,
        "resolve",
        choice("code", say("forms.resolve.code"), codes, asked.value("code")),
        _long(asked, "summary", label, say("forms.resolve.summary_help")),
        _long(asked, "root_cause", say("forms.resolve.root_cause"), needed=False),
        submit="resolve",
    )


def _reopen(asked: Asked) -> Form:
    why = _long(asked, "why", asked.say("forms.reopen.why"))
    is_lead = asked.view.side is Side.AGENTS
    return _form(asked, "reopen", why, submit="reopen_ticket" if is_lead else "send")


def _came_back(asked: Asked) -> Form:
    why = _long(asked, "why", asked.say("forms.came_back.why"), needed=False)
    return _form(asked, "came_back", why, submit="send")


def _rate_comment(asked: Asked) -> Form:
    comment = _long(asked, "comment", asked.say("forms.rate_comment.comment"))
    return _form(asked, "rate_comment", comment, submit="send")


FORMS: dict[str, Callable[[Asked], Form]] = {
    "reply": _reply,
    "reply_anyway": _reply_anyway,
    "note": _note,
    "ask": _ask,
    "add_info": _add_info,
    "add_person": _add_person,
    "hold": _hold,
    "approval": _approval,
    "release": _release,
    "escalate": _escalate,
    "assign": _assign,
    "transfer": _transfer,
    "priority": _priority,
    "triage": _triage,
    "merge": _merge,
    "link": _link,
    "resolve": _resolve,
    "reopen": _reopen,
    "came_back": _came_back,
    "rate_comment": _rate_comment,
}
"""Every form about a ticket, by the name the verbs call it by."""
