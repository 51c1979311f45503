"""What Slack writes in its own way is read as its author saw it."""

from __future__ import annotations

from typing import Any

import pytest

from chatdesk.adapters.slack.reading import plain_text, read_click, read_message
from chatdesk.ui.exchange import Edited, Removed, Said

Json = dict[str, Any]
BOT = "U0BOT"


def name(person: str) -> str:
    return {"U1": "@Mara", "U2": "@<b>&amp;"}.get(person, f"@{person}")


def read(event: Json) -> Any:
    return read_message({"team_id": "T1", "event": {"channel": "C1", **event}}, BOT, name)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;", "&lt;"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("<@U1> and <@U1|mara>", "@Mara and @Mara"),
        ("<@U2>", "@<b>&amp;"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!channel> <!here|here> <!subteam^S1|@it>", "@channel here @it"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("<https://a.invalid/?x=1&amp;y=2>", "https://a.invalid/?x=1&y=2"),
        ("<https://a.invalid|https://b.invalid>", "https://b.invalid (https://a.invalid)"),
        ("<http://a.invalid|a.invalid>", "http://a.invalid"),
        ("<mailto:a@b.invalid|a@b.invalid>", "a@b.invalid"),
        ("&nbsp; &#39; <", "&nbsp; &#39; <"),
    ],
)
def test_a_text_reads_as_its_author_saw_it(written: str, meant: str) -> None:
    assert plain_text(written, name) == meant


def test_words_in_a_thread_and_their_first_message_are_told_apart() -> None:
    said = read({"type": "message", "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "x"})
    assert (said.place, said.thread, said.done) == ("C1", "1.0", Said(text="x", message="2.0"))
    root = read({"type": "message", "user": "U1", "ts": "1.0", "thread_ts": "1.0", "text": "x"})
    assert root.thread == ""


def test_one_message_has_one_key_whatever_event_brings_it() -> None:
    event = {"user": "U1", "ts": "2.0", "text": f"<@{BOT}> help"}
    as_mention, as_message = (
        read({"type": "app_mention", **event}),
        read({"type": "message", "channel_type": "channel", **event}),
    )
    assert as_mention == as_message
    assert as_mention.is_mention
    assert as_mention.done.text == "@chatdesk help"


def test_in_words_to_the_desk_people_are_named_by_handle() -> None:
    for text in (f"<@{BOT}> assign <@U1>", "!assign <@U1>"):
        assert (
            "@slack:U1"
            in read({"type": "message", "user": "U1", "ts": "2", "text": text}).done.text
        )
    assert (
        read({"type": "message", "user": "U1", "ts": "2", "text": "hi <@U1>"}).done.text
        == "hi @Mara"
    )


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "user": BOT, "ts": "2", "text": "x"},
        {"type": "message", "user": "U1", "bot_id": "B1", "ts": "2", "text": "x"},
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": "2", "text": "x"},
        {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "2", "text": "x"},
        {"type": "message", "ts": "2", "text": "x"},
        {"type": "message", "subtype": "message_changed", "message": {"user": "U1", "ts": "2"}},
        {"type": "message", "subtype": "message_deleted", "deleted_ts": "2"},
        {},
    ],
)
def test_what_bots_and_slack_say_is_nothing(event: Json) -> None:
    assert read(event) is None


def test_an_edit_and_a_preview_are_told_apart() -> None:
    message = {"user": "U1", "ts": "2", "text": "new", "edited": {"ts": "3"}}
    changed = {"type": "message", "subtype": "message_changed", "message": message}
    edit = read({**changed, "previous_message": {"ts": "2", "text": "old"}})
    assert edit.done == Edited(message="2", text="new")
    assert read({**changed, "previous_message": {**message, "text": "new"}}) is None


def test_a_deletion_is_its_authors() -> None:
    before = {"user": "U1", "ts": "2", "thread_ts": "1", "text": "x"}
    event = {"type": "message", "subtype": "message_deleted", "deleted_ts": "2"}
    gone = read({**event, "previous_message": before})
    assert (gone.user, gone.thread, gone.done) == ("U1", "1", Removed(message="2"))


@pytest.mark.parametrize("body", [{}, {"actions": []}, {"actions": [1], "user": {"id": "U1"}}])
def test_a_click_that_carries_nothing_is_none(body: Json) -> None:
    assert read_click(body) is None
