"""Whatever somebody writes is shown letter by letter: it runs, loads and pings nothing."""

from __future__ import annotations

import contextlib

import pytest
from playwright.async_api import BrowserContext, Page, Request, expect
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from chatdesk.adapters.local.records import Draft
from chatdesk.ports import Placement
from chatdesk.ui.cards import Button, Buttons, Card, Files, FileShown, Line, Pairs, Quote, Table
from tests.adapters.messenger_contract import HOSTILE
from tests.browser.conftest import Workspace

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: machines are small
]


def hostile_card(text: str) -> Card:
    return Card(
        fallback=text,
        title=text,
        author=text,
        elements=(
            Line(text=text),
            Quote(author=text, text=text),
            Pairs(items=((text, text),)),
            Table(caption=text, columns=(text,), rows=((text,),)),
            Files(files=(FileShown(attachment=text, name=text, media_type=text, size=1),)),
            Buttons(buttons=(Button(id=text, label=text),)),
        ),
    )


async def test_words_are_shown_letter_by_letter_wherever_they_stand(
    workspace: Workspace, page: Page
) -> None:
    place = await workspace.messenger.open(Placement(lane="person:1", handles=("local:mara",)))
    for number, text in enumerate(HOSTILE):
        await workspace.messenger.post(place, hostile_card(text), key=f"card {number}")
        said = Draft(place=place.place, author="local:mara", key=f"said {number}", text=text)
        workspace.platform.post(said)
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.goto(workspace.page("mara", place.place))
    await expect(page.locator(".message")).to_have_count(2 * len(HOSTILE))
    assert await page.locator(".message-text").all_inner_texts() == list(HOSTILE)
    for part in (
        ".card-title",
        ".card-line",
        ".card-quote-text",
        "dd",
        "td",
        ".card-buttons button",
    ):
        assert await page.locator(f".card {part}").all_inner_texts() == list(HOSTILE)
    assert await page.locator(".messages :is(img, script, iframe, b, i, code)").count() == 0
    assert all(url.startswith(workspace.url) for url in asked)


async def test_a_right_to_left_override_ends_with_the_words_that_hold_it(
    workspace: Workspace, page: Page
) -> None:
    draft = Draft(place="channel/general", author="local:jo", key="k", text="\u202eevil")
    workspace.platform.post(draft)
    await page.goto(workspace.page("mara", "channel/general"))
    await expect(page.locator(".message-text")).to_have_css("unicode-bidi", "isolate")


async def test_the_policy_forbids_what_a_page_of_ours_never_does(
    workspace: Workspace, context: BrowserContext
) -> None:
    page = await context.new_page()
    await page.goto(workspace.page("mara"))
    await page.evaluate(
        """async () => {
            window.forbidden = new Set();
            const note = (event) => window.forbidden.add(event.effectiveDirective);
            addEventListener("securitypolicyviolation", note);
            const add = (tag, content) =>
                document.body.append(Object.assign(document.createElement(tag), content));
            add("script", { textContent: "window.ran = true" });
            add("style", { textContent: "body { display: none }" });
            add("img", { src: "http://localhost:1/picture" });
            add("iframe", { src: "/local/" });
            add("video", { src: "/local/files/film" });
            await fetch("http://localhost:1/").catch(() => {});
        }"""
    )
    expected = [
        *("connect-src", "frame-src", "img-src", "media-src", "script-src-elem", "style-src-elem"),
    ]
    # Chromium tells of a frame it refused from another process: whenever that comes.
    with contextlib.suppress(PlaywrightTimeoutError):
        await page.wait_for_function("count => forbidden.size >= count", arg=len(expected))
    assert await page.evaluate("[...forbidden].sort()") == expected
