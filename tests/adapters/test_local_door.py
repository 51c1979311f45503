"""The workspace's HTTP door: what people do reaches the desk once, and nobody else comes in."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatdesk.adapters.http.app import build_app
from chatdesk.adapters.http.middleware import CONTENT_SECURITY_POLICY
from chatdesk.adapters.local.door import LocalDoor
from chatdesk.adapters.local.files import FileLimits
from chatdesk.adapters.local.inbound import MESSAGE_LIMIT
from chatdesk.adapters.local.people import BASIC_CHANNELS
from chatdesk.adapters.local.platform import LocalPlatform
from chatdesk.ports import StoreUnavailable
from chatdesk.ui.cards import Card, Line
from chatdesk.ui.exchange import (
    Answer,
    Clicked,
    Edited,
    Interaction,
    Removed,
    Said,
    Submitted,
    Typed,
    Visitor,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS = {
    "Host": "127.0.0.1:8080",
    "Origin": "http://127.0.0.1:8080",
    "Sec-Fetch-Site": "same-origin",
}
CHANNELS = {**BASIC_CHANNELS, "it-help": frozenset({"local:jo"})}


class Desk:
    """Remembers what it was told and answers what the test prepared."""

    def __init__(self) -> None:
        self.told: list[Interaction] = []
        self.answer = Answer()
        self.fails: BaseException | None = None
        self.files: dict[str, tuple[str, str, bytes]] = {}
        self.met: list[Visitor] = []
        self.moved: list[str] = []
        self.threads: set[int] = set()

    def receive(self, interaction: Interaction) -> Answer:
        self.threads.add(threading.get_ident())
        if self.fails is not None:
            raise self.fails
        self.told.append(interaction)
        return self.answer

    def keep_file(self, name: str, media_type: str, content: bytes, handle: str) -> str:
        if self.fails is not None:
            raise self.fails
        self.files[f"a{len(self.files)}"] = (name, media_type, content)
        return f"a{len(self.files) - 1}"

    def read_file(self, attachment: str, handle: str) -> tuple[str, str, bytes] | None:
        return self.files.get(attachment) if handle == "local:mara" else None

    def move_time(self, step: str) -> datetime:
        self.moved.append(step)
        return NOON + timedelta(hours=len(self.moved))


class Visit:
    """One person's page, as far as requests go."""

    def __init__(self, client: httpx.AsyncClient, who: str, token: str) -> None:
        self.client, self.who, self.token = client, who, token
        self.keys = 0

    async def act(
        self, path: str, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        self.keys += 1
        body.setdefault("key", f"{self.who[6:]}-key-{self.keys:04}")
        sent = {**OURS, "X-Chatdesk-Token": self.token, **(headers or {})}
        query = {"for": self.who}
        return await self.client.post(f"/local/{path}", params=query, json=body, headers=sent)

    async def say(self, text: str, place: str = "direct/mara", **more: Any) -> httpx.Response:
        return await self.act("say", place=place, text=text, **more)

    async def read(
        self, path: str, headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        return await self.client.get(
            f"/local/{path}", params={"for": self.who, **query}, headers={**OURS, **(headers or {})}
        )

    async def send_file(
        self, name: str, content: bytes, media_type: str = "text/plain"
    ) -> httpx.Response:
        return await self.client.post(
            "/local/files",
            params={"for": self.who, "name": name},
            content=content,
            headers={**OURS, "X-Chatdesk-Token": self.token, "Content-Type": media_type},
        )

    async def texts(self, place: str = "direct/mara", thread: str = "") -> list[str]:
        page = (await self.read("messages", place=place, thread=thread)).json()
        return [each["text"] or each["card"]["fallback"] for each in page["messages"]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


Open = Callable[..., Visit]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with closing(LocalPlatform(tmp_path / "w.db", now=lambda: NOON, channels=CHANNELS)) as opened:
        yield opened


@pytest.fixture
async def visit(desk: Desk, platform: LocalPlatform) -> AsyncIterator[Open]:
    """Somebody opens the page: `visit("local:jo")`."""
    door = LocalDoor(
        platform,
        receive=desk.receive,
        keep_file=desk.keep_file,
        read_file=desk.read_file,
        completions=lambda handle: [("/ticket new [words]", f"for {handle}")],
        meet=desk.met.append,
        move_time=desk.move_time,
        file_limits=lambda: FileLimits(size=1000, count=2),
    )
    app = build_app(routers=[door.router], body_limits=door.body_limits)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        seen = (await client.get("/local/workspace", params={"for": "local:mara"})).json()
        yield lambda who="local:mara": Visit(client, who, seen["token"])


def done(desk: Desk) -> list[object]:
    return [each.done for each in desk.told]


# --- what people do reaches the desk --------------------------------------------------------------


async def test_a_command_is_typed_and_nobody_sees_it(visit: Open, desk: Desk) -> None:
    assert (await visit().say("/ticket claim 7")).status_code == 200
    [told] = desk.told
    assert told.done == Typed(text="/ticket claim 7")
    assert (told.by.handle, told.by.name, told.by.zone) == (
        "local:mara",
        "Mara Lind",
        "Europe/Berlin",
    )
    assert (told.platform, told.place, told.thread) == ("local", "direct/mara", "")
    assert await visit().texts() == []


async def test_words_in_a_thread_reach_the_desk_as_said_there(visit: Open, desk: Desk) -> None:
    jo = visit("local:jo")
    root = (await jo.say("look at this", "channel/it-help")).json()["message"]["id"]
    await jo.say("!resolve fixed", "channel/it-help", thread=root)
    told = desk.told[1]
    assert isinstance(told.done, Said)
    assert (told.done.text, told.place, told.thread) == ("!resolve fixed", "channel/it-help", root)
    assert await jo.texts("channel/it-help", root) == ["!resolve fixed"]


async def test_own_words_are_edited_and_deleted_where_they_were_said(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    message = (await mara.say("it broke")).json()["message"]["id"]
    await mara.act("edit", message=message, text="it broke at nine")
    assert await mara.texts() == ["it broke at nine"]
    await mara.act("remove", message=message)
    assert await mara.texts() == []
    assert done(desk)[1:] == [
        Edited(message=message, text="it broke at nine"),
        Removed(message=message),
    ]
    assert desk.told[1].place == "direct/mara"


async def test_nobody_changes_the_words_of_others(visit: Open, desk: Desk) -> None:
    message = (await visit().say("mine", "channel/general")).json()["message"]["id"]
    jo = visit("local:jo")
    assert (await jo.act("edit", message=message, text="yours")).status_code == 403
    assert (await jo.act("remove", message=message)).status_code == 403
    assert await jo.texts("channel/general") == ["mine"]
    assert len(desk.told) == 1


async def test_buttons_and_forms_reach_the_desk_with_where_they_were_used(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    await mara.act("click", place="direct/mara", id="claim:7:3")
    values = {"summary": "VPN", "tried": ["a", "b"]}
    await mara.act("submit", place="direct/mara", id="new:0:0", values=values, is_refresh=True)
    assert done(desk) == [
        Clicked(id="claim:7:3"),
        Submitted(id="new:0:0", values={"summary": "VPN", "tried": ("a", "b")}, is_refresh=True),
    ]


async def test_the_desk_is_asked_beside_the_event_loop(visit: Open, desk: Desk) -> None:
    await visit().say("/ticket")
    assert threading.get_ident() not in desk.threads


# --- what the desk answers ------------------------------------------------------------------------


async def test_an_answer_is_shown_to_the_asker_alone_until_dismissed(
    visit: Open, desk: Desk
) -> None:
    desk.answer = Answer(card=Card(fallback="only you"))
    mara, jo = visit(), visit("local:jo")
    told = (await mara.say("/ticket", "channel/general")).json()
    assert told["message"]["is_only_for_reader"]
    assert await mara.texts("channel/general") == ["only you"]
    assert await jo.texts("channel/general") == []
    message = told["message"]["id"]
    assert (await jo.act("dismiss", message=message)).status_code == 404
    assert (await mara.act("dismiss", message=message)).status_code == 200
    assert await mara.texts("channel/general") == []


async def test_what_others_see_too_cannot_be_dismissed(visit: Open) -> None:
    message = (await visit().say("stay", "channel/general")).json()["message"]["id"]
    assert (await visit().act("dismiss", message=message)).status_code == 403


async def test_an_answer_to_a_button_of_an_answer_stands_in_its_place(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    desk.answer = Answer(card=Card(fallback="the menu"))
    menu = (await mara.say("/ticket")).json()["message"]["id"]
    desk.answer = Answer(card=Card(fallback="your tickets"))
    await mara.act("click", place="direct/mara", id="mine:0:0", message=menu)
    assert await mara.texts() == ["your tickets"]


async def test_errors_and_forms_come_back_as_the_desk_gave_them(visit: Open, desk: Desk) -> None:
    desk.answer = Answer(errors={"summary": "Say what is wrong."})
    told = (await visit().act("submit", place="direct/mara", id="new:0:0", values={})).json()
    assert told["answer"]["errors"] == {"summary": "Say what is wrong."}
    assert told["message"] is None


async def test_a_refused_form_stays_open_and_says_why_in_it(visit: Open, desk: Desk) -> None:
    desk.answer = Answer(card=Card(fallback="too late"), is_refusal=True)
    told = (await visit().act("submit", place="direct/mara", id="new:0:0", values={})).json()
    assert told["answer"]["card"]["fallback"] == "too late"
    assert await visit().texts() == []


# --- once, whatever happens -----------------------------------------------------------------------


async def test_the_same_words_sent_twice_are_there_once(visit: Open, desk: Desk) -> None:
    mara = visit()
    first = await mara.say("help", key="same-key-1")
    again = await mara.say("help", key="same-key-1")
    assert first.json() == again.json()
    assert await mara.texts() == ["help"]
    assert {each.key for each in desk.told} == {"local:mara:same-key-1"}


async def test_words_the_desk_cannot_save_are_seen_by_nobody_and_go_out_at_the_retry(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    desk.fails = StoreUnavailable()
    refused = await mara.say("help", key="same-key-1")
    assert refused.status_code == 503
    assert "cannot save anything at the moment" in refused.json()["error"]
    assert refused.headers["retry-after"]
    assert await mara.texts() == []
    desk.fails = None
    assert (await mara.say("help", key="same-key-1")).status_code == 200
    assert await mara.texts() == ["help"]


async def test_a_full_disk_is_told_and_the_words_go_out_when_there_is_room(
    visit: Open, desk: Desk, platform: LocalPlatform
) -> None:
    mara = visit()
    with platform.database.reading() as connection:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used}")
    refused = await mara.say("x" * MESSAGE_LIMIT, key="same-key-1")
    assert refused.status_code == 503
    assert await mara.texts() == []
    with platform.database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert (await mara.say("x" * MESSAGE_LIMIT, key="same-key-1")).status_code == 200
    assert await mara.texts() == ["x" * MESSAGE_LIMIT]
    assert len(desk.told) == 1


async def test_a_bug_is_told_by_a_reference_and_logged_without_a_word_of_the_person(
    visit: Open, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fails = RuntimeError("boom")
    with caplog.at_level(logging.DEBUG):
        answer = await visit().say("my secret words")
    assert answer.status_code == 500
    reference = answer.json()["error"].split("reference ")[1].split(")")[0]
    assert reference in caplog.text
    assert "my secret words" not in caplog.text


async def test_the_time_moves_once_for_each_key(visit: Open, desk: Desk) -> None:
    for _ in range(2):
        moved = await visit().act("time", key="same-key-1", step="4h")
        assert moved.status_code == 200
    assert desk.moved == ["4h"]
    assert (await visit().act("time", step="9y")).status_code == 422
    assert desk.moved == ["4h"]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
async def test_nothing_is_not_sent(visit: Open, desk: Desk, text: str) -> None:
    assert (await visit().say(text)).status_code == 422
    assert desk.told == []


async def test_too_many_words_are_refused_with_the_limit(visit: Open, desk: Desk) -> None:
    refused = await visit().say("x" * (MESSAGE_LIMIT + 1))
    assert refused.status_code == 422
    assert "at most 20,000 characters" in refused.json()["error"]
    assert desk.told == []


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00 inside",
        "\u202ertl",
        "@everyone <!channel>",
        "{{7*7}}",
        "👩‍👩‍👧",
        "'; DROP TABLE messages; --",
    ],
)
async def test_odd_words_arrive_as_they_are(visit: Open, desk: Desk, text: str) -> None:
    await visit().say(text)
    assert await visit().texts() == [text]
    assert isinstance(desk.told[0].done, Said)
    assert desk.told[0].done.text == text


async def test_half_a_character_is_replaced_because_nobody_could_keep_it(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    sent = {**OURS, "X-Chatdesk-Token": mara.token, "Content-Type": "application/json"}
    body = rb'{"key": "surrogate-1", "place": "direct/mara", "text": "a\ud800b"}'
    answer = await mara.client.post("/local/say?for=local:mara", content=body, headers=sent)
    assert answer.status_code == 200
    assert await mara.texts() == ["a\ufffdb"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"text": NaN}', b"\xff\xfe", b"[" * 200_000, b'"x"'],
    ids=["empty", "torn", "list", "null", "nan", "bytes", "deep", "string"],
)
async def test_what_is_not_json_of_ours_is_refused(visit: Open, desk: Desk, body: bytes) -> None:
    sent = {**OURS, "X-Chatdesk-Token": visit().token}
    answer = await visit().client.post("/local/say?for=local:mara", content=body, headers=sent)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]
    assert desk.told == []


@pytest.mark.parametrize(
    "change",
    [
        {"key": "x"},
        {"key": "../../etc"},
        {"text": 7},
        {"text": None},
        {"surprise": 1},
        {"files": "a1"},
        {"files": ["not-mine"]},
        {"place": ["direct/mara"]},
    ],
    ids=str,
)
async def test_a_field_that_is_wrong_is_refused(
    visit: Open, desk: Desk, change: dict[str, Any]
) -> None:
    body: dict[str, Any] = {"place": "direct/mara", "text": "hello", **change}
    answer = await visit().act("say", **body)
    assert answer.status_code == 422
    assert desk.told == []


async def test_a_refusal_does_not_repeat_what_was_sent(visit: Open) -> None:
    answer = await visit().act(
        "submit", place="direct/mara", id="n", values={"a": {"my": "secret"}}
    )
    assert answer.status_code == 422
    assert "secret" not in answer.text


async def test_a_place_of_others_and_one_that_is_not_there_get_the_same_answer(
    visit: Open, desk: Desk
) -> None:
    answers = [await visit().say("hi", place) for place in ("channel/it-help", "channel/nowhere")]
    answers += [await visit().say("hi", "direct/mara", thread="99")]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert desk.told == []
    for place in ("channel/it-help", "channel/nowhere"):
        assert (await visit().read("messages", place=place)).status_code == 404


async def test_a_body_beyond_the_bound_is_refused(visit: Open, desk: Desk) -> None:
    answer = await visit().act("submit", place="direct/mara", id="n", values={"a": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.json()["error"]
    assert desk.told == []


# --- who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:8080"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"X-Chatdesk-Token": "guessed"}, 401),
        ({"X-Chatdesk-Token": ""}, 401),
        ({"Host": "localhost:8080", "Origin": "http://localhost:8080"}, 200),
        ({"Host": "[::1]:8080", "Origin": "http://[::1]:8080"}, 200),
    ],
    ids=str,
)
async def test_only_our_own_page_acts(
    visit: Open, desk: Desk, headers: dict[str, str], status: int
) -> None:
    answer = await visit().act("say", headers, place="direct/mara", text="hello")
    assert answer.status_code == status
    assert len(desk.told) == (status == 200)


@pytest.mark.parametrize(
    "path", ["workspace", "messages", "waiting", "completions", "live", "files/a0"]
)
@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}], ids=str
)
async def test_only_our_own_page_reads(visit: Open, path: str, headers: dict[str, str]) -> None:
    assert (await visit().read(path, headers)).status_code == 403


async def test_another_machine_is_sent_away(visit: Open) -> None:
    app = visit().client._transport
    assert isinstance(app, httpx.ASGITransport)
    far = httpx.ASGITransport(app=app.app, client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=far, base_url="http://127.0.0.1:8080") as client:
        assert (await client.get("/local/")).status_code == 403


@pytest.mark.parametrize("who", ["", "local:nobody", "desk", "slack:U1"])
async def test_people_nobody_knows_are_sent_away_kindly(visit: Open, desk: Desk, who: str) -> None:
    for answer in (await visit(who).say("hi"), await visit(who).read("workspace")):
        assert answer.status_code == 403
        assert "Choose a person" in answer.json()["error"]
    assert desk.told == []


async def test_reading_never_changes_anything(visit: Open, desk: Desk) -> None:
    for path in ("say", "click", "submit", "edit", "remove", "dismiss", "seen", "time"):
        assert (await visit().read(path)).status_code == 405
    assert desk.told == []


# --- files ----------------------------------------------------------------------------------------


async def test_a_file_goes_with_the_words_and_only_those_who_may_open_it(
    visit: Open, desk: Desk
) -> None:
    mara = visit()
    kept = (await mara.send_file("report.html", b"<script>alert(1)</script>", "text/html")).json()
    await mara.say("see this", files=[kept["attachment"]])
    assert isinstance(desk.told[0].done, Said)
    assert desk.told[0].done.files == (kept["attachment"],)
    opened = await mara.read(f"files/{kept['attachment']}")
    assert opened.content == b"<script>alert(1)</script>"
    assert opened.headers["content-disposition"] == "attachment; filename*=UTF-8''report.html"
    assert opened.headers["content-type"] == "application/octet-stream"
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in opened.headers["content-security-policy"]
    assert (await visit("local:jo").read(f"files/{kept['attachment']}")).status_code == 404
    assert (await mara.read("files/none")).status_code == 404


async def test_a_picture_can_be_shown(visit: Open) -> None:
    kept = (await visit().send_file("shot.png", b"\x89PNG", "image/png")).json()
    opened = await visit().read(f"files/{kept['attachment']}")
    assert opened.headers["content-type"] == "image/png"
    assert opened.headers["content-disposition"].startswith("attachment")


async def test_a_file_too_large_is_refused_with_the_limit_in_words(visit: Open, desk: Desk) -> None:
    answer = await visit().send_file("big.bin", b"x" * 1001)
    assert answer.status_code == 413
    assert "at most 1 kB" in answer.json()["error"]
    assert desk.files == {}


async def test_an_empty_file_is_refused_by_name(visit: Open, desk: Desk) -> None:
    answer = await visit().send_file("empty.txt", b"")
    assert (answer.status_code, answer.json()["error"]) == (422, "empty.txt is empty.")
    assert desk.files == {}


async def test_a_full_disk_is_told_and_nothing_is_half_kept(visit: Open, desk: Desk) -> None:
    desk.fails = OSError(errno.ENOSPC, "No space left on device")
    answer = await visit().send_file("log.txt", b"content")
    assert answer.status_code == 507
    assert answer.json()["error"].startswith("log.txt was not kept: the desk's disk is full.")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\log.txt", "log.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "file"),
        ("..", "file"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
        ("Übersicht März.pdf", "Übersicht März.pdf"),
    ],
)
async def test_a_name_is_only_a_name(visit: Open, given: str, kept: str) -> None:
    answer = await visit().send_file(given, b"content")
    assert answer.json()["name"] == kept
    opened = await visit().read(f"files/{answer.json()['attachment']}")
    assert opened.headers["content-disposition"].isascii()


