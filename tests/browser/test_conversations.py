"""Conversations in a real browser: by mouse, by keys, live, kept through failures and reloads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from chatdesk.adapters.local.records import Draft
from chatdesk.ports import Place, Placement
from chatdesk.ui.cards import Card, Line
from chatdesk.ui.exchange import Clicked, Edited, Removed, Said, Typed
from tests.browser.conftest import Workspace
from tests.browser.scripted_desk import agents_card, receipt_card

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: machines are small
]

AGENTS = Placement(lane="ticket:1042:agents", queue_home="it-help")
REQUESTER = Placement(lane="ticket:1042:requester", handles=("local:mara",))


async def posted_card(workspace: Workspace) -> tuple[Place, str]:
    place = await workspace.messenger.open(AGENTS)
    return place, await workspace.messenger.post(place, agents_card(), key="card")


def said(workspace: Workspace) -> list[object]:
    return [each.done for each in workspace.desk.told]


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something the page does without showing it."""
    while not happened():  # noqa: ASYNC110 - the desk behind the page knows no events
        await asyncio.sleep(0.02)


async def send(page: Page, text: str) -> None:
    composer = page.locator(".composer-field").last
    await composer.fill(text)
    await composer.press("Enter")


# --- talking --------------------------------------------------------------------------------------


async def test_words_reach_everybody_who_looks(
    workspace: Workspace, page: Page, context: BrowserContext
) -> None:
    await page.goto(workspace.page("mara", "channel/general"))
    other = await context.new_page()
    await other.goto(workspace.page("jo", "channel/general"))
    await expect(other.get_by_role("heading", name="#general", exact=True)).to_be_visible()
    await send(page, "Does anyone know\nwhere the adapters are?")
    await expect(other.locator(".message-text")).to_have_text(
        "Does anyone know\nwhere the adapters are?"
    )
    await expect(other.locator(".message-author")).to_have_text("Mara Lind")
    await expect(page.locator(".composer-field")).to_have_value("")


async def test_a_card_is_edited_where_it_stands_and_the_change_is_said(
    workspace: Workspace, page: Page
) -> None:
    place, card = await posted_card(workspace)
    await workspace.messenger.post(place, receipt_card("below"), key="below")
    await page.goto(workspace.page("jo", "channel/it-help"))
    await expect(page.get_by_text("Nobody yet")).to_be_visible()
    button = page.get_by_role("button", name="Note")
    await button.focus()
    await workspace.messenger.edit(place, card, agents_card(assignee="Jo Park"))
    await expect(page.get_by_text("Nobody yet")).to_have_count(0)
    await expect(page.get_by_role("button", name="Release")).to_be_visible()
    titles = await page.locator(".card-title").all_inner_texts()
    assert titles == ["🔴 #1042 VPN drops every 10 minutes", "#1042 VPN drops every 10 minutes"]
    await expect(page.get_by_role("status").filter(has_text="Jo Park")).to_have_count(1)
    await expect(button).to_be_focused()


async def test_a_thread_opens_beside_the_conversation_and_escape_closes_it(
    workspace: Workspace, page: Page
) -> None:
    place, card = await posted_card(workspace)
    await page.goto(workspace.page("jo", "channel/it-help"))
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread in #it-help")
    await expect(thread.get_by_text("No replies yet")).to_be_visible()
    await expect(thread.get_by_role("textbox")).to_be_focused()
    await page.keyboard.type("Same as #987?")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_text("1 reply")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(page.get_by_role("button", name="1 reply")).to_be_visible()
    [told] = workspace.desk.told
    assert isinstance(told.done, Said)
    assert (told.done.text, told.place, told.thread) == ("Same as #987?", place.place, card)


