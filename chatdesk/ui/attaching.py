"""The form that adds a message from elsewhere to a ticket."""

from __future__ import annotations

from chatdesk.lifecycle.facts import MAX_TEXT
from chatdesk.ui.cards import Option, button_id
from chatdesk.ui.forms import Field, FieldKind, Form
from chatdesk.ui.intake_form import choice
from chatdesk.ui.views import TicketView
from chatdesk.ui.voice import Voice, summary_of

ATTACH = "attach"
"""The form's id begins with this; it belongs to no verb, for the ticket is chosen in it."""


def attach_form(choices: tuple[TicketView, ...], text: str, say: Voice) -> Form:
    """Return the form, filled with the message; `choices` are the tickets it can be added to."""
    options = tuple(
        Option(
            value=str(view.ticket.number),
            label=f"#{view.ticket.number} {summary_of(view)}".strip(),
        )
        for view in choices
    )
    only = options[0].value if len(options) == 1 else ""
    return Form(
        id=button_id(ATTACH),
        title=say("sources.attach.title"),
        fields=(
            choice("ticket", say("sources.attach.ticket"), options, only),
            Field(
                name="text",
                label=say("sources.attach.text"),
                kind=FieldKind.LONG_TEXT,
                limit=MAX_TEXT,
                is_required=False,
                value=text,
            ),
        ),
        submit=say("buttons.save"),
    )
