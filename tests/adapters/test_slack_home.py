"""The Home tab: what waits for somebody, kept as the desk is while they look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chatdesk.adapters.slack.home import LOOKED_AT_FOR, Homes, render_home
from chatdesk.ui.cards import Card, Line
from tests.adapters.conftest import migrated_url
from tests.adapters.slack_room import POLICY, SlackDesk, claimed, opened, reads, slack_desk
from tests.slack.faults import Fault
from tests.slack.things import View

MANY = POLICY + "intake: {per_hour: 50}\n"


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with migrated_url(request, "sqlite") as found:
        yield found


@pytest.fixture
async def desk(url: str, shared_specs: Path, tmp_path: Path) -> AsyncIterator[SlackDesk]:
    async with slack_desk(shared_specs, url, tmp_path) as one:
        yield one


def homes(desk: SlackDesk) -> Homes:
    assert desk.parts.slack is not None
    return desk.parts.slack.homes


async def home(desk: SlackDesk, user: str) -> View:
    """Let somebody open their Home tab."""
    await desk.slack.opens_home(user)
    await desk.settled()
    found = desk.slack.home_of(user)
    assert found is not None
    return found


async def clicked(desk: SlackDesk, user: str, view: View, what: str) -> str:
    await desk.slack.clicks(user, view, what)
    await desk.settled()
    return reads(view)


def published(desk: SlackDesk) -> int:
    return len(desk.slack.calls_of("views.publish"))


async def test_an_employee_sees_their_tickets_and_asks_for_help(desk: SlackDesk) -> None:
    await opened(desk)
    view = await home(desk, "UMARA")
    assert "VPN drops" in reads(view)
    assert "Queue" not in reads(view)
    await clicked(desk, "UMARA", view, "Show")
    assert "Since noon" in reads(desk.slack.form_of("UMARA"))
    await clicked(desk, "UMARA", view, "New ticket")
    assert desk.slack.form_of("UMARA").title == "New ticket"


async def test_an_agent_goes_through_the_lists_and_claims_from_there(desk: SlackDesk) -> None:
    card = await opened(desk)
    view = await home(desk, "UJO")
    assert "VPN drops" not in reads(view)
    assert "Queue (1)" in reads(view)
    assert "VPN drops" in await clicked(desk, "UJO", view, "Queue (1)")
    told = await clicked(desk, "UJO", view, "Claim")
    assert "VPN drops" not in told
    assert "On my desk (1)" in told
    assert "Assigned to Jo" in reads(card)
    assert "VPN drops" in await clicked(desk, "UJO", view, "On my desk (1)")


async def test_a_ticket_opened_from_home_changes_where_it_is_shown(desk: SlackDesk) -> None:
    await opened(desk)
    view = await home(desk, "UJO")
    await clicked(desk, "UJO", view, "Queue (1)")
    await clicked(desk, "UJO", view, "Show")
    shown = desk.slack.form_of("UJO")
    assert "Assigned to Jo" not in reads(shown)
    assert "Assigned to Jo" in await clicked(desk, "UJO", shown, "Claim")


async def test_a_claim_that_came_too_late_is_told_and_the_page_is_right(desk: SlackDesk) -> None:
    card = await opened(desk)
    view = await home(desk, "UKIM")
    await clicked(desk, "UKIM", view, "Queue (1)")
    await desk.slack.clicks("UJO", card, "Claim")
    await desk.settled()
    await clicked(desk, "UKIM", view, "Claim")
    assert "Jo" in reads(desk.slack.form_of("UKIM"))
    assert "Queue (0)" in reads(view)


async def test_a_manager_sees_the_figures(desk: SlackDesk) -> None:
    await opened(desk)
    view = await home(desk, "UDANA")
    told = await clicked(desk, "UDANA", view, "Figures")
    assert "1 opened, 0 resolved" in told


async def test_an_employee_does_not_see_the_figures_by_asking_for_them(desk: SlackDesk) -> None:
    await opened(desk)
    await home(desk, "UMARA")
    assert desk.parts.slack is not None
    await homes(desk)._wished("UMARA", "home:0:0:figures")
    found = desk.slack.home_of("UMARA")
    assert found is not None
    assert "resolved" not in reads(found)
    assert "VPN drops" in reads(found)


async def test_long_lists_have_pages(url: str, shared_specs: Path, tmp_path: Path) -> None:
    async with slack_desk(shared_specs, url, tmp_path, policy=MANY) as desk:
        await turn_pages(desk)


async def turn_pages(desk: SlackDesk) -> None:
    for number in range(12):
        await opened(desk, f"Ticket-{number:02}")
    view = await home(desk, "UMARA")
    first = reads(view)
    assert "My tickets" not in first or "(12)" in first
    assert first.count("Ticket-") == 10
    second = await clicked(desk, "UMARA", view, "More of them")
    assert second.count("Ticket-") == 2
    assert await clicked(desk, "UMARA", view, "Back to the beginning") == first


async def test_it_opens_where_it_was_left(desk: SlackDesk) -> None:
    await opened(desk)
    view = await home(desk, "UJO")
    await clicked(desk, "UJO", view, "Queue (1)")
    assert "VPN drops" in reads(await home(desk, "UJO"))


# --- kept as the desk is --------------------------------------------------------------------------


async def test_while_it_is_looked_at_it_follows(desk: SlackDesk) -> None:
    homes(desk).coalesced = 0.05
    card = await opened(desk)
    view = await home(desk, "UJO")
    await clicked(desk, "UJO", view, "Queue (1)")
    await desk.slack.clicks("UKIM", card, "Claim")
    async with asyncio.timeout(10):
        while "VPN drops" in reads(view):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)
    assert "Queue (0)" in reads(view)


async def test_nobody_who_does_not_look_costs_anything(desk: SlackDesk) -> None:
    card = await opened(desk)
    await homes(desk).renew()
    assert published(desk) == 0
    await home(desk, "UJO")
    for page in homes(desk)._pages.values():
        page.at -= LOOKED_AT_FOR + 1
    before = published(desk)
    await desk.slack.clicks("UKIM", card, "Claim")
    await desk.settled()
    await homes(desk).renew()
    assert published(desk) == before


async def test_a_page_on_which_nothing_changed_is_not_published_again(desk: SlackDesk) -> None:
    await opened(desk)
    await home(desk, "UMARA")
    before = published(desk)
    await desk.slack.types("UDANA", "CGENERAL", "/ticket new Something of Dana's")
    await desk.settled()
    await desk.slack.submits("UDANA", values={"What is it about?": "Something else"})
    await desk.settled()
    await homes(desk).renew()
    assert published(desk) == before


async def test_an_older_look_never_replaces_what_somebody_turned_to(
    desk: SlackDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await opened(desk)
    view = await home(desk, "UJO")
    await clicked(desk, "UJO", view, "Queue (1)")
    await desk.slack.clicks("UKIM", card, "Claim")
    await desk.settled()
    page, drawn, looked = homes(desk)._pages["UJO"], homes(desk)._drawn, asyncio.Event()

    async def late(user: str, value: str) -> Card | None:
        found = await drawn(user, value)
        await looked.wait()
        return found

    with monkeypatch.context() as slow:
        slow.setattr(homes(desk), "_drawn", late)
        renewing = asyncio.create_task(homes(desk)._renew("UJO", page))
        await asyncio.sleep(0)
    await clicked(desk, "UJO", view, "My tickets (0)")
    looked.set()
    await renewing
    assert "There are no tickets of yours" in reads(view)


async def test_a_page_that_is_let_go_while_it_is_drawn_is_passed_over(
    desk: SlackDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await home(desk, "UMARA")
    await home(desk, "UJO")
    drawn = homes(desk)._drawn

    async def while_others_look(user: str, value: str) -> Card | None:
        homes(desk)._pages.clear()
        return await drawn(user, value)

    with monkeypatch.context() as crowded:
        crowded.setattr(homes(desk), "_drawn", while_others_look)
        await homes(desk).renew()
    assert "New ticket" in reads(await home(desk, "UJO"))


async def test_a_page_that_cannot_be_drawn_keeps_nobody_elses_old(
    desk: SlackDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes(desk).coalesced = 0.05
    card = await opened(desk)
    await home(desk, "UMARA")
    view = await home(desk, "UJO")
    await clicked(desk, "UJO", view, "Queue (1)")
    drawn = homes(desk)._drawn

    async def poisoned(user: str, value: str) -> Card | None:
        if user == "UMARA":
            raise ZeroDivisionError
        return await drawn(user, value)

    with monkeypatch.context() as broken:
        broken.setattr(homes(desk), "_drawn", poisoned)
        await desk.slack.clicks("UKIM", card, "Claim")
        async with asyncio.timeout(10):
            while "VPN drops" in reads(view):  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)
    assert "Queue (0)" in reads(view)


async def test_what_another_process_has_shown_since_stays(desk: SlackDesk) -> None:
    card = await opened(desk)
    view = await home(desk, "UJO")
    view.hash = "shown.elsewhere"
    before = reads(view)
    await desk.slack.clicks("UKIM", card, "Claim")
    await desk.settled()
    await homes(desk).renew()
    assert reads(view) == before
    assert "VPN drops" not in await clicked(desk, "UJO", view, "Queue (1)")


async def test_a_wish_is_shown_even_if_the_page_was_shown_elsewhere(desk: SlackDesk) -> None:
    await opened(desk)
    view = await home(desk, "UJO")
    desk.slack.next("views.publish", Fault.refused("hash_conflict"))
    assert "VPN drops" in await clicked(desk, "UJO", view, "Queue (1)")


async def test_a_guest_and_somebody_blocked_get_a_page_too(desk: SlackDesk) -> None:
    desk.slack.workspace.people["UKIM"].is_guest = True
    await claimed(desk)
    told = reads(await home(desk, "UKIM"))
    assert "New ticket" in told
    assert "Queue" not in told


def test_what_slack_cannot_hold_is_said_to_be_missing() -> None:
    lines = tuple(Line(text=f"Line {number}") for number in range(150))
    view = render_home(Card(fallback="x", elements=lines), "home:0:0", "There is more.")
    assert len(view["blocks"]) == 100
    assert "There is more." in str(view["blocks"][-1])
    long = tuple(Line(text="x" * 3000) for _ in range(95))
    view = render_home(Card(fallback="x", elements=long), "home:0:0", "There is more.")
    assert len(str(view)) < 250_000
    assert "There is more." in str(view["blocks"][-1])