async def test_own_words_can_be_edited_and_deleted(workspace: Workspace, page: Page) -> None:
    await page.goto(workspace.page("mara", "channel/general"))
    await send(page, "it brok")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Edit message").click()
    await page.get_by_role("textbox", name="Your message").fill("it broke")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message-text")).to_have_text("it broke")
    await expect(page.locator(".message-mark")).to_have_text("edited")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Delete message").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.locator(".message")).to_have_count(0)
    assert said(workspace)[1:] == [Edited(message="1", text="it broke"), Removed(message="1")]


async def test_buttons_and_menus_tell_the_desk_what_they_carry(
    workspace: Workspace, page: Page
) -> None:
    await posted_card(workspace)
    await page.goto(workspace.page("jo", "channel/it-help"))
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_role("main")).to_contain_text("Sam Reyes has it since 14:02.")
    await expect(page.get_by_text("Only you see this")).to_be_visible()
    await page.get_by_role("button", name="More actions").press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await until(lambda: len(workspace.desk.told) == 2)
    assert said(workspace) == [Clicked(id="claim:1042:3"), Clicked(id="ask:1042:3")]
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_role("main")).not_to_contain_text("Sam Reyes has it")


async def test_commands_are_completed_by_keys(workspace: Workspace, page: Page) -> None:
    await page.goto(workspace.page("jo", "direct/jo"))
    composer = page.locator(".composer-field")
    await composer.press_sequentially("/ticket c")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(composer).to_have_value("/ticket claim ")
    await expect(composer).to_be_focused()
    await page.keyboard.type("1042")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_contain_text("No verb like that.")
    await expect(composer).to_have_value("/ticket claim 1042")  # refused: to be corrected
    assert said(workspace) == [Typed(text="/ticket claim 1042")]


async def test_employees_are_not_offered_what_agents_do(workspace: Workspace, page: Page) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    await page.locator(".composer-field").press_sequentially("/ticket ")
    await expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(4)
    await expect(page.get_by_role("option", name="claim")).to_have_count(0)


async def test_a_message_taller_than_the_screen_is_read_from_its_top(
    workspace: Workspace, page: Page
) -> None:
    place = await workspace.messenger.open(REQUESTER)
    await page.goto(workspace.page("mara", place.place))
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    rows = tuple(Line(text=f"line {number}") for number in range(60))
    tall = Card(fallback="tall", title="It begins here", elements=rows)
    await workspace.messenger.post(place, tall, key="tall")
    await expect(page.get_by_role("heading", name="It begins here")).to_be_in_viewport()
    await expect(page.get_by_text("line 59")).not_to_be_in_viewport()


# --- nothing typed is lost ------------------------------------------------------------------------


async def test_words_the_desk_could_not_save_stay_and_go_out_once_at_the_retry(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    workspace.desk.refuses_next = 1
    await send(page, "The VPN is down again")
    await expect(page.get_by_role("alert")).to_contain_text(
        "Not sent. The desk cannot save anything"
    )
    await expect(page.locator(".composer-field")).to_have_value("The VPN is down again")
    await expect(page.locator(".message")).to_have_count(0)
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator(".message-text")).to_have_text("The VPN is down again")
    await expect(page.locator(".composer-field")).to_have_value("")
    assert len(workspace.desk.told) == 1


