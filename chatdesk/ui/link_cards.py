"""What people read when they link their accounts: the code, the question, and that it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chatdesk.ui.cards import Button, Buttons, Card, Line, Tone, Weight, button_id
from chatdesk.ui.voice import Voice

VERB = "link-account"

AGREE = "agree"
"""What the button carries that links two accounts; with the public half of a code behind it."""

PART = "off"
"""What the button carries that parts an account from the others."""


def code_card(say: Voice, code: str, until: datetime, platforms: Iterable[str]) -> Card:
    """Return a code and what to do with it, and which accounts are linked already."""
    text = say("lists.link.code", code=code, until=until)
    lines = [Line(text=text, is_strong=True), Line(text=say("lists.link.alone"), tone=Tone.QUIET)]
    return Card(
        title=say("lists.link.title"),
        fallback=text,
        elements=(*lines, *_linked(say, platforms)),
        is_private=True,
    )


def again_card(say: Voice) -> Card:
    """Return what stands where a code was shown: a code is shown once."""
    text = say("lists.link.again")
    return Card(fallback=text, elements=(Line(text=text),))


def question_card(say: Voice, name: str, platform: str, code: str) -> Card:
    """Return the question whether the account that asked for a code is one's own."""
    text = say("lists.link.question", person=name, platform=platform.capitalize())
    agree = Button(
        id=button_id(VERB, more=f"{AGREE}:{code}"),
        label=say("buttons.link_accounts"),
        weight=Weight.PRIMARY,
    )
    return Card(
        title=say("lists.link.title"),
        fallback=text,
        tone=Tone.WARNING,
        elements=(Line(text=text), Buttons(buttons=(agree,))),
        is_private=True,
    )


def linked_card(say: Voice, platforms: Iterable[str]) -> Card:
    """Return that accounts are one person's."""
    text = say("lists.link.done", platforms=_titles(platforms))
    return Card(fallback=text, tone=Tone.GOOD, elements=(Line(text=text), _parting(say)))


def unlinked_card(say: Voice) -> Card:
    """Return that an account is by itself again."""
    text = say("lists.link.parted")
    return Card(fallback=text, tone=Tone.GOOD, elements=(Line(text=text),))


def told_card(say: Voice, platform: str, *, is_linked: bool) -> Card:
    """Return to the other account that it was linked with one of that platform, or parted."""
    key = "lists.link.told" if is_linked else "lists.link.told_parted"
    text = say(key, platform=platform.capitalize())
    elements = (Line(text=text), *([_parting(say)] if is_linked else ()))
    return Card(fallback=text, elements=elements)


def _linked(say: Voice, platforms: Iterable[str]) -> tuple[Line | Buttons, ...]:
    known = _titles(platforms)
    if len(known) < 2:  # noqa: PLR2004 - one account is no link
        return ()
    return (Line(text=say("lists.link.known", platforms=known)), _parting(say))


def _parting(say: Voice) -> Buttons:
    label = say("buttons.part_accounts")
    return Buttons(buttons=(Button(id=button_id(VERB, more=PART), label=label),))


def _titles(platforms: Iterable[str]) -> list[str]:
    return [one.capitalize() for one in platforms]
