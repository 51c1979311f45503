"""The exported transcript: everything for agents, their own for requesters, all of it literal."""

import re
from dataclasses import replace

import pytest

from chatdesk.lifecycle.followup import Rated
from chatdesk.lifecycle.investigation import Noted
from chatdesk.lifecycle.notices import NOTICES, UNTOLD
from chatdesk.lifecycle.record import FACTS
from chatdesk.lifecycle.ticket import Side
from chatdesk.ui.transcript import INTERNAL, in_words, transcript_markdown
from chatdesk.ui.voice import voice_of
from chatdesk.ui.wording import languages
from tests.ui.happenings import happened
from tests.ui.tale import JO, MARA, Tale, after, file_shown


def whole_life() -> Tale:
    tale = Tale().opened(answers={"system": "Linux"}).claimed().replied()
    tale.so(Noted(at=after(minutes=15), by=JO, text=tale.text("She is always like that")))
    tale.asked().held().resolved().closed()
    return tale.so(Rated(at=after(minutes=55), by=MARA, score=4, resolver=JO))


def test_agents_get_everything_in_order_with_times_in_utc() -> None:
    tale = whole_life()
    text = transcript_markdown(tale.seen(Side.AGENTS, at=after(days=1)), tale.facts)
    assert text.startswith("# \\#1042 VPN drops every 10 minutes\n")
    assert "As of 2026-11-24 13:05. All times are in UTC." in text
    assert "- Status: Closed" in text
    assert "- Which system?: Linux" in text
    assert "### 2026-11-23 13:15 · Jo, replying\n\n```text\nPlease try client 5.2.\n```" in text
    assert "### 2026-11-23 13:20 · Jo, for colleagues only" in text
    assert "- 2026-11-23 13:10 · Jo has it." in text
    assert "- 2026-11-23 13:35 · Jo put it on hold until 2026-11-30 13:05." in text
    assert "- 2026-11-23 14:00 · Mara Lind rated it: 🙂 Good." in text
    assert (
        text.index("Please try client") < text.index("She is always") < text.index("Which client")
    )


def test_requesters_get_no_notes_and_no_internal_facts_even_if_the_view_has_them() -> None:
    tale = whole_life()
    view = tale.seen(Side.AGENTS)
    text = transcript_markdown(replace(view, side=Side.REQUESTER), tale.facts)
    assert "She is always like that" not in text
    assert "An expired certificate" not in text
    assert "made a note" not in text
    assert "Please try client 5.2." in text


def test_hostile_words_can_close_no_fence_and_mark_nothing_up() -> None:
    hostile = "```\n# Owned\n````\n<script>alert(1)</script>"
    tale = Tale().opened("*bold* <b> [x](y) # `z`", hostile)
    text = transcript_markdown(tale.seen(Side.AGENTS), tale.facts)
    assert f"`````text\n{hostile}\n`````" in text
    assert "# \\#1042 \\*bold\\* \\<b\\> \\[x\\](y) \\# \\`z\\`" in text


def test_what_became_of_words_is_told() -> None:
    tale = Tale().opened().claimed().replied()
    last = tale.ticket.public_words[-1]
    details = tale.ticket.details
    assert details
    tale.changed(details, files=(file_shown(),), is_edited=True)
    tale.changed(last.entry, delivery="withdrawn")
    text = transcript_markdown(tale.seen(Side.AGENTS), tale.facts)
    assert "Attachment: screen.png (12 kB)" in text
    assert "Edited since." in text
    assert "Taken back before it went out." in text
    tale.changed(details, is_removed=True, text="")
    assert "Deleted by its author." in transcript_markdown(tale.seen(Side.AGENTS), tale.facts)


def test_a_ticket_with_nothing_said_says_so() -> None:
    tale = Tale().opened(details="")
    assert "Nothing has been said." in transcript_markdown(tale.seen(), tale.facts)


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", sorted(FACTS))
def test_every_kind_of_fact_has_its_line(kind: str, language: str) -> None:
    tale = happened(kind)
    tale.locale = language
    view = tale.seen(Side.AGENTS)
    line = in_words(tale.facts[-1], view, voice_of(view))
    assert re.fullmatch(r"[A-Z].+\.", line), line
    assert not re.search(r"\b(mara|jo|lea|it_can_wait|None)\b", line), line


def test_only_known_kinds_are_called_internal() -> None:
    assert FACTS.keys() >= INTERNAL
    assert FACTS.keys() == {row.kind for row in NOTICES} | UNTOLD