async def test_an_answer_lost_on_its_way_does_not_double_the_words(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()

    async def after_the_fact(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/local/say*", after_the_fact, times=1)
    await send(page, "once and only once")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator(".composer-field")).to_have_value("")
    await expect(page.locator(".message-text")).to_have_text(["once and only once"])
    assert len(workspace.desk.told) == 1


async def test_half_written_words_survive_a_reload_and_a_visit_elsewhere(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    await page.locator(".composer-field").fill("half a sent")
    await page.reload()
    await expect(page.locator(".composer-field")).to_have_value("half a sent")
    await page.get_by_role("link", name="Jo Park").click()
    await expect(page.get_by_text("You play the agent.")).to_be_visible()
    await expect(page.locator(".composer-field")).to_have_value("")
    await page.get_by_role("link", name="Mara Lind").click()
    await page.get_by_role("button", name="chatdesk").click()
    await expect(page.locator(".composer-field")).to_have_value("half a sent")


async def test_a_page_that_lost_the_server_catches_up_and_goes_on(
    quiet_workspace: Workspace, page: Page
) -> None:
    workspace = quiet_workspace
    async with workspace.serving():
        port = int(workspace.url.rpartition(":")[2])
        await page.goto(workspace.page("mara", "channel/general"))
        await expect(page.get_by_role("heading", name="Welcome to #general")).to_be_visible()
        await until(lambda: bool(workspace.platform._watchers))
    await expect(page.locator("#connection")).to_contain_text("The connection is lost")
    await send(page, "into the void")
    await expect(page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
    draft = Draft(place="channel/general", author="local:jo", key="k", text="meanwhile")
    workspace.platform.post(draft)
    async with workspace.serving(port):
        await expect(page.locator(".message-text")).to_have_text(["meanwhile"])
        await expect(page.locator("#connection")).to_be_hidden()
        await page.get_by_role("button", name="Retry").click()  # the start's token is another one
        await expect(page.locator(".message-text")).to_have_text(["meanwhile", "into the void"])
        await page.goto("about:blank")
    workspace.platform.close()


async def test_a_file_goes_with_the_words_and_can_be_opened(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    log = FilePayload(name="vpn.log", mimeType="text/plain", buffer=b"error 0x80090326")
    big = FilePayload(name="movie.mp4", mimeType="video/mp4", buffer=b"x" * 70_000)
    await page.get_by_label("Choose files").set_input_files([log, big])
    refusal = "movie.mp4 is too large: a file may have up to 64 kB."
    await expect(page.get_by_role("alert")).to_have_text(refusal)
    await expect(page.get_by_role("button", name="Remove vpn.log")).to_be_visible()
    await send(page, "see the log")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="vpn.log").click()
    assert (await download.value).suggested_filename == "vpn.log"
    [told] = said(workspace)
    assert isinstance(told, Said)
    assert told.files == ("kept-0",)


# --- keys, names, places --------------------------------------------------------------------------


async def test_the_workspace_is_used_without_a_mouse(workspace: Workspace, page: Page) -> None:
    await posted_card(workspace)
    await page.goto(workspace.page("jo", "direct/jo"))
    await page.get_by_role("button", name="chatdesk").focus()
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="#it-help", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="it-help")).to_be_focused()
    await page.keyboard.press("/")
    box = page.get_by_role("textbox", name="Message #it-help")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("/")
    await page.keyboard.press("Backspace")
    await page.keyboard.type("first")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message-text")).to_have_text("first\nsecond")
    last = page.locator('.message[tabindex="0"]')
    await last.focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("complementary", name="Thread in #it-help")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary")).to_be_hidden()


async def test_tab_goes_from_the_places_through_the_conversation_to_the_composer(
    workspace: Workspace, page: Page
) -> None:
    await posted_card(workspace)
    await page.goto(workspace.page("jo", "channel/it-help"))
    await expect(page.get_by_role("button", name="Claim")).to_be_visible()
    await page.get_by_role("button", name="it-help").focus()
    stops = []
    for _ in range(10):
        await page.keyboard.press("Tab")
        stops.append(
            await page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.textContent"
            )
        )
    assert stops[0].startswith("chatdesk, 14:05")
    assert stops[1:] == [
        *("Claim", "Reply", "Note", "Resolve", "More actions", "Reply in thread"),
        *("Add files", "Message #it-help", "Send"),
    ]


