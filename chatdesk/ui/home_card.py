"""Somebody's own page on a platform: lists to choose from, one of them, and the figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chatdesk.ui.cards import Button, Buttons, Card, Divider, Element, Line, Weight, button_id
from chatdesk.ui.lists import list_card
from chatdesk.ui.views import TicketList
from chatdesk.ui.voice import Voice

HOME = "home"
"""The verb behind every button that shows another part of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A part of the page: `name` is under `home.tab` of the catalog, `count` what is in it."""

    name: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What is on the page: its tabs, which one is open, and that one's list or figures.

    `is_continued` when the list does not begin at its first page.
    """

    tabs: tuple[Tab, ...]
    chosen: str
    found: TicketList | None = None
    figures: Card | None = None
    is_continued: bool = False


def home_card(page: HomePage, say: Voice) -> Card:
    """Return the page as a card. Two of them with the same buttons show the same tickets."""
    new = Button(id=button_id("new"), label=say("buttons.new"), weight=Weight.PRIMARY)
    return Card(
        fallback=say("home.fallback"),
        title=say.desk,
        elements=(
            Buttons(buttons=(new, Button(id=button_id("help"), label=say("buttons.help")))),
            *_tabs(page, say),
            Divider(),
            *_content(page, say),
        ),
    )


def _tabs(page: HomePage, say: Voice) -> tuple[Element, ...]:
    if len(page.tabs) == 1:
        return ()
    buttons = tuple(_tab(one, say, is_chosen=one.name == page.chosen) for one in page.tabs)
    return (Buttons(buttons=buttons),)


def _tab(tab: Tab, say: Voice, *, is_chosen: bool) -> Button:
    label = title = say(f"home.tab.{tab.name}")
    if tab.count is not None:
        label = say("home.tab.counted", title=title, count=tab.count)
    weight = Weight.PRIMARY if is_chosen else Weight.NORMAL
    return Button(id=button_id(HOME, more=tab.name), label=label, weight=weight)


def _content(page: HomePage, say: Voice) -> tuple[Element, ...]:
    if page.figures is not None:
        return (Line(text=page.figures.title, is_strong=True), *page.figures.elements)
    if page.found is None:
        return ()
    card = list_card(page.found, say)
    elements = card.elements
    if page.is_continued:
        back = Button(id=button_id(HOME, more=page.chosen), label=say("home.first_page"))
        last = elements[-1]
        if page.found.more and isinstance(last, Buttons):
            elements = (*elements[:-1], replace(last, buttons=(back, *last.buttons)))
        else:
            elements = (*elements, Divider(), Buttons(buttons=(back,)))
    return (Line(text=card.title, is_strong=True), *elements)