# --- what the page reads --------------------------------------------------------------------------


async def test_the_page_runs_nothing_but_its_own_files(visit: Open) -> None:
    page = await visit().client.get("/local/", headers=OURS)
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "<script>" not in page.text
    assert "style=" not in page.text
    root = await visit().client.get("/", headers=OURS)
    assert root.headers["location"] == "/local/"
    somebodys = await visit().client.get("/?as=jo", headers=OURS)
    assert somebodys.headers["location"] == "/local/?as=jo"


async def test_the_parts_of_the_page_are_served_once_and_nothing_else_is(visit: Open) -> None:
    client = visit().client
    part = await client.get("/local/static/main.js", headers=OURS)
    assert part.headers["content-type"].startswith("text/javascript")
    fresh = {**OURS, "If-None-Match": part.headers["etag"]}
    assert (await client.get("/local/static/main.js", headers=fresh)).status_code == 304
    for name in ("none.js", "..%2Fdoor.py", "%2e%2e/door.py"):
        assert (await client.get(f"/local/static/{name}", headers=OURS)).status_code == 404


async def test_people_see_their_places_and_what_waits_for_the_others(visit: Open) -> None:
    await visit().say("hello all", "channel/general")
    jo = (await visit("local:jo").read("workspace")).json()
    assert [place["place"] for place in jo["places"]] == [
        "channel/general",
        "channel/it-help",
        "direct/jo",
    ]
    assert jo["places"][0]["unread"] == 1
    waiting = (await visit().read("waiting")).json()["waiting"]
    assert waiting == {"local:mara": 0, "local:jo": 1, "local:sam": 1, "local:dana": 1}
    seen = await visit("local:jo").act("seen", place="channel/general", message="1")
    assert seen.json()["places"][0]["unread"] == 0


