"""Whoever begins a ticket in Discord is offered the one that they have begun and not sent."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from chatdesk.adapters.discord import drafts as drafts_module
from chatdesk.adapters.discord.drafts import KEPT, LASTS, Draft, Drafts, name_for
from chatdesk.ports import StoreUnavailable
from tests.discord.apps import Memory
from tests.discord.desk import DiscordDesk
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry
from tests.discord.world import Json
from tests.ui.tale import MONDAY

__all__ = ["nobody_is_in_a_hurry"]

MESSAGE, MODAL = 4, 9
WINDOWS = {"What happened?": "@everyone **first** page", "Which system?": "Windows"}


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


async def begins(desk: DiscordDesk, words: str = "VPN", topic: str = "vpn") -> Json:
    """Let Mara begin a ticket; return what she is answered."""
    return await desk.discord.calls_command(
        desk.mara, desk.general, "ticket", "new", words=words, topic=topic
    )


async def left_in_the_middle(desk: DiscordDesk) -> Json:
    """Let Mara send the first page, and no other; return what goes on with it."""
    await begins(desk)
    await desk.discord.submits(desk.mara, WINDOWS)
    return desk.whispered(desk.mara)


async def presses(desk: DiscordDesk, label: str) -> Json:
    """Let Mara press what she was shown last."""
    return await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), label)


def told(desk: DiscordDesk) -> str:
    return reads(desk.whispered(desk.mara)["components"])


def form(desk: DiscordDesk) -> str:
    return str(desk.discord.form_of(desk.mara))


def is_offered(desk: DiscordDesk, answer: Json) -> bool:
    return answer["type"] == MESSAGE and "not sent yet" in told(desk)


def panel(desk: DiscordDesk) -> Json:
    return desk.discord.messages(desk.support)[0]


# --- it is offered --------------------------------------------------------------------------------


async def test_a_form_left_in_the_middle_goes_on_where_it_was(desk: DiscordDesk) -> None:
    await left_in_the_middle(desk)
    answer = await desk.discord.calls_command(desk.mara, desk.general, "ticket", "new")
    assert is_offered(desk, answer)
    await presses(desk, "Continue")
    assert "Which version?" in form(desk)
    assert "What happened?" not in form(desk)
    await desk.discord.submits(desk.mara, {"Which version?": "11"})
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert not [one for one in ("first", "Windows", "11") if one not in shown], shown
    assert (await begins(desk))["type"] == MODAL, "what was sent is not offered"


async def test_the_panel_offers_it_as_well_with_its_topic_and_beginning(desk: DiscordDesk) -> None:
    await left_in_the_middle(desk)
    await desk.until(lambda: bool(desk.discord.messages(desk.support)))
    assert is_offered(desk, await desk.discord.clicks(desk.mara, panel(desk), "New ticket"))
    assert "VPN" in told(desk)
    assert "@everyone **first** page" in told(desk)


async def test_it_is_offered_in_direct_messages_and_after_a_restart(desk: DiscordDesk) -> None:
    await left_in_the_middle(desk)
    async with desk.restarted():
        direct = desk.direct_of(desk.mara)
        answer = await desk.discord.calls_command(desk.mara, direct, "ticket", "new")
        assert is_offered(desk, answer)
        await presses(desk, "Continue")
        assert "Which version?" in form(desk)


async def test_what_has_to_be_corrected_is_opened_to_be_corrected(desk: DiscordDesk) -> None:
    await begins(desk, topic="other")
    await desk.discord.submits(
        desk.mara, {"In one sentence": "   ", "What happened?": "a long account"}
    )
    await presses(desk, "Send as it is")
    assert "has to be corrected" in told(desk)
    assert is_offered(desk, await begins(desk, topic="other"))
    await presses(desk, "Continue")
    assert "In one sentence" in form(desk)
    assert "What happened?" not in form(desk)
    await desk.discord.submits(desk.mara, {"In one sentence": "put right"})
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert "put right" in shown
    assert "a long account" in shown


async def test_only_the_beginning_of_a_long_text_is_shown(desk: DiscordDesk) -> None:
    await begins(desk)
    long = "begins so " + "x" * 3000 + " and ends so"
    await desk.discord.submits(desk.mara, WINDOWS | {"What happened?": long})
    await begins(desk)
    assert "begins so" in told(desk)
    assert "and ends so" not in told(desk)


# --- starting anew --------------------------------------------------------------------------------


async def test_starting_anew_opens_what_was_asked_for_and_takes_nothing(desk: DiscordDesk) -> None:
    begun = await left_in_the_middle(desk)
    assert is_offered(desk, await begins(desk, "Printer jams", "other"))
    await presses(desk, "Start anew")
    assert "Printer jams" in form(desk)
    assert "Which system?" not in form(desk)
    # The new one was opened and no more: the old one is offered as before.
    assert is_offered(desk, await begins(desk))
    assert "first" in told(desk)
    await desk.discord.clicks(desk.mara, begun, "Continue")
    assert "Which version?" in form(desk)


async def test_of_two_that_were_begun_the_newest_is_offered_and_then_none(
    desk: DiscordDesk,
) -> None:
    await begins(desk)
    await desk.discord.submits(desk.mara, WINDOWS | {"In one sentence": "  "})
    begun = desk.whispered(desk.mara)
    await begins(desk, "Printer jams", "other")
    await presses(desk, "Start anew")
    await desk.discord.submits(desk.mara, {"What happened?": "Paper everywhere"})
    assert is_offered(desk, await begins(desk))
    assert "Paper everywhere" in told(desk)
    await presses(desk, "Continue")
    await desk.discord.submits(desk.mara)
    await desk.settled()
    assert "Paper everywhere" in reads(desk.card()["components"])
    assert (await begins(desk))["type"] == MODAL, "they chose the new one, and sent it"
    # The other one is where it was; once they go on with it, it is offered again.
    await desk.discord.clicks(desk.mara, begun, "Continue")
    assert "Which version?" in form(desk)
    await desk.discord.submits(desk.mara, {"Which version?": "11"})
    assert "has to be corrected" in told(desk)
    assert is_offered(desk, await begins(desk))


async def test_an_offer_pressed_again_says_what_became_of_it(desk: DiscordDesk) -> None:
    await left_in_the_middle(desk)
    await begins(desk, "Printer jams", "other")
    offer = desk.whispered(desk.mara)
    await presses(desk, "Start anew")
    await desk.discord.submits(desk.mara, {"What happened?": "Paper everywhere"})
    await presses(desk, "Send as it is")
    await desk.settled()
    await desk.discord.clicks(desk.mara, offer, "Start anew")
    assert "sent already: it is in ticket #1" in told(desk)


# --- it is not offered ----------------------------------------------------------------------------


async def test_what_is_another_persons_another_forms_or_only_opened_is_not_offered(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    await begins(desk)
    assert (await begins(desk))["type"] == MODAL, "nothing was typed"
    await desk.discord.submits(desk.mara, WINDOWS)
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    await desk.discord.submits(desk.jo, {"To Mara": "  "})
    assert "has to be corrected" in reads(desk.whispered(desk.jo)["components"])
    for jo_begins in ("new", "for"):
        group = {"new": "ticket", "for": "desk"}[jo_begins]
        options = {"person": desk.kim} if jo_begins == "for" else {}
        answer = await desk.discord.calls_command(
            desk.jo, desk.general, group, jo_begins, **options
        )
        assert answer["type"] == MODAL


async def test_what_is_too_old_is_not_offered(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await left_in_the_middle(desk)
    monkeypatch.setattr(drafts_module, "LASTS", timedelta())
    assert (await begins(desk))["type"] == MODAL


async def test_a_topic_that_is_gone_is_asked_again_and_the_words_are_there(
    desk: DiscordDesk, tmp_path: Path
) -> None:
    await left_in_the_middle(desk)

    def topic_goes() -> None:
        policy = tmp_path / "desk.yaml"
        policy.write_text(policy.read_text().replace("  vpn:\n", "  network:\n"))

    async with desk.restarted(before=topic_goes):
        answer = await desk.discord.calls_command(desk.mara, desk.general, "ticket", "new")
        assert is_offered(desk, answer)
        await presses(desk, "Continue")
        await desk.discord.submits(desk.mara, {"What is it about?": "VPN"})
        await presses(desk, "Continue")
        # What was answered to the questions of the topic that is gone is there.
        await desk.discord.submits(desk.mara, {"Which version?": "11"})
        await desk.settled()
        shown = reads(desk.card()["components"])
        assert not [one for one in ("first", "Windows", "11") if one not in shown], shown


# --- nobody waits for it --------------------------------------------------------------------------


@contextmanager
def looking(desk: DiscordDesk, what: Callable[[], None]) -> Iterator[list[str]]:
    """Let this happen whenever it is looked what somebody has begun; the looks are returned."""
    assert desk.parts.discord is not None
    memory, looks = desk.parts.discord._memory, list[str]()
    real = memory.get

    def get(name: str) -> str | None:
        if name.startswith("discord:drafts:"):
            looks.append(name)
            what()
        return real(name)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(memory, "get", get)
        yield looks


async def test_whoever_has_begun_nothing_has_the_form_at_once_after_one_look(
    desk: DiscordDesk,
) -> None:
    with looking(desk, lambda: None) as looks:
        assert (await begins(desk))["type"] == MODAL
        assert looks == [f"discord:drafts:{desk.mara}"]


async def test_a_look_that_takes_long_is_not_waited_for(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await left_in_the_middle(desk)
    is_over = threading.Event()
    monkeypatch.setattr("chatdesk.adapters.discord.resuming.LOOKED_WITHIN", 0.01)
    with looking(desk, lambda: _within(is_over)):
        assert (await begins(desk))["type"] == MODAL
        is_over.set()


def _within(event: threading.Event) -> None:
    assert event.wait(20)


async def test_a_look_that_fails_keeps_nobody_from_asking(desk: DiscordDesk) -> None:
    await left_in_the_middle(desk)

    def unavailable() -> None:
        raise StoreUnavailable

    with looking(desk, unavailable):
        assert (await begins(desk))["type"] == MODAL


# --- what is kept ---------------------------------------------------------------------------------


async def test_drafts_that_nobody_touched_for_long_go_with_the_next_one() -> None:
    now, memory = [MONDAY], Memory()
    drafts = Drafts(memory, lambda: now[0])
    old = Draft(name=name_for("new:0:0")).with_more({"summary": "old words"}, ())
    await drafts.keep("42", old)
    now[0] += LASTS - timedelta(seconds=1)
    assert await drafts.newest("42", "new:0:0") == old
    assert await drafts.newest("42", "for:0:0") is None
    now[0] += timedelta(seconds=1)
    assert await drafts.newest("42", "new:0:0") is None
    assert await drafts.of("42", old.name) == old, "its own button still works"
    await drafts.keep("42", Draft(name=name_for("reply:7:1")))
    assert "old words" not in str(memory)


async def test_what_somebody_has_begun_never_grows_and_the_newest_is_found() -> None:
    memory = Memory()
    drafts = Drafts(memory)
    sizes = set()
    for number in range(10, 10 + 5 * KEPT):
        typed = Draft(name=name_for("new:0:0")).with_more({"summary": str(number)}, ())
        await drafts.keep("42", typed)
        await drafts.keep("42", Draft(name=name_for("new:0:0")))
        assert await drafts.newest("42", "new:0:0") == typed
        sizes.add(memory["discord:drafts:42"].count("summary"))
    assert max(sizes) == KEPT


async def test_what_was_set_aside_goes_before_what_is_still_offered() -> None:
    drafts = Drafts(Memory())
    names = [name_for("new:0:0") for _ in range(KEPT + 1)]
    for number, name in enumerate(names):
        # The last but one is begun instead of the second, and sent.
        instead = names[1] if number == KEPT - 1 else ""
        typed = Draft(name=name, instead_of=instead).with_more({"summary": "s"}, ())
        await drafts.keep("42", typed)
        if instead:
            await drafts.finish("42", name, 7)
    await drafts.keep("42", Draft(name=name_for("new:0:0")).with_more({"summary": "s"}, ()))
    kept = [bool((await drafts.of("42", name)).values) for name in names]
    assert kept == [True, False, True, False, True]
