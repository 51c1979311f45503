"""Forms in a real browser: mistakes at their fields, questions that depend, nothing typed lost."""

from __future__ import annotations

import pytest
from playwright.async_api import FilePayload, Locator, Page, Route, expect

from chatdesk.ui.exchange import Submitted
from tests.browser.conftest import Workspace
from tests.browser.scripted_desk import MISSING, agents_card
from tests.browser.test_conversations import AGENTS, send, until

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: machines are small
]


async def open_form(workspace: Workspace, page: Page, words: str = "") -> Locator:
    await page.goto(workspace.page("mara", "direct/mara"))
    await send(page, f"/ticket new {words}")
    form = page.get_by_role("dialog", name="New ticket")
    await expect(form).to_be_visible()
    return form


def submitted(workspace: Workspace) -> list[Submitted]:
    return [each.done for each in workspace.desk.told if isinstance(each.done, Submitted)]


async def test_mistakes_stand_at_their_fields_and_everything_typed_stays(
    workspace: Workspace, page: Page
) -> None:
    form = await open_form(workspace, page)
    await form.get_by_label("What happens").fill("It drops every ten minutes.")
    await form.get_by_role("button", name="Create ticket").click()
    summary = form.get_by_label("In one sentence")
    await expect(summary).to_have_attribute("aria-invalid", "true")
    await expect(summary).to_have_accessible_description(MISSING)
    await expect(form.get_by_label("What is it about?")).to_be_focused()
    await expect(form.get_by_label("What happens")).to_have_value("It drops every ten minutes.")
    await expect(form.get_by_label("What happens")).not_to_have_attribute("aria-invalid", "true")
    await form.get_by_label("What is it about?").select_option("network")
    await summary.fill("VPN drops")
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form).to_be_hidden()
    assert submitted(workspace)[-1].values == {
        "topic": "network",
        "summary": "VPN drops",
        "details": "It drops every ten minutes.",
        "impact": "",
        "tried": (),
        "for": "",
        "files": (),
    }


async def test_what_is_wrong_is_in_sight_on_a_small_screen(
    workspace: Workspace, page: Page
) -> None:
    await page.set_viewport_size({"width": 360, "height": 480})
    form = await open_form(workspace, page, "VPN drops")
    await form.get_by_label("What is it about?").select_option("network")
    await form.get_by_label("What happens").fill("x" * 2001)
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form.get_by_text("At most 2000 characters")).to_be_in_viewport(ratio=1)
    await expect(form.get_by_label("What happens")).to_be_focused()


async def test_a_form_is_filled_in_by_keys_alone(workspace: Workspace, page: Page) -> None:
    form = await open_form(workspace, page, "printer jams")
    await expect(form.get_by_label("What is it about?")).to_be_focused()
    await page.keyboard.type("Net")
    await page.keyboard.press("Tab")
    await expect(form.get_by_label("In one sentence")).to_have_value("printer jams")
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    await expect(page.locator(".composer-field")).to_be_focused()
    assert submitted(workspace)[-1].values["summary"] == "printer jams"


async def test_the_topic_changes_the_questions_and_keeps_the_answers(
    workspace: Workspace, page: Page
) -> None:
    form = await open_form(workspace, page)
    await form.get_by_label("In one sentence").fill("Screen is black")
    await form.get_by_label("Restarted the computer").check()
    await form.get_by_label("What is it about?").select_option("hardware")
    await expect(form.get_by_label("Which device?")).to_be_visible()
    await expect(form.get_by_label("Which device?")).to_have_accessible_description(
        "The number on the sticker below it."
    )
    await expect(form.get_by_label("In one sentence")).to_have_value("Screen is black")
    await expect(form.get_by_label("Restarted the computer")).to_be_checked()
    await expect(form.get_by_label("Restarted the computer")).to_be_focused()
    assert submitted(workspace)[0].is_refresh


async def test_a_question_is_asked_only_where_it_applies(workspace: Workspace, page: Page) -> None:
    form = await open_form(workspace, page)
    people = form.get_by_label("How many people?")
    await expect(people).to_be_hidden()
    await form.get_by_label("Who is affected?").select_option("team")
    await people.fill("12")
    await form.get_by_label("Who is affected?").select_option("me")
    await expect(people).to_be_hidden()
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form.get_by_text(MISSING)).to_be_visible()
    assert "team_size" not in submitted(workspace)[-1].values
    await form.get_by_label("Who is affected?").select_option("team")
    await expect(people).to_have_value("12")


