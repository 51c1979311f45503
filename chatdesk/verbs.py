"""The table of everything a person can say: help, permissions, forms, manifests and docs follow it.

A verb either reads (the reception shows something) or asks for a command. What is typed behind a
verb prefills its form; when that answers everything the form asks, no form is shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chatdesk.lifecycle.assignment import Assign, Claim, Escalate, Release, Transfer
from chatdesk.lifecycle.closure import Confirm, Withdraw
from chatdesk.lifecycle.facts import Words, write
from chatdesk.lifecycle.followup import RATINGS, ItCameBack, Rate, StayedFixed, StopAsking
from chatdesk.lifecycle.intake import AddWatcher
from chatdesk.lifecycle.investigation import (
    AddMessage,
    AddNote,
    DecideApproval,
    PutOnHold,
    Reply,
    RequestApproval,
    Resume,
    TickOff,
    UndoReply,
)
from chatdesk.lifecycle.permissions import Action
from chatdesk.lifecycle.resolution import Reopen, Resolve, SolveSelf, StillChecking
from chatdesk.lifecycle.step import Command, Refused
from chatdesk.lifecycle.ticket import (
    EntryId,
    Impact,
    PersonId,
    Priority,
    QueueName,
    ResolutionCode,
    Ticket,
    TopicName,
    Urgency,
)
from chatdesk.lifecycle.triage import (
    AskRequester,
    LinkTickets,
    MarkSpam,
    Merge,
    NotSpam,
    SetPriority,
    Triage,
    Unmerge,
)
from chatdesk.ui.parts import item_named
from chatdesk.ui.typed import meant, words_for


class Audience(StrEnum):
    """Under which heading help lists a verb."""

    ANYONE = "anyone"
    AGENTS = "agents"
    MANAGERS = "managers"
    ADMINS = "admins"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a verb's command is made from: checked answers, and what the clicked button carried."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    more: str = ""
    ticket: Ticket
    by: PersonId

    def words(self, name: str) -> Words:
        """Return an answer as words to be kept, empty words if it was not given."""
        files = self.answers.get("files", ()) if name == "text" else ()
        return write(str(self.answers.get(name) or ""), tuple(files or ()))


Make = Callable[[Given], Command]
Prefill = Callable[[str], dict[str, str]]


def _first_word(words: str) -> tuple[str, str]:
    """Return the first word and what follows it, be it on the next line."""
    head, *tail = words.split(maxsplit=1) or [""]
    return head, "".join(tail).rstrip()


def _one(name: str) -> Prefill:
    """Let everything typed behind the verb be the answer of that name."""
    return lambda words: {name: words}


def _first(name: str, rest: str) -> Prefill:
    """Let the first word be one answer and the rest another."""

    def split(words: str) -> dict[str, str]:
        head, tail = _first_word(words)
        return {name: head, rest: tail}

    return split


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Something a person can say.

    `usage` is what follows the name when typed; a verb without usage is a button only. `form` is
    the shape to fill in before `make` has all it needs. `on_ticket` verbs act on one ticket, whose
    number comes first when typed outside its conversation. A verb without `make` reads. What is
    typed behind a verb that `takes_talk` may itself begin with a number.
    """

    name: str
    action: Action
    audience: Audience = Audience.ANYONE
    usage: str | None = None
    form: str = ""
    prefill: Prefill | None = None
    make: Make | None = None
    on_ticket: bool = True
    needs_form_always: bool = False
    takes_talk: bool = False


def _resolve(given: Given) -> Command:
    cause = given.words("root_cause")
    code = ResolutionCode(given.answers["code"])
    return Resolve(
        code=code, summary=given.words("summary"), root_cause=cause if cause.text else None
    )


def _triage(given: Given) -> Command:
    return Triage(
        topic=TopicName(given.answers["topic"]),
        impact=Impact(given.answers["impact"]),
        urgency=Urgency(given.answers["urgency"]),
    )


def _rate(given: Given) -> Command:
    score = next((one for one in RATINGS if str(one) == given.more), None)
    if score is None:
        raise Refused("bad_rating", at_field="score")
    return Rate(score=score)


