"""A small desk with a script, to try a workspace without the real one: same door, fixed answers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import (
    Button,
    Buttons,
    Card,
    Divider,
    Files,
    FileShown,
    Line,
    Menu,
    Option,
    Pairs,
    Quote,
    Table,
    Tone,
    Weight,
)
from chatdesk.ui.exchange import Answer, Clicked, Interaction, Submitted, Typed
from chatdesk.ui.forms import Field, FieldKind, Form, Shown

START = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
STEPS = {
    "15m": timedelta(minutes=15),
    "4h": timedelta(hours=4),
    "1wd": timedelta(days=1),
    "3wd": timedelta(days=3),
}
COMMANDS = (
    ("/ticket", "A menu of what the desk can do"),
    ("/ticket new [words]", "Ask for help"),
    ("/ticket mine", "Your tickets and whose turn it is"),
    ("/ticket show N", "One ticket"),
    ("/ticket find WORDS", "Search tickets"),
    ("/ticket claim N", "Take a ticket"),
    ("/ticket assign @a", "Give the ticket to a colleague"),
)
NOBODY = "Nobody yet"
MISSING = "Tell us in a few words what is wrong."


class ScriptedDesk:
    """Answers like a desk would, remembers what it was told, and can be made to fail."""

    def __init__(self) -> None:
        self.told: list[Interaction] = []
        self.files: dict[str, tuple[str, str, bytes]] = {}
        self.now = START
        self.refuses_next = 0
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def receive(self, interaction: Interaction) -> Answer:
        """Answer; the same key gets the same answer and is remembered once."""
        with self._lock:
            if self.refuses_next:
                self.refuses_next -= 1
                raise StoreUnavailable
            if interaction.key not in self._answers:
                self.told.append(interaction)
                self._answers[interaction.key] = self._answer(interaction)
            return self._answers[interaction.key]

    def _answer(self, interaction: Interaction) -> Answer:  # noqa: PLR0911 - a script
        done = interaction.done
        match done:
            case Typed(text=text) if text.startswith("/ticket new"):
                return Answer(form=intake_form(summary=text.removeprefix("/ticket new").strip()))
            case Typed(text="/ticket"):
                return Answer(card=MENU)
            case Typed(text="/ticket mine"):
                return Answer(card=MY_TICKETS)
            case Typed():
                sentence = "No verb like that. Did you mean /ticket claim 1042?"
                return Answer(
                    card=Card(fallback=sentence, elements=(Line(text=sentence),)), is_refusal=True
                )
            case Clicked(id=pressed) if pressed.startswith("new:"):
                return Answer(form=intake_form())
            case Clicked(id=pressed) if pressed.startswith("mine:"):
                return Answer(card=MY_TICKETS)
            case Clicked(id=pressed) if pressed.startswith("resolve:"):
                return Answer(form=resolve_form())
            case Clicked(id=pressed) if pressed.startswith("claim:"):
                who = "Sam Reyes has it since 14:02."
                return Answer(
                    card=Card(fallback=who, tone=Tone.WARNING, elements=(Line(text=who),)),
                    is_refusal=True,
                )
            case Submitted():
                return self._submitted(done)
        return Answer()

    def _submitted(self, done: Submitted) -> Answer:
        if done.is_refresh:
            topic = str(done.values.get("topic", ""))
            return Answer(form=intake_form(topic, summary=str(done.values.get("summary", ""))))
        if done.id.startswith("resolve:"):
            sentence = "#1042 was closed by Sam Reyes a minute ago."
            return Answer(
                card=Card(fallback=sentence, tone=Tone.WARNING, elements=(Line(text=sentence),)),
                is_refusal=True,
            )
        errors = {}
        if not str(done.values.get("summary", "")).strip():
            errors["summary"] = MISSING
        if not done.values.get("topic"):
            errors["topic"] = "Choose what it is about."
        if len(str(done.values.get("details", ""))) > 2000:
            errors["details"] = "At most 2000 characters; shorten it or add a file."
        return Answer(errors=errors)

    # --- files and time ---------------------------------------------------------------------------

    def keep_file(self, name: str, media_type: str, content: bytes, handle: str) -> str:
        """Keep a file in memory."""
        attachment = f"kept-{len(self.files)}"
        self.files[attachment] = (name, media_type, content)
        return attachment

    def read_file(self, attachment: str, handle: str) -> tuple[str, str, bytes] | None:
        """Hand a file out to everybody but the manager."""
        return None if handle == "local:dana" else self.files.get(attachment)

    def completions(self, handle: str) -> tuple[tuple[str, str], ...]:
        """Offer agents all commands, others the first five."""
        return COMMANDS if handle in {"local:jo", "local:sam"} else COMMANDS[:5]

    def move_time(self, step: str) -> datetime:
        """Move the clock."""
        self.now += STEPS[step]
        return self.now


# --- what it shows --------------------------------------------------------------------------------


def intake_form(topic: str = "", summary: str = "") -> Form:
    """The form of a new ticket; the topic decides what else is asked."""
    hardware = (
        Field(name="device", label="Which device?", help="The number on the sticker below it."),
        Field(name="since", label="Since when?", kind=FieldKind.DATE, is_required=False),
    )
    return Form(
        id="new:0:0",
        title="New ticket",
        submit="Create ticket",
        intro=(Line(text="Someone usually answers within an hour.", tone=Tone.QUIET),),
        fields=(
            Field(
                name="topic",
                label="What is it about?",
                kind=FieldKind.CHOICE,
                value=topic,
                refreshes=True,
                options=(
                    Option(value="network", label="Network and VPN"),
                    Option(value="hardware", label="Laptop, phone, printer"),
                    Option(value="access", label="Accounts and access"),
                ),
            ),
            Field(name="summary", label="In one sentence", limit=80, value=summary),
            Field(
                name="details",
                label="What happens, and what did you expect?",
                kind=FieldKind.LONG_TEXT,
                limit=2000,
                is_required=False,
                help="Error messages word for word help us most.",
            ),
            *(hardware if topic == "hardware" else ()),
            Field(
                name="impact",
                label="Who is affected?",
                kind=FieldKind.CHOICE,
                options=(
                    Option(value="me", label="Only me"),
                    Option(value="team", label="My team"),
                    Option(value="everyone", label="Everyone"),
                ),
            ),
            Field(
                name="team_size",
                label="How many people?",
                kind=FieldKind.NUMBER,
                is_required=False,
                shown=Shown(when="impact", has=frozenset({"team"})),
            ),
            Field(
                name="tried",
                label="Already tried",
                kind=FieldKind.SEVERAL,
                is_required=False,
                options=(
                    Option(value="restart", label="Restarted the computer"),
                    Option(value="cable", label="Another network or cable"),
                ),
            ),
            Field(name="for", label="On behalf of", kind=FieldKind.PERSON, is_required=False),
            Field(name="files", label="Files", kind=FieldKind.FILE, is_required=False, limit=3),
        ),
    )


def resolve_form() -> Form:
    """A short form that is always refused."""
    code = Option(value="fixed", label="Fixed")
    return Form(
        id="resolve:1042:3",
        title="Resolve #1042",
        submit="Resolve",
        fields=(
            Field(name="code", label="How?", kind=FieldKind.CHOICE, options=(code,), value="fixed"),
            Field(name="summary", label="What was done?", kind=FieldKind.LONG_TEXT),
        ),
    )


MENU = Card(
    fallback="What can the desk do for you?",
    title="What can we do for you?",
    elements=(
        Line(text="You can also simply write here what is wrong."),
        Buttons(
            buttons=(
                Button(id="new:0:0", label="New ticket", weight=Weight.PRIMARY),
                Button(id="mine:0:0", label="My tickets"),
                Button(id="search:0:0", label="Search"),
            )
        ),
    ),
)

MY_TICKETS = Card(
    fallback="You have two tickets.",
    title="Your tickets",
    elements=(
        Table(
            caption="Two tickets, newest first",
            columns=("Ticket", "Status", "Whose turn", "Next word"),
            rows=(
                ("#1042 VPN drops every 10 minutes", "Open", "Jo Park", "today 15:05"),
                ("#987 New headset", "Waiting", "you", "—"),
            ),
        ),
    ),
)


def agents_card(
    assignee: str = NOBODY,
    due: str = "First reply due in 40 min (15:05)",
    tone: Tone = Tone.WARNING,
) -> Card:
    """The card in the queue's channel."""
    return Card(
        fallback="#1042 VPN drops every 10 minutes, high, open",
        title="🔴 #1042 VPN drops every 10 minutes",
        tone=tone,
        elements=(
            Line(text="Mara Lind · Berlin, 14:05 there · 3 earlier tickets", tone=Tone.QUIET),
            Pairs(
                items=(
                    ("Status", "Open"),
                    ("Priority", "High"),
                    ("Topic", "Network / VPN"),
                    ("Assigned to", assignee),
                )
            ),
            Line(text=f"⏱ {due}", tone=tone, is_strong=True),
            Quote(
                author="Mara Lind wrote",
                text="Since this morning my VPN drops every ten minutes. I am in a hotel, and a"
                " call with a customer starts at four.\nThe client says: error 0x80090326.",
            ),
            Line(
                text="↳ Looks like #987 (same error, solved by client 5.2), 71 %", tone=Tone.QUIET
            ),
            Buttons(
                buttons=(
                    Button(id="claim:1042:3", label="Claim", weight=Weight.PRIMARY)
                    if assignee == NOBODY
                    else Button(id="release:1042:4", label="Release"),
                    Button(id="reply:1042:3", label="Reply"),
                    Button(id="note:1042:3", label="Note"),
                    Button(id="resolve:1042:3", label="Resolve"),
                ),
                menu=Menu(
                    label="⋯",
                    options=(
                        Option(value="triage:1042:3", label="Triage"),
                        Option(value="ask:1042:3", label="Ask requester"),
                        Option(value="assign:1042:3", label="Assign"),
                        Option(value="transfer:1042:3", label="Transfer"),
                        Option(value="escalate:1042:3", label="Escalate"),
                        Option(value="hold:1042:3", label="Hold"),
                    ),
                ),
            ),
        ),
    )


def receipt_card(status: str = "We have it. Someone from IT will answer by today 15:05.") -> Card:
    """What the requester sees, edited as things change."""
    return Card(
        fallback=f"#1042 VPN drops every 10 minutes. {status}",
        title="#1042 VPN drops every 10 minutes",
        tone=Tone.GOOD,
        elements=(
            Line(text=status),
            Quote(author="You wrote", text="Since this morning my VPN drops every ten minutes."),
            Divider(),
            Files(
                files=(
                    FileShown(
                        attachment="kept-0", name="vpn.log", media_type="text/plain", size=5210
                    ),
                )
            ),
            Buttons(
                buttons=(
                    Button(id="add:1042:1", label="Add info"),
                    Button(id="withdraw:1042:1", label="Withdraw", weight=Weight.DANGER),
                )
            ),
        ),
    )