async def test_a_long_answer_is_counted_and_never_cut(workspace: Workspace, page: Page) -> None:
    form = await open_form(workspace, page)
    summary = form.get_by_label("In one sentence")
    await summary.fill("x" * 40)
    await expect(form.get_by_text("40 of 80")).to_be_hidden()
    await summary.fill("x" * 60)
    await expect(form.get_by_text("60 of 80")).to_be_visible()
    await summary.fill("👩‍🚒" + "x" * 90)
    await expect(form.get_by_text("13 too many of 80")).to_be_visible()
    await expect(summary).to_have_value("👩‍🚒" + "x" * 90)


async def test_a_form_the_desk_could_not_save_stays_and_is_sent_once_at_the_retry(
    workspace: Workspace, page: Page
) -> None:
    form = await open_form(workspace, page, "VPN drops")
    await form.get_by_label("What is it about?").select_option("network")
    await until(lambda: len(submitted(workspace)) == 1)
    workspace.desk.refuses_next = 1
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form.get_by_role("alert")).to_contain_text("cannot save anything at the moment")
    await expect(form.get_by_label("In one sentence")).to_have_value("VPN drops")
    await form.get_by_role("button", name="Retry").click()
    await expect(form).to_be_hidden()
    assert len(submitted(workspace)) == 2


async def test_an_answer_lost_on_its_way_does_not_send_a_form_twice(
    workspace: Workspace, page: Page
) -> None:
    form = await open_form(workspace, page, "VPN drops")
    await form.get_by_label("What is it about?").select_option("network")
    await until(lambda: len(submitted(workspace)) == 1)

    async def after_the_fact(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/local/submit*", after_the_fact, times=1)
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form.get_by_role("alert")).to_contain_text("cannot be reached")
    await form.get_by_role("button", name="Retry").click()
    await expect(form).to_be_hidden()
    assert len(submitted(workspace)) == 2


async def test_an_open_form_survives_a_reload(workspace: Workspace, page: Page) -> None:
    form = await open_form(workspace, page)
    await form.get_by_label("In one sentence").fill("typed before the reload")
    await form.get_by_label("Restarted the computer").check()
    await page.reload()
    await expect(form.get_by_label("In one sentence")).to_have_value("typed before the reload")
    await expect(form.get_by_label("Restarted the computer")).to_be_checked()


async def test_escape_closes_a_form_and_what_was_typed_comes_back_with_it(
    workspace: Workspace, page: Page
) -> None:
    form = await open_form(workspace, page)
    await form.get_by_label("In one sentence").fill("half an idea")
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await send(page, "/ticket new")
    await expect(form.get_by_label("In one sentence")).to_have_value("half an idea")
    await form.get_by_role("button", name="Start over").click()
    await expect(form.get_by_label("In one sentence")).to_have_value("")


async def test_a_form_refused_as_a_whole_says_why_and_keeps_the_words(
    workspace: Workspace, page: Page
) -> None:
    place = await workspace.messenger.open(AGENTS)
    await workspace.messenger.post(place, agents_card(), key="card")
    await page.goto(workspace.page("jo", "channel/it-help"))
    await page.get_by_role("button", name="Resolve").click()
    form = page.get_by_role("dialog", name="Resolve #1042")
    await form.get_by_label("What was done?").fill("Rolled out client 5.2")
    await form.get_by_role("button", name="Resolve").click()
    await expect(form.get_by_text("closed by Sam Reyes a minute ago")).to_be_visible()
    await expect(form.get_by_label("What was done?")).to_have_value("Rolled out client 5.2")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Resolve")).to_be_focused()


async def test_files_in_a_form_are_kept_within_its_limits(workspace: Workspace, page: Page) -> None:
    form = await open_form(workspace, page, "VPN drops")
    four = [
        FilePayload(name=f"{number}.log", mimeType="text/plain", buffer=b"error")
        for number in range(4)
    ]
    await form.get_by_label("Files", exact=True).set_input_files(four)
    await expect(form.get_by_text("3.log was left out: at most 3 files fit here.")).to_be_visible()
    await form.get_by_role("button", name="Remove 1.log").click()
    await form.get_by_label("What is it about?").select_option("network")
    await form.get_by_role("button", name="Create ticket").click()
    await expect(form).to_be_hidden()
    assert submitted(workspace)[-1].values["files"] == ("kept-0", "kept-2")


async def test_a_form_fits_on_a_phone(workspace: Workspace, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    form = await open_form(workspace, page)
    button = form.get_by_role("button", name="Create ticket")
    await expect(button).to_be_in_viewport()
    box = await form.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