async def test_the_parts_of_the_page_have_names(workspace: Workspace, page: Page) -> None:
    _, card = await posted_card(workspace)
    await page.goto(workspace.page("jo", f"channel/it-help~{card}"))
    for role, name in (
        ("banner", None),
        ("navigation", "Places"),
        ("main", "Conversation #it-help"),
        ("complementary", "Thread in #it-help"),
    ):
        await expect(page.get_by_role(role, name=name)).to_have_count(1)  # type: ignore[arg-type]  # the roles above are ARIA's
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, textarea, select, [role]")]
        .filter((each) => !each.textContent.trim() && !each.getAttribute("aria-label")
            && !each.labels?.length && each.getAttribute("role") !== "status"
            && each.getAttribute("role") !== "alert" && !each.hidden && each.offsetParent)
        .map((each) => each.outerHTML)"""
    )
    assert nameless == []


async def test_what_waits_for_one_and_for_the_others_is_counted(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    general = page.get_by_role("button", name="general")
    draft = Draft(place="channel/general", author="local:jo", key="k", text="hello")
    await asyncio.to_thread(workspace.platform.post, draft)
    await expect(general).to_contain_text("1 unread message")
    await expect(page).to_have_title("(1) Mara Lind · chatdesk")
    await expect(page.get_by_role("link", name="Sam Reyes")).to_have_accessible_name(
        "Sam Reyes, agent, 1 unread message"
    )
    await general.click()
    await expect(page).to_have_title("Mara Lind · chatdesk")


async def test_the_time_machine_moves_the_time_for_everybody(
    workspace: Workspace, page: Page, context: BrowserContext
) -> None:
    await page.goto(workspace.page("mara", "direct/mara"))
    other = await context.new_page()
    await other.goto(workspace.page("jo", "direct/jo"))
    clock = other.locator("#time-machine time")
    await expect(clock).to_have_text("Mon 23 Nov, 14:05")
    await page.get_by_role("button", name="Move the desk's time forward").click()
    await page.get_by_role("menuitem", name="+3 working days").click()
    await expect(page.locator("#time-machine time")).to_have_text("Thu 26 Nov, 14:05")
    await expect(clock).to_have_text("Thu 26 Nov, 14:05")


async def test_everybody_chooses_the_language_they_are_spoken_to_in(
    workspace: Workspace, page: Page
) -> None:
    await page.goto(workspace.page("mara"))
    choice = page.get_by_label("Language")
    await expect(choice).to_have_value("")
    await choice.select_option("Deutsch")
    await expect(page.locator("#announcer")).to_contain_text("The desk speaks Deutsch to you")
    await page.reload()
    await expect(choice).to_have_value("de")
    await expect(choice.locator("option")).to_have_text(["Deutsch", "English"])
    await page.goto(workspace.page("jo"))
    await expect(choice).to_have_value("")


async def test_on_a_phone_one_pane_is_shown_and_back_leads_back(
    workspace: Workspace, page: Page
) -> None:
    await posted_card(workspace)
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(workspace.page("jo"))
    places, conversation = page.get_by_role("navigation"), page.get_by_role("main")
    await expect(places).to_be_visible()
    await expect(conversation).to_be_hidden()
    await page.get_by_role("button", name="it-help").click()
    await expect(conversation).to_be_visible()
    await expect(places).to_be_hidden()
    await page.get_by_role("button", name="Claim").click()
    await expect(conversation).to_contain_text("Sam Reyes has it")
    await page.locator(".message").first.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("complementary")).to_be_visible()
    await expect(conversation).to_be_hidden()
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    await page.go_back()
    await expect(conversation).to_be_visible()
    await page.get_by_role("button", name="Back to the places").click()
    await expect(places).to_be_visible()


async def test_the_theme_follows_the_system_until_one_is_chosen(
    workspace: Workspace, page: Page
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    await page.emulate_media(color_scheme="light")
    await page.goto(workspace.page("mara"))
    light = await page.evaluate(ground)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    assert light != dark
    await page.get_by_role("button", name="Theme: as the system").click()
    assert await page.evaluate(ground) == light
    await page.reload()
    assert await page.evaluate(ground) == light
    await page.get_by_role("button", name="Theme: light").click()
    await page.emulate_media(color_scheme="light")
    assert await page.evaluate(ground) == dark