async def test_commands_are_offered_for_the_person_who_types(visit: Open) -> None:
    offered = (await visit("local:jo").read("completions")).json()
    assert offered == [{"text": "/ticket new [words]", "help": "for local:jo"}]


async def test_a_language_is_chosen_and_the_desk_is_told_and_it_stays(
    visit: Open, desk: Desk, platform: LocalPlatform, tmp_path: Path
) -> None:
    mara = visit()
    seen = (await mara.read("workspace")).json()
    assert {"language": "de", "name": "Deutsch"} in seen["languages"]
    assert [each["language"] for each in seen["people"]] == ["", "", "", ""]
    assert (await mara.act("language", language="de")).json() == {"language": "de"}
    assert [(one.handle, one.locale) for one in desk.met] == [("local:mara", "de")]
    await mara.say("/ticket mine")
    await visit("local:jo").say("/ticket mine", "channel/general")
    assert [each.by.locale for each in desk.told] == ["de", ""]
    again = LocalPlatform(tmp_path / "w.db", now=lambda: NOON, channels=CHANNELS)
    with closing(again):
        assert again.people["local:mara"].locale == "de"


async def test_a_language_without_texts_cannot_be_chosen(visit: Open, desk: Desk) -> None:
    answer = await visit().act("language", language="tlh")
    assert answer.status_code == 422
    assert "does not speak that language" in answer.json()["error"]
    assert desk.met == []


