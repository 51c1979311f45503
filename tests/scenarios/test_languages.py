"""One ticket, several languages: everybody is spoken to in theirs, and writes as they like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatdesk.config import PolicySource
from chatdesk.ui.exchange import Visitor
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor

EXAMPLE = Path(__file__).parents[2] / "manifests" / "desk.example.yaml"


@pytest.fixture
def stage(local_stage: LocalStage) -> LocalStage:
    """A desk whose own language is English."""
    return local_stage


@pytest.fixture
async def german_desk(store_url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """A desk whose own language is German."""
    policy = tmp_path / "desk.yaml"
    policy.write_text(EXAMPLE.read_text("utf-8").replace("language: en", "language: de"), "utf-8")
    stage = LocalStage(tmp_path, store_url, policy=PolicySource(policy))
    async with stage.working() as working:
        yield working


def speaks(stage: LocalStage, who: str, language: str) -> Actor:
    """Let somebody choose the language in which they are spoken to."""
    stage.parts.platform.choose_language(f"local:{who}", language)
    return stage.actor(who)


async def raise_ticket(mara: Actor) -> None:
    """Mara fills in the German form."""
    await mara.types("/ticket neu VPN bricht ständig ab")
    assert mara.form is not None
    assert mara.form.title == "Neues Ticket"
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", impact="me", urgency="blocked")


async def test_a_german_employee_and_an_english_agent_share_a_ticket(stage: LocalStage) -> None:
    mara, jo = speaks(stage, "mara", "de"), stage.actor("jo")
    await raise_ticket(mara)
    mara.sees("Wir haben es. Jemand von IT help antwortet dir bis heute um")
    mara.can_click("Zurückziehen")
    jo.sees("Nobody has it yet")
    await jo.clicks("Claim")
    mara.sees("Jo Park kümmert sich darum")
    jo.sees("Assigned to Jo Park")
    await jo.types("/ticket ask 1 Which client do you have?")
    mara.sees("Um mit #1 weiterzukommen, müssen wir wissen:")
    mara.sees("Which client do you have?")
    await mara.says("5.1", under="Um mit #1 weiterzukommen")
    jo.sees("Mara Lind answered. Back to work.")
    await jo.clicks("Resolve", on="#1 VPN bricht")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    mara.sees("Jo Park hat #1 behoben:")
    await mara.clicks("Ja, gelöst")
    mara.sees("Danke, dass du Bescheid gesagt hast! #1 ist geschlossen.")
    mara.sees("Wie war unsere Hilfe?")
    await mara.clicks("🙂 Gut")
    jo.sees("Closed")
    await stage.time_passes(days=7)
    mara.sees("Ist #1 (VPN bricht ständig ab) immer noch gelöst?")
    for word in ("Danke", "gelöst", "Jemand"):
        jo.does_not_see(word)
    for word in ("Somebody", "Thank you", "Withdraw"):
        mara.does_not_see(word)


async def test_an_english_employee_and_a_german_agent_answer_each_other(stage: LocalStage) -> None:
    mara, jo = stage.actor("mara"), speaks(stage, "jo", "de")
    await mara.types("/ticket new VPN drops")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", impact="me", urgency="blocked")
    await jo.types("/ticket übernehmen 1")
    assert "Bei Jo Park" in jo.told
    await jo.says("!antworten Please try client 5.2", under="#1 VPN drops")
    await stage.time_passes(minutes=1)
    mara.sees("Please try client 5.2")
    await jo.types("/ticket priorität 1 hoch The whole team waits")
    assert "Priorität Hoch" in jo.told
    await jo.types("/ticket pausieren 1 4h Parts are ordered")
    mara.sees("#1 is paused until")
    await jo.types("/ticket hilfe")
    assert "übernehmen N" in jo.told
    assert "claim N" not in jo.told
    await jo.types("/ticket übernehme")
    assert "Meintest du „" in jo.told
    await jo.types("/ticket warteschlange it knapp")
    assert "Nichts ist bald fällig" in jo.told
    await jo.types("/ticket abwesend bis 24.12.2026")
    assert "Du bist abwesend bis Do., 24. Dez. um 00:00 Uhr." in jo.told
    await jo.types("/ticket abwesend zurück")
    assert "wieder da" in jo.told


async def test_a_german_ja_confirms_and_nein_keeps_a_ticket_open(stage: LocalStage) -> None:
    mara, jo = speaks(stage, "mara", "de"), stage.actor("jo")
    await raise_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.clicks("Resolve", on="#1 VPN bricht")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")
    await mara.says("Ja, danke!", under="Jo Park hat #1 behoben")
    mara.does_not_see("#1 ist wieder offen")
    await mara.says("Nein, geht immer noch nicht", under="Jo Park hat #1 behoben")
    mara.sees("#1 ist wieder offen")


async def test_mistakes_and_refusals_are_told_in_the_persons_language(stage: LocalStage) -> None:
    mara = speaks(stage, "mara", "de")
    await mara.types("/ticket neu VPN")
    await mara.chooses(topic="network")
    await mara.fills(summary="")
    assert "Bitte fülle das aus." in mara.told
    await mara.types("/ticket zeige 77")
    assert mara.told.startswith("Es gibt kein Ticket #77")
    await mara.types("/ticket übernehmen 77")
    assert "Es gibt kein Ticket #77" in mara.told


async def test_somebody_changes_their_mind_about_the_language(stage: LocalStage) -> None:
    mara = speaks(stage, "mara", "de")
    await mara.types("/ticket hilfe")
    assert "Was du hier sagen kannst" in mara.told
    mara = speaks(stage, "mara", "en")
    await mara.types("/ticket hilfe")
    assert "What you can say here" in mara.told


async def test_what_a_platform_does_not_tell_this_time_stays(stage: LocalStage) -> None:
    reception = stage.parts.reception
    told = Visitor(handle="local:new", name="Neo", zone="Asia/Tokyo", locale="de-AT")
    reception.person(told)
    person = reception.person(replace(told, name="Neo Ito", zone="", locale=""))
    assert (person.name, person.zone, person.locale) == ("Neo Ito", "Asia/Tokyo", "de-AT")
    stranger = reception.person(Visitor(handle="local:nobody", name="Nobody"))
    assert (stranger.zone, stranger.locale) == ("Europe/Berlin", "")


async def test_a_language_nobody_wrote_texts_for_is_the_desks_own(german_desk: LocalStage) -> None:
    mara, sam = speaks(german_desk, "mara", "tlh-Latn"), speaks(german_desk, "sam", "en")
    await mara.types("/ticket new Der Drucker klemmt")
    assert mara.form is not None
    assert mara.form.title == "Neues Ticket"
    await sam.types("/ticket mine")
    assert "There are no tickets of yours" in sam.told


async def test_a_german_desk_speaks_german_in_its_channels(german_desk: LocalStage) -> None:
    mara, jo = german_desk.actor("mara"), speaks(german_desk, "jo", "en")
    await raise_ticket(mara)
    jo.sees("Noch bei niemandem")
    await jo.types("/ticket show 1")
    assert "Nobody has it yet" in jo.told
    await jo.types("/ticket watch 1")
    await german_desk.actor("sam").types("/ticket zuweisen 1 @jo")
    jo.sees("Sam Reyes gave you this ticket.")


async def test_a_digest_speaks_its_readers_language(stage: LocalStage) -> None:
    dana = speaks(stage, "dana", "de")
    await raise_ticket(speaks(stage, "mara", "de"))
    await stage.time_passes(minutes=5)
    await dana.types("/ticket überblick jetzt")
    assert "1 geöffnet, 0 gelöst" in dana.told
    assert "1 Ticket bei niemandem" in dana.told
    await dana.types("/ticket überblick wöchentlich")
    assert "jeden Montag um 9:00 Uhr" in dana.told
    await stage.time_passes(days=7)
    dana.sees("1 geöffnet, 0 gelöst")
