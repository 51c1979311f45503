"""Nothing typed into a form in Discord is lost, whatever the store or Discord does meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatdesk.adapters.discord.drafts import (
    KEPT,
    LONGEST_NAME,
    Draft,
    Drafts,
    name_for,
)
from chatdesk.ports import StoreUnavailable
from tests.discord.apps import Memory
from tests.discord.desk import DiscordDesk
from tests.discord.faults import Fault
from tests.discord.reference import reads
from tests.discord.stories import desk_in_discord, nobody_is_in_a_hurry

__all__ = ["nobody_is_in_a_hurry"]

MODAL = 9


@pytest.fixture
async def desk(store_url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[DiscordDesk]:
    async with desk_in_discord(store_url, shared_specs, tmp_path) as made:
        yield made


@contextmanager
def away(desk: DiscordDesk, *which: str) -> Iterator[None]:
    """Let the store not answer meanwhile."""

    def unavailable(*_: object) -> None:
        raise StoreUnavailable

    with pytest.MonkeyPatch.context() as patched:
        for name in which or ("read", "write"):
            patched.setattr(desk.parts.store, name, unavailable)
        yield


async def first_page(desk: DiscordDesk, words: str = "VPN", topic: str = "vpn") -> None:
    """Let Mara open the form of a new ticket."""
    await desk.discord.calls_command(
        desk.mara, desk.general, "ticket", "new", words=words, topic=topic
    )


def told(desk: DiscordDesk, user: str) -> str:
    return reads(desk.whispered(user)["components"])


# --- while the store is away ----------------------------------------------------------------------


async def test_what_was_typed_comes_back_while_nothing_can_be_saved_and_can_be_sent_after(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    with away(desk, "write"):
        await desk.discord.submits(desk.jo, {"To Mara": "a long careful answer"})
    assert "cannot save" in told(desk, desk.jo)
    assert "a long careful answer" in told(desk, desk.jo)
    await desk.discord.clicks(desk.jo, desk.whispered(desk.jo), "Continue")
    await desk.discord.submits(desk.jo, {"To Mara": "a long careful answer"})
    await desk.settled()
    thread = desk.thread()["id"]
    await desk.until(lambda: any("a long careful" in one for one in desk.shown(thread)))


@pytest.mark.parametrize("which", [("write",), ("read", "write")])
async def test_a_new_tickets_words_come_back_too(desk: DiscordDesk, which: tuple[str, ...]) -> None:
    await first_page(desk, topic="other")
    with away(desk, *which):
        await desk.discord.submits(desk.mara, {"What happened?": "typed with care"})
    assert "cannot save" in told(desk, desk.mara)
    assert "typed with care" in told(desk, desk.mara)


async def test_a_bug_gives_back_what_was_typed(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_page(desk, topic="other")

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "write", breaks)
        await desk.discord.submits(desk.mara, {"What happened?": "typed with care"})
    assert "reference" in told(desk, desk.mara)
    assert "typed with care" in told(desk, desk.mara)


@pytest.mark.parametrize("label", ["Continue", "Send as it is"])
async def test_the_buttons_of_a_draft_say_so_when_the_store_is_away(
    desk: DiscordDesk, label: str
) -> None:
    await first_page(desk)
    await desk.discord.submits(desk.mara, {"What happened?": "typed", "Which system?": "Linux"})
    draft = desk.whispered(desk.mara)
    with away(desk):
        await desk.discord.clicks(desk.mara, draft, label)
    assert "cannot save" in told(desk, desk.mara)
    await desk.discord.clicks(desk.mara, draft, "Send as it is")
    await desk.settled()
    assert "typed" in reads(desk.card()["components"])


def _drafts_end_in(desk: DiscordDesk, what: Callable[[], None]) -> Callable[[Any], Any]:
    """Let this happen before a draft is kept; all else is as always."""
    real = desk.parts.store.write

    def write(unit: Any) -> Any:
        if "_Marks" in unit.__qualname__:
            what()
        return real(unit)

    return write


def _unavailable() -> None:
    raise StoreUnavailable


async def test_a_form_opens_though_its_draft_takes_long(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()
    is_open = threading.Event()
    waits = _drafts_end_in(desk, lambda: _within(is_open))
    monkeypatch.setattr("chatdesk.adapters.discord.answering.KEPT_WITHIN", 0.01)
    monkeypatch.setattr(desk.parts.store, "write", waits)
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    assert desk.discord.has_form(desk.jo)
    is_open.set()
    # What is sent before the draft is there waits for it.
    await desk.discord.submits(desk.jo, {"To Mara": "Please try 5.2"})
    await desk.until(
        lambda: any("Please try 5.2" in one for one in desk.shown(desk.thread()["id"]))
    )


def _within(event: threading.Event) -> None:
    assert event.wait(20)


async def test_what_is_offered_late_and_cannot_be_kept_is_said(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.claimed()
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.0)
    monkeypatch.setattr(desk.parts.store, "write", _drafts_end_in(desk, _unavailable))
    await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    await desk.until(lambda: bool(desk.discord.seen_by(desk.jo)))
    assert "cannot save" in told(desk, desk.jo)


async def test_a_slow_store_lets_nobody_wait_for_the_next_page(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_page(desk)
    await desk.discord.submits(desk.mara, {"What happened?": "typed", "Which system?": "Windows"})
    draft = desk.whispered(desk.mara)
    real = desk.parts.store.read

    def slow(unit: Any) -> Any:
        time.sleep(0.3)
        return real(unit)

    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.store, "read", slow)
        answer = await desk.discord.clicks(desk.mara, draft, "Continue")
    assert answer["type"] != MODAL
    await desk.discord.gateway.settled()
    await desk.until(lambda: desk.whispered(desk.mara) is not draft)
    monkeypatch.setattr("chatdesk.adapters.discord.answering.ANSWERS_WITHIN", 60.0)
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Continue")
    # What the first page asked is not asked again.
    assert "What happened?" not in str(desk.discord.form_of(desk.mara))
    assert "Which version?" in str(desk.discord.form_of(desk.mara))


# --- two at a time --------------------------------------------------------------------------------


async def test_another_new_ticket_takes_nothing_from_the_one_that_was_begun(
    desk: DiscordDesk,
) -> None:
    await first_page(desk)
    await desk.discord.submits(
        desk.mara, {"What happened?": "first page typed", "Which system?": "Windows"}
    )
    begun = desk.whispered(desk.mara)
    await first_page(desk, "Other", "other")
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Start anew")
    await desk.discord.clicks(desk.mara, begun, "Continue")
    assert "Which version?" in str(desk.discord.form_of(desk.mara))
    await desk.discord.submits(desk.mara, {"Which version?": "11"})
    await desk.settled()
    shown = reads(desk.card()["components"])
    assert not [one for one in ("first page typed", "Windows", "VPN") if one not in shown], shown


async def test_of_two_forms_that_are_open_each_keeps_its_topic(desk: DiscordDesk) -> None:
    await first_page(desk)
    first = desk.discord.form_of(desk.mara)
    await first_page(desk, "Other", "other")
    desk.discord._of(desk.mara).modal = first
    await desk.discord.submits(
        desk.mara, {"What happened?": "about the network", "Which system?": "Linux"}
    )
    await desk.discord.clicks(desk.mara, desk.whispered(desk.mara), "Send as it is")
    await desk.settled()
    assert "VPN ·" in reads(desk.card()["components"])


async def test_forms_that_were_only_opened_push_out_nothing_that_was_typed() -> None:
    drafts = Drafts(Memory())
    typed = Draft(name=name_for("new:0:0")).with_more({"summary": "s"}, ("summary",))
    await drafts.keep("42", typed)
    for _ in range(2 * KEPT):
        await drafts.keep("42", Draft(name=name_for("new:0:0")))
    assert await drafts.of("42", typed.name) == typed


def test_a_drafts_name_leads_to_its_form_and_fits() -> None:
    assert Draft(name=name_for("reply:7:1")).form == "reply:7:1"
    assert Draft(name="reply:7:1").form == "reply:7:1"
    assert name_for("new:0:0") != name_for("new:0:0")
    long = "x" * LONGEST_NAME
    assert name_for(long) == long


async def test_what_is_refused_to_somebody_is_neither_sent_nor_lost(
    desk: DiscordDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_page(desk)
    await desk.discord.submits(desk.mara, {"What happened?": "typed", "Which system?": "Linux"})
    offer = desk.whispered(desk.mara)

    async def is_elsewhere(_: object) -> str:
        return "server"

    assert desk.parts.discord is not None
    with monkeypatch.context() as patched:
        patched.setattr(desk.parts.discord.telling, "against", is_elsewhere)
        await desk.discord.clicks(desk.mara, offer, "Send as it is")
    assert "belongs to another server" in told(desk, desk.mara)
    assert "typed" in told(desk, desk.mara)
    await desk.discord.clicks(desk.mara, offer, "Send as it is")
    await desk.settled()
    assert "typed" in reads(desk.card()["components"])


# --- what Discord does ----------------------------------------------------------------------------


@pytest.mark.parametrize("was_taken", [True, False])
async def test_an_answer_that_discord_failed_to_take_is_given_again(
    desk: DiscordDesk, was_taken: bool
) -> None:
    await desk.opened()
    seen = len(desk.discord.seen_by(desk.mara))
    fault = Fault.status(503, is_accepted=was_taken)
    desk.discord.rest.next("POST", "/callback$", fault)
    await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    await desk.settled()
    assert len(desk.discord.seen_by(desk.mara)) == seen + 1
    assert "VPN drops" in told(desk, desk.mara)


async def test_a_form_that_discord_did_not_take_is_offered_where_its_ticket_is(
    desk: DiscordDesk,
) -> None:
    await desk.claimed()
    desk.discord.rest.next("POST", "/callback$", Fault.refused(10062, 404))
    desk.discord.answered_within = 0.5
    with pytest.raises(TimeoutError):
        await desk.discord.clicks(desk.jo, desk.card(), "Reply")
    desk.discord.answered_within = 60.0
    await desk.settled()
    await desk.discord.clicks(desk.jo, desk.discord.messages(desk.post()["id"])[-1], "Continue")
    assert desk.discord.has_form(desk.jo)


async def test_answers_leave_nothing_behind_in_the_library(desk: DiscordDesk) -> None:
    await desk.opened()
    called = desk.discord.rest.made("POST", "/callback$|^/webhooks/")
    routes: set[str] = set()
    assert desk.parts.discord is not None
    http = desk.parts.discord._rest._client.http
    real = http.request

    async def noted(route: Any, **given: Any) -> Any:
        routes.add(route.key)
        return await real(route, **given)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(http, "request", noted)
        for _ in range(3):
            await desk.discord.calls_command(desk.mara, desk.general, "ticket", "mine")
    assert len(desk.discord.rest.made("POST", "/callback$|^/webhooks/")) == len(called) + 3
    assert len([one for one in routes if "interactions" in one]) == 1
