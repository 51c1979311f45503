"""What every platform's messenger promises; a platform subclasses this and says how to look."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

import pytest

from chatdesk.ports import Messenger, Place, PlaceGone, Placement, PlatformError
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
)

AGENTS = "ticket:7:agents"
REQUESTER = "ticket:7:requester"

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} {% raw %}",
    "*bold* _it_ `code` ~~gone~~ ||spoiler|| [link](https://example.invalid)",
    "@everyone @here <!channel> <@U123> <#C123> <https://example.invalid|click>",
    "\u202egnirts desrever\u202c and \u2066isolated\u2069",
    "&lt; &amp; &#39; ' \" \\",
    "zero\u200bwidth, combining e\u0301, family 👨‍👩‍👧, flag 🇩🇪",
)

EVERYTHING = Card(
    fallback="a card of every element",
    title="the title",
    tone=Tone.WARNING,
    author="Jo Park",
    elements=(
        Line(text="a plain line\nwith a second row"),
        Line(text="a strong line", is_strong=True, tone=Tone.GOOD),
        Quote(author="Mara Lind", text="a quote"),
        Pairs(items=(("status", "open"), ("priority", "high"))),
        Table(
            caption="two tickets",
            columns=("number", "whose turn"),
            rows=(("#7", "yours"), ("#8", "ours")),
        ),
        Files(
            files=(FileShown(attachment="a1", name="vpn.log", media_type="text/plain", size=12),)
        ),
        Divider(),
        Buttons(
            buttons=(Button(id="claim:7:1", label="Claim"),),
            menu=Menu(label="More", options=(Option(value="hold:7:1", label="Hold"),)),
        ),
    ),
)
EVERYTHING_SHOWN = (
    *("the title", "a plain line", "with a second row", "a strong line", "Mara Lind", "a quote"),
    *("status", "open", "priority", "high", "two tickets", "number", "whose turn", "#7", "yours"),
    *("#8", "ours", "vpn.log", "Claim", "Hold"),
)


def card(text: str) -> Card:
    """A card of one line."""
    return Card(fallback=text, elements=(Line(text=text),))


class MessengerContract(ABC):
    """Subclass it, name the class `Test...`, and provide the fixture and the five questions."""

    @pytest.fixture
    @abstractmethod
    def messenger(self) -> Messenger:
        """A messenger whose platform is empty and works."""

    @abstractmethod
    def agents(self) -> Placement:
        """The agents' lane of ticket 7, with the home channel of its queue."""

    @abstractmethod
    def person(self, lane: str, *, is_other: bool = False) -> Placement:
        """A lane that belongs to one person of the platform, or to another one."""

    @abstractmethod
    def stranger(self) -> Placement:
        """A person's lane whose handles this platform does not know."""

    @abstractmethod
    async def shown(self, place: Place, message: str) -> str:
        """Return all a person reads in a message now, as plain text; KeyError when it is gone."""

    @abstractmethod
    async def messages(self, place: Place) -> list[str]:
        """Return the ids of the messages in a place or thread, in the order people see them."""

    # --- places -----------------------------------------------------------------------------------

    async def test_a_lane_has_one_place_however_often_it_is_opened(
        self, messenger: Messenger
    ) -> None:
        for placement in (self.agents(), self.person(REQUESTER), self.person("person:p1")):
            first = await messenger.open(placement)
            assert await messenger.open(placement) == first
            assert first.platform == messenger.platform

    async def test_agents_and_requester_are_told_in_different_places(
        self, messenger: Messenger
    ) -> None:
        assert await messenger.open(self.agents()) != await messenger.open(self.person(REQUESTER))

    async def test_no_two_people_share_a_direct_conversation(self, messenger: Messenger) -> None:
        mine = await messenger.open(self.person("person:p1"))
        assert await messenger.open(self.person("person:p2", is_other=True)) != mine

    async def test_somebody_the_platform_does_not_know_has_no_place(
        self, messenger: Messenger
    ) -> None:
        with pytest.raises(PlaceGone):
            await messenger.open(self.stranger())

    async def test_a_place_that_does_not_exist_takes_nothing(self, messenger: Messenger) -> None:
        nowhere = Place(platform=messenger.platform, place="nowhere-at-all")
        with pytest.raises(PlaceGone):
            await messenger.post(nowhere, card("lost"), key="k1")

    # --- posting ----------------------------------------------------------------------------------

    async def test_what_is_posted_is_shown_and_found_again_by_its_key(
        self, messenger: Messenger
    ) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, card("hello"), key="k1")
        assert "hello" in await self.shown(place, message)
        assert await messenger.find(place, "k1") == message

    async def test_a_key_that_was_never_posted_is_not_found(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        await messenger.post(place, card("hello"), key="k1")
        assert await messenger.find(place, "k2") is None

    async def test_messages_stand_in_the_order_they_were_posted(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        posted = [await messenger.post(place, card(f"no. {n}"), key=f"k{n}") for n in range(5)]
        assert await self.messages(place) == posted

    async def test_a_thread_is_apart_from_the_place_it_hangs_in(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        root = await messenger.post(place, card("the card"), key="k1")
        thread = Place(platform=place.platform, place=place.place, thread=root)
        inside = await messenger.post(thread, card("among us"), key="k2")
        assert inside not in await self.messages(place)
        assert inside in await self.messages(thread)
        assert await messenger.find(thread, "k2") == inside

    async def test_every_element_of_a_card_can_be_read(self, messenger: Messenger) -> None:
        place = await messenger.open(self.person(REQUESTER))
        message = await messenger.post(place, EVERYTHING, key="k1")
        shown = await self.shown(place, message)
        missing = [text for text in EVERYTHING_SHOWN if text not in shown]
        assert not missing

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_what_a_person_wrote_is_shown_letter_by_letter(
        self, messenger: Messenger, text: str
    ) -> None:
        place = await messenger.open(self.agents())
        quoting = Card(fallback=text, title=text, elements=(Quote(text=text), Line(text=text)))
        message = await messenger.post(place, quoting, key="k1")
        assert (await self.shown(place, message)).count(text) >= 3

    async def test_a_long_text_is_there_to_its_last_word(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        text = " ".join(f"word{n}" for n in range(1500))
        long = Card(fallback="long", elements=(Quote(text=text),))
        message = await messenger.post(place, long, key="k1")
        assert re.findall(r"word\d+", await self.shown(place, message))[-1] == "word1499"

    # --- editing ----------------------------------------------------------------------------------

    async def test_an_edit_replaces_the_card_where_it_stands(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        first = await messenger.post(place, card("before"), key="k1")
        second = await messenger.post(place, card("other"), key="k2")
        await messenger.edit(place, first, card("after"))
        shown = await self.shown(place, first)
        assert "after" in shown
        assert "before" not in shown
        assert await self.messages(place) == [first, second]

    async def test_the_same_edit_twice_is_harmless(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, card("before"), key="k1")
        await messenger.edit(place, message, card("after"))
        await messenger.edit(place, message, card("after"))
        assert "after" in await self.shown(place, message)
        assert await self.messages(place) == [message]

    async def test_an_edited_message_keeps_its_key(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, card("before"), key="k1")
        await messenger.edit(place, message, card("after"))
        assert await messenger.find(place, "k1") == message

    async def test_a_message_that_never_was_cannot_be_edited(self, messenger: Messenger) -> None:
        place = await messenger.open(self.agents())
        message = await messenger.post(place, card("hello"), key="k1")
        with pytest.raises(PlatformError):
            await messenger.edit(place, f"{message}999", card("ghost"))
