"""What admins are told of what broke, or soon will, in a line and in full."""

from __future__ import annotations

from chatdesk.ui.trouble_cards import NEARLY_FULL, TroubleView, status_card
from chatdesk.ui.views import Reader
from chatdesk.ui.voice import voice_for
from tests.ui.tale import BERLIN, MONDAY, POLICY

SAY = voice_for(POLICY, Reader(zone=BERLIN, locale="en"), MONDAY)


def told(place: str, code: str) -> TroubleView:
    return TroubleView(
        platform="discord",
        place=place,
        code=code,
        why="Somebody has to look.",
        kind="other",
        name=place,
        waiting=0,
    )


TIGHT = told("active threads", NEARLY_FULL)


def test_what_soon_is_full_is_not_said_to_be_broken() -> None:
    card = status_card((TIGHT,), SAY)
    assert card.fallback == "active threads: soon there is no room for more"


def test_what_is_broken_is_told_before_what_soon_will_be() -> None:
    card = status_card((TIGHT, told("#help", "50001"), told("#it", "10003")), SAY)
    assert card.fallback == (
        "#help, #it does not work. active threads: soon there is no room for more"
    )
