"""What an agent tells a requester on another platform, changes, and takes back."""

from __future__ import annotations

from tests.scenarios.cross_talk import Talk, talk

__all__ = ["talk"]


async def test_a_reply_that_is_edited_changes_where_it_was_delivered(talk: Talk) -> None:
    await talk.replies("Please come to room 4.12")
    assert talk.requester.count("room 4.12") == 1

    await talk.agent.edits("!reply Please come", "!reply Please come to room 4.21")
    changed = talk.requester.sees("room 4.21")
    assert "edited" in changed.text
    talk.requester.does_not_see("4.12")
    talk.requester.does_not_see("!reply")
    assert talk.requester.count("Please come to") == 1, "the same message was changed"
    talk.agent.sees("delivered")
    talk.agent.does_not_see("room 4.12")


async def test_a_reply_that_is_deleted_is_taken_back(talk: Talk) -> None:
    await talk.replies("The password is hunter2")

    await talk.agent.deletes("!reply The password")
    talk.requester.does_not_see("hunter2")
    talk.requester.sees("deleted what stood here")
    talk.agent.does_not_see("hunter2")


async def test_a_reply_deleted_before_it_went_out_was_never_said(talk: Talk) -> None:
    await talk.agent.says("!reply The password is hunter2", under=talk.card)
    await talk.agent.deletes("!reply The password")
    await talk.both.time_passes(seconds=20)
    talk.requester.does_not_see("hunter2")
    talk.requester.does_not_see("deleted what stood here")
    talk.agent.does_not_see("hunter2")


async def test_a_reply_deleted_while_it_is_sent_again_keeps_none_of_its_words(talk: Talk) -> None:
    await talk.agent.says("!reply The password is hunter2", under=talk.card)
    talk.fails_once()
    await talk.both.time_passes(seconds=16)
    await talk.agent.deletes("!reply The password")
    await talk.both.time_passes(minutes=5)
    talk.requester.sees("deleted what stood here")
    talk.requester.does_not_see("hunter2")
    talk.agent.does_not_see("hunter2")


async def test_a_reply_edited_before_it_went_out_goes_out_as_it_is_then(talk: Talk) -> None:
    await talk.agent.says("!reply Please come to room 4.12", under=talk.card)
    await talk.agent.edits("!reply Please come", "!reply Please come to room 4.21")
    await talk.both.time_passes(seconds=20)
    assert talk.requester.count("Please come to") == 1
    talk.requester.sees("room 4.21")


async def test_a_file_of_a_reply_arrives_once_under_its_name(talk: Talk) -> None:
    guide = b"%PDF of many pages"
    await talk.says(talk.agent, "!reply Here is the guide", talk.card, "guide für alle.pdf", guide)
    assert talk.files(talk.requester) == [], "it can still be undone"
    await talk.both.time_passes(seconds=20)
    talk.requester.sees("Here is the guide")
    assert talk.files(talk.requester) == [("guide für alle.pdf", guide)]

    await talk.agent.edits("!reply Here", "!reply Here is the newest guide")
    talk.requester.sees("newest guide")
    assert talk.files(talk.requester) == [("guide für alle.pdf", guide)]


async def test_a_file_goes_with_the_reply_it_came_with(talk: Talk) -> None:
    await talk.says(talk.agent, "!reply The list", talk.card, "salaries.csv", b"Jo;1")
    await talk.both.time_passes(seconds=20)
    assert len(talk.files(talk.requester)) == 1
    await talk.agent.deletes("!reply The list")
    talk.requester.sees("deleted what stood here")
    assert talk.files(talk.requester) == []


async def test_a_file_goes_with_the_message_it_came_with(talk: Talk) -> None:
    await talk.says(talk.requester, "Look at this", "#1", "screen.png", b"\x89PNG")
    assert talk.files(talk.agent) == [("screen.png", b"\x89PNG")]
    await talk.requester.deletes("Look at this")
    talk.agent.sees("deleted what stood here")
    assert talk.files(talk.agent) == []


async def test_what_was_internal_stays_so_whatever_it_becomes(talk: Talk) -> None:
    await talk.agent.says("He never reads the guide", under=talk.card)
    await talk.agent.edits("never reads", "!reply He never reads the manual")
    await talk.both.time_passes(seconds=20)
    talk.requester.does_not_see("never reads")


async def test_a_note_that_was_typed_is_changed_and_taken_back(talk: Talk) -> None:
    await talk.agent.says("!note The valve is rusty", under=talk.card)
    await talk.agent.edits("!note The valve", "!note The valve is leaking")
    talk.agent.sees("for colleagues only")
    talk.agent.does_not_see("rusty")
    talk.requester.does_not_see("valve")
    await talk.agent.deletes("!note The valve")
    talk.agent.does_not_see("leaking")


async def test_a_reply_does_not_become_words_that_are_not_for_the_requester(talk: Talk) -> None:
    await talk.replies("Please come to room 4.12")
    await talk.agent.edits("!reply Please come", "He will never come anyway")
    talk.requester.does_not_see("never come")
    talk.requester.sees("Please come to room 4.12")
    talk.agent.sees("begin with the same words")


# --- what was internal, and is sent on by its menu ------------------------------------------------


async def test_a_message_picked_for_the_requester_arrives_once_with_its_file(talk: Talk) -> None:
    guide = b"%PDF of many pages"
    await talk.says(talk.agent, "Turn the valve left", talk.card, "guide.pdf", guide)
    await talk.both.time_passes(seconds=20)
    talk.requester.does_not_see("Turn the valve")
    assert "Nothing" not in await talk.picks("Turn the valve")
    assert "already" in await talk.picks("Turn the valve")
    await talk.both.time_passes(seconds=20)
    assert talk.requester.count("Turn the valve left") == 1
    assert talk.files(talk.requester) == [("guide.pdf", guide)]
    talk.agent.sees("delivered")

    await talk.rewrites("Turn the valve", "Turn the valve right")
    await talk.both.time_passes(seconds=20)
    assert talk.requester.count("Turn the valve left") == 1
    talk.requester.does_not_see("valve right")


async def test_a_picked_message_can_be_taken_back_before_it_goes_out(talk: Talk) -> None:
    await talk.agent.says("The password is hunter2", under=talk.card)
    await talk.picks("hunter2")
    await talk.agent.clicks("Undo (15 s)")
    await talk.both.time_passes(seconds=20)
    talk.requester.does_not_see("hunter2")
    await talk.picks("The password is hunter2")
    await talk.both.time_passes(seconds=20)
    assert talk.requester.count("hunter2") == 1


async def test_the_card_is_nobodys_words_and_is_not_sent(talk: Talk) -> None:
    assert "no words of a person" in await talk.picks(talk.card)