def _rate_comment(given: Given) -> Command:
    score = given.ticket.rating
    if score is None:
        raise Refused("bad_rating", at_field="score")
    return Rate(score=score, comment=given.words("comment"))


def _until(given: Given) -> datetime:
    until = given.answers["until"]
    if not isinstance(until, datetime):
        raise Refused("bad_duration", at_field="until")
    return until


def _other(given: Given) -> int:
    """Return the number of the other ticket; half a number names none."""
    number = given.answers["number"]
    if not isinstance(number, int):
        raise Refused("no_such_ticket", at_field="number")
    return number


def _tick(given: Given) -> Command:
    item = item_named(given.ticket, given.more)
    if item is None:
        raise Refused("form_outdated")
    return TickOff(item=item)


def _add_info(given: Given) -> Command:
    return AddMessage(text=given.words("text"), is_in_place=False)


def _approval(given: Given) -> Command:
    return RequestApproval(
        approver=PersonId(given.answers["approver"]),
        wake_at=_until(given),
        reason=given.words("reason"),
    )


_A, _M = Audience.AGENTS, Audience.MANAGERS

VERBS: tuple[Verb, ...] = (
    Verb(name="new", action=Action.OPEN, usage="[words]", form="intake", on_ticket=False),
    Verb(name="mine", action=Action.OPEN, usage="", on_ticket=False),
    Verb(name="show", action=Action.SEE, usage="N"),
    Verb(name="find", action=Action.OPEN, usage="WORDS", on_ticket=False),
    Verb(name="help", action=Action.OPEN, usage="", on_ticket=False),
    Verb(name="home", action=Action.OPEN, on_ticket=False),
    Verb(
        name="reopen",
        action=Action.REOPEN,
        usage="N [why]",
        form="reopen",
        prefill=_one("why"),
        takes_talk=True,
        make=lambda given: Reopen(why=given.words("why")),
    ),
    Verb(name="withdraw", action=Action.WITHDRAW, usage="N", make=lambda _: Withdraw()),
    Verb(
        name="add",
        action=Action.ADD_PERSON,
        usage="N @person",
        form="add_person",
        prefill=_one("person"),
        make=lambda given: AddWatcher(person=PersonId(given.answers["person"])),
    ),
    Verb(
        name="add_info",
        action=Action.MESSAGE,
        form="add_info",
        prefill=_one("text"),
        make=_add_info,
    ),
    Verb(name="link-account", action=Action.LINK_ACCOUNT, usage="[CODE|off]", on_ticket=False),
    Verb(name="solve_self", action=Action.SOLVE_SELF, make=lambda _: SolveSelf()),
    Verb(name="confirm", action=Action.CONFIRM, make=lambda _: Confirm()),
    Verb(name="still_checking", action=Action.STILL_CHECKING, make=lambda _: StillChecking()),
    Verb(name="rate", action=Action.RATE, make=_rate),
    Verb(name="rate_comment", action=Action.RATE, form="rate_comment", make=_rate_comment),
    Verb(name="fixed", action=Action.ANSWER_FOLLOW_UP, make=lambda _: StayedFixed()),
    Verb(
        name="came_back",
        action=Action.ANSWER_FOLLOW_UP,
        form="came_back",
        make=lambda given: ItCameBack(why=given.words("why")),
    ),
    Verb(name="stop_asking", action=Action.ANSWER_FOLLOW_UP, make=lambda _: StopAsking()),
    Verb(
        name="approve",
        action=Action.DECIDE_APPROVAL,
        make=lambda _: DecideApproval(is_approved=True),
    ),
    Verb(
        name="decline",
        action=Action.DECIDE_APPROVAL,
        make=lambda _: DecideApproval(is_approved=False),
    ),
    Verb(
        name="queue",
        action=Action.SEE_QUEUE,
        audience=_A,
        usage="[name] [mine|unassigned|risk|waiting]",
        on_ticket=False,
    ),
    Verb(name="claim", action=Action.CLAIM, audience=_A, usage="N", make=lambda _: Claim()),
    Verb(
        name="release",
        action=Action.RELEASE,
        audience=_A,
        usage="N WHY",
        form="release",
        prefill=_one("reason"),
        takes_talk=True,
        make=lambda given: Release(reason=given.words("reason")),
    ),
    Verb(
        name="assign",
        action=Action.ASSIGN,
        audience=_A,
        usage="N @agent",
        form="assign",
        prefill=_one("agent"),
        make=lambda given: Assign(agent=PersonId(given.answers["agent"])),
    ),
    Verb(
        name="transfer",
        action=Action.TRANSFER,
        audience=_A,
        usage="N QUEUE [why]",
        form="transfer",
        prefill=_first("queue", "reason"),
        make=lambda given: Transfer(
            queue=QueueName(given.answers["queue"]), reason=given.words("reason")
        ),
    ),
    Verb(
        name="priority",
        action=Action.SET_PRIORITY,
        audience=_A,
        usage="N PRIORITY WHY",
        form="priority",
        prefill=_first("priority", "reason"),
        make=lambda given: SetPriority(
            priority=Priority(given.answers["priority"]), reason=given.words("reason")
        ),
    ),
    Verb(name="triage", action=Action.TRIAGE, audience=_A, usage="N", form="triage", make=_triage),
    Verb(
        name="ask",
        action=Action.ASK,
        audience=_A,
        usage="N TEXT",
        form="ask",
        prefill=_one("text"),
        takes_talk=True,
        make=lambda given: AskRequester(question=given.words("text")),
    ),
    Verb(
        name="reply",
        action=Action.REPLY,
        audience=_A,
        usage="N TEXT",
        form="reply",
        prefill=_one("text"),
        takes_talk=True,
        make=lambda given: Reply(text=given.words("text")),
    ),
    Verb(
        name="reply_anyway",
        action=Action.REPLY,
        audience=_A,
        form="reply_anyway",
        make=lambda given: Reply(text=given.words("text"), anyway=True),
    ),
    Verb(
        name="undo",
        action=Action.UNDO_REPLY,
        audience=_A,
        make=lambda given: UndoReply(entry=EntryId(given.more)),
    ),
    Verb(
        name="note",
        action=Action.NOTE,
        audience=_A,
        usage="N TEXT",
        form="note",
        prefill=_one("text"),
        takes_talk=True,
        make=lambda given: AddNote(text=given.words("text"), is_in_place=False),
    ),
    Verb(
        name="hold",
        action=Action.HOLD,
        audience=_A,
        usage="N 3d WHY",
        form="hold",
        prefill=_first("until", "reason"),
        make=lambda given: PutOnHold(wake_at=_until(given), reason=given.words("reason")),
    ),
    Verb(name="resume", action=Action.RESUME, audience=_A, usage="N", make=lambda _: Resume()),
    Verb(
        name="approval",
        action=Action.REQUEST_APPROVAL,
        audience=_A,
        usage="N",
        form="approval",
        make=_approval,
    ),
    Verb(
        name="escalate",
        action=Action.ESCALATE,
        audience=_A,
        usage="N WHY",
        form="escalate",
        prefill=_one("reason"),
        takes_talk=True,
        make=lambda given: Escalate(reason=given.words("reason")),
    ),
    Verb(
        name="merge",
        action=Action.MERGE,
        audience=_A,
        usage="N into M",
        form="merge",
        prefill=lambda words: {"number": _after_into(words)},
        make=lambda given: Merge(target=_other(given)),
    ),
    Verb(name="unmerge", action=Action.UNMERGE, audience=_A, usage="N", make=lambda _: Unmerge()),
    Verb(
        name="link",
        action=Action.LINK,
        audience=_A,
        usage="N M",
        form="link",
        prefill=_one("number"),
        make=lambda given: LinkTickets(
            other=_other(given), is_child=given.answers.get("relation") == "child"
        ),
    ),
    Verb(
        name="resolve",
        action=Action.RESOLVE,
        audience=_A,
        usage="N",
        form="resolve",
        prefill=_one("summary"),
        takes_talk=True,
        make=_resolve,
        needs_form_always=True,
    ),
    Verb(name="tick", action=Action.TICK_OFF, audience=_A, make=_tick),
    Verb(name="spam", action=Action.MARK_SPAM, audience=_A, usage="N", make=lambda _: MarkSpam()),
    Verb(name="not_spam", action=Action.NOT_SPAM, audience=_A, make=lambda _: NotSpam()),
    Verb(
        name="watch",
        action=Action.ADD_PERSON,
        audience=_A,
        usage="N",
        make=lambda given: AddWatcher(person=given.by),
    ),
    Verb(
        name="away",
        action=Action.SEE_QUEUE,
        audience=_A,
        usage="until DATE | back",
        on_ticket=False,
    ),
    Verb(
        name="for",
        action=Action.OPEN_FOR,
        audience=_A,
        usage="@person [words]",
        form="intake_for",
        on_ticket=False,
    ),
    Verb(
        name="digest",
        action=Action.SEE_DIGEST,
        audience=_M,
        usage="now|daily|weekly|off [here]",
        on_ticket=False,
    ),
    Verb(name="export", action=Action.EXPORT, audience=_M, usage="N"),
    Verb(
        name="desk",
        action=Action.ADMINISTER,
        audience=Audience.ADMINS,
        usage="status",
        on_ticket=False,
    ),
    Verb(name="try_again", action=Action.ADMINISTER, on_ticket=False),
)
"""Everything built. A verb not in this table exists nowhere."""

BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}

TYPED: dict[str, Verb] = {verb.name: verb for verb in VERBS if verb.usage is not None}
"""The verbs that can be typed."""


def nearest(word: str, allowed: Mapping[str, Verb]) -> str:
    """Return the verb most like a mistyped word, empty if none comes close."""
    known = [one for one in words_for("verb") if meant("verb", one) in allowed]
    found = difflib.get_close_matches(
        word.lower(), {**allowed, **dict.fromkeys(known)}, n=1, cutoff=0.55
    )
    return found[0] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A typed verb, taken apart: its row, the number it named, and the words behind.

    `is_doubtful` if a number that may be meant as a ticket's was read as the first of the words:
    what is said is to be shown before it goes anywhere.
    """

    verb: Verb
    number: int | None
    words: str
    is_doubtful: bool = False


_NUMBER = re.compile(r"#?(\d{1,15})(?=\s|$)")


def parse(text: str, implied: int | None = None) -> Spoken:
    """Take a typed verb apart; `implied` is the ticket whose conversation it was typed in.

    Refused `unknown_verb` naming the nearest, and `need_number` where a ticket is meant but none
    is named.
    """
    word, rest = _first_word(text)
    verb = verb_typed(word)
    if verb is None:
        raise Refused("unknown_verb", word=word[:40], nearest=nearest(word, TYPED))
    if not verb.on_ticket:
        return Spoken(verb=verb, number=None, words=rest)
    named = _NUMBER.match(rest)
    takes_number_itself = verb.name in {"link", "merge"} and implied is not None
    if takes_number_itself and named and not _NUMBER.match(_after_into(rest[named.end() :])):
        return Spoken(verb=verb, number=implied, words=rest)
    if named and implied and verb.takes_talk and _is_doubtful(rest, int(named[1]), implied):
        return Spoken(verb=verb, number=implied, words=rest, is_doubtful=True)
    if named:
        return Spoken(verb=verb, number=int(named[1]), words=rest[named.end() :].strip())
    if implied is None:
        raise Refused("need_number", verb=verb.name, usage=f"{verb.name} {verb.usage}".strip())
    return Spoken(verb=verb, number=implied, words=rest)


def verb_typed(text: str) -> Verb | None:
    """Return the verb that typed words begin with, whatever follows; None if they begin with none.

    Cheaper than taking them apart, which may take a look at where they were typed.
    """
    return TYPED.get(meant("verb", _first_word(text)[0]))


def _is_doubtful(rest: str, number: int, implied: int) -> bool:
    """Tell whether words such as `2 licences` may be all talk; `#2 licences` is not."""
    return number != implied and not rest.startswith("#") and len(rest.split(maxsplit=1)) > 1


def _after_into(words: str) -> str:
    first, rest = _first_word(words)
    return rest if rest and meant("into", first) == "into" else words.strip()
