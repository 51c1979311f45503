"""What only Slack brings with it: old messages and restarts, twenty hands at one button, markup."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ui.exchange import Clicked, Submitted
from chatdesk.ui.forms import Field, FieldKind, Form, Values
from chatdesk.verbs import VERBS, Verb
from tests.adapters.conftest import migrated_url
from tests.crash.life import whole_life
from tests.scenarios.acts import answered, close, does, raise_ticket, raise_vpn_ticket
from tests.scenarios.slack_stage import SlackStage
from tests.scenarios.test_review_private import FORGED, STRANGE
from tests.slack.loopback import reads

LIVE = "<!channel> <@UJO> <https://a.example|https://b.example> &lt; *b* :tada: @here"
"""What would ping, link and smile, if it were not letters."""

OF_REQUESTERS = frozenset({"add", "add_info", "came_back", "rate_comment", "reopen"})
"""Forms that the requester fills in."""


async def test_the_whole_life_over_postgresql(
    request: pytest.FixtureRequest, shared_specs: Path, tmp_path: Path, no_hurry: None
) -> None:
    with migrated_url(request, "postgresql") as url:
        async with SlackStage(tmp_path, url, shared_specs, "socket").working() as stage:
            await whole_life(stage)


# --- what is old ----------------------------------------------------------------------------------


async def test_cards_three_weeks_and_three_restarts_old_give_the_right_answer(
    slack_stage: SlackStage,
) -> None:
    stage = slack_stage
    mara, jo, sam = (stage.actor(who) for who in ("mara", "jo", "sam"))
    await raise_vpn_ticket(mara)
    await raise_vpn_ticket(mara)
    seen = [stage.slack.messages("CITHELP")[number] for number in (0, 1)]
    as_they_were = [one.blocks for one in seen]
    receipt = stage.slack.messages(stage.slack.dm("UMARA"))[0]
    receipt_as_it_was = receipt.blocks
    await jo.types("/ticket claim 1")
    await jo.types("/ticket hold 1 25d The parts come from overseas")
    for _ in range(3):
        await stage.time_passes(days=7)
        await stage.restarts()
    await stage.slack.clicks("USAM", seen[0], "Claim", seen=as_they_were[0])
    await stage.settle()
    assert "Jo Park" in reads(stage.slack.ephemerals("USAM")[-1])
    await stage.slack.clicks("USAM", seen[1], "Claim", seen=as_they_were[1])
    await stage.settle()
    mara.sees("Sam Reyes is on it")
    await stage.slack.clicks("UMARA", receipt, "Withdraw", seen=receipt_as_it_was)
    await stage.settle()
    jo.sees("Mara Lind closed this: Withdrawn")
    await stage.slack.clicks("UMARA", receipt, "Add info", seen=receipt_as_it_was)
    await stage.settle()
    assert stage.slack.view_of("UMARA") or stage.slack.ephemerals("UMARA")
    sam.does_not_see("on our side")


async def test_forged_buttons_and_strange_words_get_a_kind_answer(slack_stage: SlackStage) -> None:
    mara, jo = slack_stage.actor("mara"), slack_stage.actor("jo")
    await raise_vpn_ticket(mara)
    for forged in FORGED:
        await jo.clicks_again(forged)
        assert jo.told, forged
        assert "on our side" not in jo.told, (forged, jo.told)
    await jo.types("/ticket claim 1")
    for typed in STRANGE:
        await jo.types(typed)
        assert jo.told or jo.answer.form, typed
        assert "on our side" not in jo.told, (typed, jo.told)


# --- twenty hands ---------------------------------------------------------------------------------


async def test_of_twenty_claims_at_once_one_wins_and_is_announced_once(
    slack_stage: SlackStage,
) -> None:
    stage = slack_stage
    agents = [f"agent{number}" for number in range(20)]
    for who in agents:
        stage.enters(who, who.title(), "it-help")
    mara = stage.actor("mara")
    await raise_vpn_ticket(mara)
    card = stage.slack.messages("CITHELP")[0]
    before = len(stage.seen_by("mara")), len(stage.seen_by("jo"))
    clicks = (stage.slack.clicks(stage.users[who], card, "Claim") for who in agents)
    answers = await asyncio.gather(*clicks)
    assert all(answer.is_acked for answer in answers)
    await stage.settle()
    (winner,) = [who for who in agents if f"Assigned to {who.title()}" in reads(card)]
    told = [reads(one) for who in agents for one in stage.slack.ephemerals(stage.users[who])]
    assert len([one for one in told if winner.title() in one]) == 19
    assert stage.slack.ephemerals(stage.users[winner]) == []
    receipt = mara.sees(f"{winner.title()} is on it")
    shown = stage.slack.workspace.messages[receipt.place][receipt.message]
    announced = [blocks for _, blocks in shown.versions if "is on it" in str(blocks)]
    assert announced == []  # it has come to read so, and was not changed again
    assert (len(stage.seen_by("mara")), len(stage.seen_by("jo"))) == before


# --- words ----------------------------------------------------------------------------------------


def is_words(asked: Field) -> bool:
    return asked.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT} and asked.name != "until"


def fine(asked: Field) -> str | tuple[str, ...]:
    """Return an answer that nobody minds."""
    if is_words(asked):
        return LIVE if not asked.limit or len(LIVE) <= asked.limit else "<!here> &lt;"
    if asked.name == "until":
        return "2d"
    if asked.options:
        return asked.value if asked.name == "topic" else asked.options[0].value
    others: dict[FieldKind, str] = {
        FieldKind.PERSON: "sam",
        FieldKind.DATE: "2026-12-01",
        FieldKind.NUMBER: "1",
    }
    return others.get(asked.kind, "")


async def form_of(stage: SlackStage, verb: Verb, number: int) -> tuple[str, Form]:
    """Return a form about a new ticket, and who may fill it in."""
    await raise_ticket(stage)
    await stage.settle()
    who = "mara" if verb.name in OF_REQUESTERS else "jo"
    if verb.name in {"came_back", "rate_comment", "reopen"}:
        await close(stage, number)
    elif verb.name not in {"add", "add_info"}:
        await does(stage, "jo", Clicked(id=f"claim:{number}:0"))
    if verb.name == "rate_comment":
        await does(stage, "mara", Clicked(id=f"rate:{number}:99:4"))
    opened = await answered(stage, who, Clicked(id=f"{verb.name}:{number}:0"))
    assert opened.form is not None, (verb.name, opened)
    return who, opened.form


def texts_of(stage: SlackStage, number: int) -> list[str]:
    """Return everything anybody wrote on a ticket."""
    entries = stage.parts.store.read(lambda tx: tx.entries.of(number, frozenset(EntryKind)))
    return [entry.text for entry in entries]


@pytest.mark.parametrize("slack_stage", ["slack-socket"], indirect=True)
async def test_markup_in_every_field_of_every_form_arrives_as_letters(
    slack_stage: SlackStage,
) -> None:
    """That nothing at all has gone live, the stage itself looks at in the end."""
    stage = slack_stage
    stage.change_policy(("open_cap: 20", "open_cap: 2000"), ("per_hour: 10", "per_hour: 2000"))
    await raise_ticket(stage)  # to be linked with, and merged into
    forms = [verb for verb in VERBS if verb.form and verb.on_ticket]
    for number, verb in enumerate(forms, start=2):
        who, shape = await form_of(stage, verb, number)
        values: Values = {one.name: fine(one) for one in shape.fields}
        answer = await answered(stage, who, Submitted(id=shape.id, values=values))
        assert not answer.is_refusal, (verb.name, answer)
        await stage.settle()
        if LIVE in values.values():
            assert LIVE in texts_of(stage, number), (verb.name, texts_of(stage, number))
            assert any(stage.actor(one).count(LIVE) for one in ("mara", "jo")), verb.name


@pytest.mark.parametrize("slack_stage", ["slack-socket"], indirect=True)
@pytest.mark.parametrize(("who", "verb"), [("mara", "new"), ("jo", "for")])
async def test_markup_in_the_forms_that_open_a_ticket_arrives_as_letters(
    slack_stage: SlackStage, who: str, verb: str
) -> None:
    stage = slack_stage
    values: Values = {"topic": "network", "summary": LIVE, "details": f"So: {LIVE}"}
    values |= {"q.place": "At home", "q.message": f"Read: {LIVE}"}
    values |= {"requester": "mara"} if verb == "for" else {}
    answer = await answered(stage, who, Submitted(id=f"{verb}:0:0", values=values))
    assert not answer.is_refusal, answer
    await stage.settle()
    mara, jo = stage.actor("mara"), stage.actor("jo")
    written = "\n".join(texts_of(stage, 1))
    for text in (LIVE, f"So: {LIVE}", f"Read: {LIVE}"):
        assert text in written
        jo.sees(text)
    mara.sees(f"#1 {LIVE}")


@pytest.mark.parametrize("slack_stage", ["slack-socket"], indirect=True)
async def test_somebody_really_mentioned_is_a_name_in_letters(slack_stage: SlackStage) -> None:
    stage = slack_stage
    mara, jo = stage.actor("mara"), stage.actor("jo")
    await mara.types("/ticket new @sam has my cable")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home")
    jo.sees("#1 @Sam Reyes has my cable")
    await jo.types("/ticket claim 1")
    await mara.says("Ask @sam or <!channel>", under="#1 @Sam Reyes")
    jo.sees("Ask @Sam Reyes or <!channel>")
    await mara.edits("or <!channel>", "Ask @dana")
    jo.sees("Ask @Dana Wolf")
    await jo.types("/ticket reply 1 I ask @sam")
    await jo.types("/ticket assign 1 @sam")
    await stage.time_passes(minutes=1)
    mara.sees("I ask @Sam Reyes")
    jo.sees("Assigned to Sam Reyes")


@pytest.mark.parametrize("slack_stage", ["slack-socket"], indirect=True)
async def test_markup_in_talk_names_and_files_arrives_as_letters(slack_stage: SlackStage) -> None:
    stage = slack_stage
    mara, jo = stage.actor("mara"), stage.actor("jo")
    stage.slack.workspace.people["UMARA"].real_name = LIVE
    await raise_vpn_ticket(mara)
    jo.sees(LIVE)
    await jo.types("/ticket claim 1")
    await mara.says(f"talk {LIVE}", under="#1 VPN drops")
    jo.sees(f"talk {LIVE}")
    await mara.edits("talk", f"better {LIVE}")
    jo.sees(f"better {LIVE}")
    for verb in ("reply", "note", "ask"):
        await jo.types(f"/ticket {verb} 1 {verb} {LIVE}")
        await stage.time_passes(minutes=1)
        jo.sees(f"{verb} {LIVE}")
    mara.sees(f"reply {LIVE}")
    mara.sees(f"ask {LIVE}")
    named = stage.slack.file("<!here> &lt; *b*.log", b"10:02 reset", "UMARA")
    receipt = mara.sees("#1 VPN drops")
    await stage.slack.says("UMARA", receipt.place, "see", receipt.message, files=[named])
    await stage.settle()
    jo.sees("<!here> &lt; *b*.log")


# --- length ---------------------------------------------------------------------------------------


def words_to(length: int, name: str) -> str:
    """Return a text of this length in which every word stands once."""
    text = " ".join(f"{name}{number:04d}" for number in range(length // (len(name) + 5) + 1))
    return text[:length].rstrip().ljust(length, "x")


def all_of(stage: SlackStage, who: str) -> str:
    """Return everything somebody reads, one after the other, without white space."""
    return "".join("".join(seen.text.split()) for seen in stage.seen_by(who))


@pytest.mark.parametrize("length", [3001, 13_000])
async def test_long_texts_are_read_whole(slack_stage: SlackStage, length: int) -> None:
    stage = slack_stage
    mara, jo = stage.actor("mara"), stage.actor("jo")
    await mara.types("/ticket new VPN drops every 10 minutes")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home", details=words_to(3000, "d"))
    await jo.types("/ticket claim 1")
    said, answered_with = words_to(length, "s"), words_to(length, "r")
    await mara.says(said, under="#1 VPN drops")
    await jo.types(f"/ticket reply 1 {answered_with}")
    await stage.time_passes(minutes=1)
    await jo.types(f"/ticket note 1 {words_to(length, 'n')}")
    for text in (words_to(3000, "d"), said, answered_with, words_to(length, "n")):
        assert "".join(text.split()) in all_of(stage, "jo"), text[:10]
    assert "".join(answered_with.split()) in all_of(stage, "mara")