async def test_a_long_conversation_is_read_in_pages(visit: Open) -> None:
    mara = visit()
    for number in range(52):
        await mara.say(f"no. {number}")
    newest = (await mara.read("messages", place="direct/mara")).json()
    assert newest["has_earlier"]
    first = newest["messages"][0]["id"]
    rest = (await mara.read("messages", place="direct/mara", before=first)).json()
    assert not rest["has_earlier"]
    texts = [each["text"] for each in rest["messages"] + newest["messages"]]
    assert texts == [f"no. {number}" for number in range(52)]


async def test_a_desk_on_real_time_says_that_its_time_does_not_move(
    platform: LocalPlatform, desk: Desk
) -> None:
    door = LocalDoor(
        platform,
        receive=desk.receive,
        keep_file=desk.keep_file,
        read_file=desk.read_file,
        completions=lambda _: [],
    )
    transport = httpx.ASGITransport(app=build_app(routers=[door.router]))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        seen = (await client.get("/local/workspace", params={"for": "local:mara"})).json()
        assert seen["time"] == {"now": "2026-11-23T12:00:00+00:00", "steps": []}
        answer = await Visit(client, "local:mara", seen["token"]).act("time", step="4h")
        assert answer.status_code == 409
        assert "real time" in answer.json()["error"]


async def test_cards_with_hostile_words_pass_through_as_json(visit: Open, desk: Desk) -> None:
    words = "</script><img src=x onerror=alert(1)>"
    desk.answer = Answer(card=Card(fallback=words, elements=(Line(text=words),)))
    told = (await visit().say("/ticket")).json()
    assert told["message"]["card"]["elements"][0]["text"] == words
