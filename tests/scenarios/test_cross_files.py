"""Files that one platform has and the other does not take: named, with what to do; none is lost."""

from __future__ import annotations

import pytest

from chatdesk.adapters.discord import limits
from tests.scenarios.cross_talk import Talk, talk
from tests.scenarios.stage import Actor

__all__ = ["talk"]

STAYS = "kept with the ticket"
BIG = b"x" * (limits.FILE + 1)
"""More than Discord takes of a bot, less than the desk keeps."""


def kept(talk: Talk, name: str) -> list[bytes]:
    """Return what the desk keeps under a name, of the only ticket."""
    return talk.both.kept(1, name)


async def replies(talk: Talk, text: str, name: str, content: bytes) -> None:
    """Let the agent send a Reply with a file, and one without behind it."""
    await talk.says(talk.agent, f"!reply {text}", talk.card, name, content)
    await talk.both.time_passes(seconds=20)
    await talk.replies("Tell me whether it works")


def is_named(who: Actor, name: str) -> None:
    """Check that somebody is told of a file, and what to do."""
    told = who.sees(STAYS)
    assert name in told.text
    assert "another way" in told.text


async def test_a_large_file_crosses_whole(talk: Talk) -> None:
    large = b"x" * limits.FILE
    await replies(talk, "Here is the film", "film.mp4", large)
    assert talk.files(talk.requester) == [("film.mp4", large)]


HUGE = b"x" * 25_000_000
"""More than the desk keeps."""


async def test_a_file_that_the_desk_does_not_keep_is_named_to_both(talk: Talk) -> None:
    named = "talk.mp4 (25 MB > 20 MB)"
    await talk.says(talk.requester, "Look at minute two", "#1", "talk.mp4", HUGE)
    assert named in talk.agent.sees("Look at minute two").text
    told = talk.requester.sees("could not be taken along")
    assert named in told.text
    assert "say where it can be had" in told.text

    await talk.requester.edits("Look at minute two", "Look at minute three")
    assert named in talk.agent.sees("Look at minute three").text, "it is still named"
    await talk.requester.says("It is on the film server", under="#1")
    talk.agent.sees("on the film server")


async def test_a_replys_file_that_the_desk_does_not_keep_is_named_to_both(talk: Talk) -> None:
    await talk.says(talk.agent, "!reply Here is the film", talk.card, "film.mp4", HUGE)
    assert "film.mp4 (25 MB > 20 MB)" in talk.agent.sees("could not be taken along").text
    await talk.both.time_passes(seconds=20)
    assert "film.mp4 (25 MB > 20 MB)" in talk.requester.sees("Here is the film").text


@pytest.mark.parametrize("talk", ["agent-in-discord"], indirect=True)
async def test_a_form_in_discord_with_such_a_file_is_sent_without_it(talk: Talk) -> None:
    discord, sam = talk.both.in_discord.discord, talk.both.in_discord.ids["sam"]
    await talk.agent.clicks("Reply", on="The heating")
    film = discord.file("film.mp4", HUGE)
    await discord.submits(sam, {"To Dana Wolf": "Here it is"}, [film])
    await talk.both.settle()
    refused = talk.agent.sees("could not be taken along")
    assert "film.mp4 (25 MB > 20 MB)" in refused.text
    assert "Here it is" in refused.text

    await discord.clicks(sam, discord.seen_by(sam)[-1], "Correct")
    await discord.submits(sam)
    await talk.both.time_passes(seconds=20)
    talk.requester.sees("Here it is")


@pytest.mark.parametrize("talk", ["agent-in-discord"], indirect=True)
async def test_a_file_that_stays_in_slack_is_told_with_its_address(talk: Talk) -> None:
    await talk.says(talk.requester, "Look at this", "#1", "talk.mp4", HUGE)
    assert "talk.mp4 (25 MB > 20 MB): http" in talk.agent.sees("Look at this").text


@pytest.mark.parametrize("talk", ["agent-in-slack"], indirect=True)
async def test_a_replys_file_that_discord_is_too_small_for_is_named(talk: Talk) -> None:
    await replies(talk, "Here is the film", "film.mp4", BIG)
    talk.requester.sees("Here is the film")
    is_named(talk.requester, "film.mp4 (10 MB)")
    assert talk.requester.count(STAYS) == 1
    assert talk.files(talk.requester) == []
    told = talk.agent.sees("film.mp4 could not be brought to Mara Lind")
    assert "smaller" in told.text
    assert kept(talk, "film.mp4") == [BIG], "the desk has it"


@pytest.mark.parametrize("talk", ["agent-in-discord"], indirect=True)
async def test_a_requesters_file_that_discord_is_too_small_for_is_named(talk: Talk) -> None:
    await talk.says(talk.requester, "Hear how it rattles", "#1", "noise.wav", BIG)
    talk.agent.sees("Hear how it rattles")
    is_named(talk.agent, "noise.wav")
    await talk.requester.says("It rattles at night", under="#1")
    talk.agent.sees("It rattles at night")
    assert kept(talk, "noise.wav") == [BIG], "the desk has it"


REFUSED = {
    "agent-in-slack": ["40005"],
    "agent-in-discord": ["file_upload_size_restricted", "storage_limit_reached"],
}


@pytest.mark.parametrize(
    ("talk", "code"),
    [(where, code) for where, codes in REFUSED.items() for code in codes],
    indirect=["talk"],
)
async def test_a_file_that_is_refused_for_good_is_named_and_holds_up_nothing(
    talk: Talk, code: str
) -> None:
    talk.refuses_files(code)
    await replies(talk, "Here is the guide", "guide.pdf", b"%PDF")
    is_named(talk.requester, "guide.pdf (4 bytes)")
    talk.agent.sees("guide.pdf could not be brought to")
    talk.agent.sees("delivered")
    assert talk.files(talk.requester) == []
    assert kept(talk, "guide.pdf") == [b"%PDF"]

    await talk.agent.deletes("!reply Here is the guide")
    talk.requester.does_not_see("guide.pdf")
