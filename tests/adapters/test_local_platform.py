"""The local platform: who sees what, what is unread, and what a page is told of changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatdesk.adapters.local.history import read_changes, read_page, read_position
from chatdesk.adapters.local.people import BASIC_CHANNELS, DESK
from chatdesk.adapters.local.platform import LocalPlatform, NoSuchMessage, NoSuchPlace
from chatdesk.adapters.local.records import ChangeKind, Draft, KeptFile

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARA, JO, SAM, DANA = "local:mara", "local:jo", "local:sam", "local:dana"
CHANNELS = {**BASIC_CHANNELS, "it-help": frozenset({JO})}


def opened(folder: Path) -> LocalPlatform:
    return LocalPlatform(folder / "workspace.db", now=lambda: NOON, channels=CHANNELS)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    with closing(opened(tmp_path)) as platform:
        yield platform


def say(
    platform: LocalPlatform,
    text: str,
    *,
    by: str = JO,
    place: str = "channel/general",
    thread: str = "",
    only_for: str = "",
) -> str:
    draft = Draft(place=place, thread=thread, author=by, key=text, text=text, only_for=only_for)
    return platform.post(draft)


def texts(platform: LocalPlatform, reader: str, place: str, thread: str = "") -> list[str]:
    with platform.database.reading() as connection:
        return [each.text for each in read_page(connection, reader, place, thread)]


def unread(platform: LocalPlatform, who: str) -> dict[str, int]:
    return {place.name: place.unread for place in platform.places_of(who) if place.unread}


# --- who sees what --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (MARA, ["general", MARA]),
        (JO, ["general", "it-help", JO]),
        (SAM, ["general", SAM]),
        (DANA, ["general", "helpdesk-managers", DANA]),
        ("local:nobody", []),
    ],
)
def test_people_see_their_channels_and_their_own_conversation(
    platform: LocalPlatform, who: str, seen: list[str]
) -> None:
    assert [place.name for place in platform.places_of(who)] == seen


def test_a_channel_nobody_was_listed_for_belongs_to_those_who_work_tickets(
    platform: LocalPlatform,
) -> None:
    platform.open_channel("#facilities")
    assert platform.members("facilities") == {JO, SAM, DANA}


def test_a_place_of_others_and_a_place_that_is_not_there_look_the_same(
    platform: LocalPlatform,
) -> None:
    for place in ("direct/jo", "channel/it-help", "channel/none", "", "direct/mara/x"):
        with pytest.raises(NoSuchPlace):
            platform.place_for(MARA, place)


@pytest.mark.parametrize("message", ["1", "999", "", "-1", "x", "٣", "9" * 40])
def test_a_message_of_others_and_one_that_is_not_there_look_the_same(
    platform: LocalPlatform, message: str
) -> None:
    assert say(platform, "among us", place="channel/it-help") == "1"
    with pytest.raises(NoSuchMessage):
        platform.message_for(MARA, message)


def test_an_answer_for_one_person_is_seen_by_that_person_alone(platform: LocalPlatform) -> None:
    say(platform, "only for you", by=DESK, only_for=MARA)
    assert texts(platform, MARA, "channel/general") == ["only for you"]
    assert texts(platform, JO, "channel/general") == []
    assert unread(platform, JO) == {}


# --- messages -------------------------------------------------------------------------------------


def test_words_the_desk_has_not_taken_yet_are_nobodys(platform: LocalPlatform) -> None:
    draft = Draft(place="channel/general", author=JO, key="k", text="half way")
    message = platform.post(draft, is_shown=False)
    assert texts(platform, JO, "channel/general") == []
    platform.show(message)
    assert texts(platform, MARA, "channel/general") == ["half way"]


def test_words_shown_late_stand_where_they_were_written(platform: LocalPlatform) -> None:
    draft = Draft(place="channel/general", author=JO, key="k", text="first")
    first = platform.post(draft, is_shown=False)
    say(platform, "second")
    platform.show(first)
    assert texts(platform, MARA, "channel/general") == ["first", "second"]


def test_a_deleted_message_leaves_no_words_and_keeps_its_thread(platform: LocalPlatform) -> None:
    root = say(platform, "secret")
    say(platform, "answer", by=MARA, thread=root)
    platform.remove(root)
    assert texts(platform, MARA, "channel/general") == [""]
    assert texts(platform, MARA, "channel/general", root) == ["answer"]
    gone = say(platform, "alone")
    platform.remove(gone)
    assert texts(platform, MARA, "channel/general") == [""]


def test_a_page_goes_back_in_steps_and_misses_nothing(platform: LocalPlatform) -> None:
    said = [say(platform, f"no. {n}") for n in range(7)]
    with platform.database.reading() as connection:
        newest = read_page(connection, MARA, "channel/general", limit=4)
        rest = read_page(connection, MARA, "channel/general", before=int(said[3]), limit=4)
    assert [each.message for each in rest + newest] == said


def test_everything_survives_a_restart(platform: LocalPlatform, tmp_path: Path) -> None:
    say(platform, "still here")
    platform.close()
    with closing(opened(tmp_path)) as again:
        assert texts(again, MARA, "channel/general") == ["still here"]
        assert unread(again, MARA) == {"general": 1}


def test_files_of_others_cannot_be_sent_as_ones_own(platform: LocalPlatform) -> None:
    file = KeptFile(attachment="a1", name="plan.pdf", media_type="application/pdf", size=9)
    platform.remember_file(file, JO)
    assert platform.sent_all(JO, ["a1"])
    assert not platform.sent_all(MARA, ["a1"])
    assert not platform.sent_all(JO, ["a1", "a2"])


def test_files_keep_the_order_in_which_they_were_added(platform: LocalPlatform) -> None:
    for name in ("b", "a"):
        file = KeptFile(attachment=name, name=name, media_type="text/plain", size=1)
        platform.remember_file(file, JO)
    draft = Draft(place="channel/general", author=JO, key="k", files=("b", "a"))
    message = platform.message_for(MARA, platform.post(draft))
    assert [file.name for file in message.files] == ["b", "a"]


# --- what is unread -------------------------------------------------------------------------------


def test_what_others_wrote_is_unread_until_it_was_seen(platform: LocalPlatform) -> None:
    root = say(platform, "a question")
    reply = say(platform, "an answer", by=SAM, thread=root)
    assert unread(platform, MARA) == {"general": 2}
    assert unread(platform, JO) == {"general": 1}
    platform.mark_seen(MARA, "channel/general", "", root)
    assert unread(platform, MARA) == {"general": 1}
    assert platform.message_for(MARA, root).unread_replies == 1
    assert platform.message_for(MARA, root).last_reply == "an answer"
    platform.mark_seen(MARA, "channel/general", root, reply)
    assert unread(platform, MARA) == {}
    assert platform.waiting() == {MARA: 0, JO: 1, SAM: 1, DANA: 2}


def test_what_was_seen_stays_seen(platform: LocalPlatform) -> None:
    first, last = say(platform, "one"), say(platform, "two")
    platform.mark_seen(MARA, "channel/general", "", last)
    platform.mark_seen(MARA, "channel/general", "", first)
    assert unread(platform, MARA) == {}


def test_a_place_can_be_marked_as_read_with_all_its_threads(platform: LocalPlatform) -> None:
    root = say(platform, "a question")
    say(platform, "an answer", by=SAM, thread=root)
    platform.mark_all_seen(MARA, "channel/general")
    assert unread(platform, MARA) == {}


def test_an_edited_card_is_not_news(platform: LocalPlatform) -> None:
    message = say(platform, "before", by=DESK)
    platform.mark_seen(MARA, "channel/general", "", message)
    platform.edit_card(message, {"fallback": "after"})
    assert unread(platform, MARA) == {}


# --- changes --------------------------------------------------------------------------------------


def changed(platform: LocalPlatform, who: str, after: int = 0, limit: int = 100) -> list[str]:
    places = {place.place for place in platform.places_of(who)}
    with platform.database.reading() as connection:
        changes, _ = read_changes(connection, who, places, after, limit)
    return [
        change.message.text if change.message else change.kind.value
        for change in changes
        if change.kind is not ChangeKind.PLACES
    ]


def position(platform: LocalPlatform) -> int:
    with platform.database.reading() as connection:
        return read_position(connection)[2]


def test_a_page_is_told_each_message_once_in_its_newest_state(platform: LocalPlatform) -> None:
    before = position(platform)
    first = say(platform, "one")
    say(platform, "two")
    platform.edit_text(first, "one, corrected")
    assert changed(platform, MARA, before) == ["two", "one, corrected"]


def test_of_other_places_a_page_learns_only_that_others_have_news(platform: LocalPlatform) -> None:
    before = position(platform)
    say(platform, "among us", place="channel/it-help")
    say(platform, "only for Jo", by=DESK, only_for=JO)
    assert changed(platform, MARA, before) == ["people", "people"]
    assert changed(platform, JO, before) == ["among us", "only for Jo"]


def test_an_answer_in_a_thread_also_tells_of_its_first_message(platform: LocalPlatform) -> None:
    root = say(platform, "a question")
    before = position(platform)
    say(platform, "an answer", thread=root)
    assert changed(platform, MARA, before) == ["an answer", "a question"]


def test_changes_read_in_small_batches_are_all_there(platform: LocalPlatform) -> None:
    after, seen = position(platform), []
    said = [say(platform, f"no. {n}") for n in range(9)]
    places = {place.place for place in platform.places_of(MARA)}
    while after < position(platform):
        with platform.database.reading() as connection:
            changes, after = read_changes(connection, MARA, places, after, 2)
        seen += [change.message.message for change in changes if change.message]
    assert seen == said


def test_those_who_watch_are_woken_by_every_change_until_they_stop(
    platform: LocalPlatform,
) -> None:
    woken: list[int] = []
    stop = platform.watch(lambda: woken.append(1))
    say(platform, "one")
    platform.tell_time()
    assert len(woken) == 2
    stop()
    say(platform, "two")
    assert len(woken) == 2
