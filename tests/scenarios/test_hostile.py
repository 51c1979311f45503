"""Whatever people write is kept alike on both databases, shown literally, and breaks nothing."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path

import pytest

from chatdesk.config.source import example_file
from chatdesk.lifecycle.facts import MAX_TEXT, clean_text
from chatdesk.lifecycle.ticket import EntryKind
from chatdesk.ports import Transaction
from chatdesk.ui.checking import SHORT_TEXT
from chatdesk.ui.exchange import Clicked, Interaction, Submitted, Typed, Visitor
from chatdesk.ui.forms import Field, FieldKind, Form, Values
from chatdesk.verbs import TYPED, VERBS, Audience, Verb
from tests.scenarios.acts import VPN_DROPS, answered, close, does, raise_ticket
from tests.scenarios.local_stage import LocalStage

EVERYBODY = ("mara", "jo", "sam", "dana")

LONG = "x" * 100_000

HOSTILE = (
    "\x00\u202eEvil\u202c 👩\u200d🚀 e\u0301 \ud83d @everyone <!channel> <@U1|x> *b* [a](http://b) "
    "<script>alert(1)</script> {{7*7}} {% raw %}{# #} ${7*7} '; DROP TABLE tickets; --"
)
"""NUL, text turned round, half a character, pings, markup, templates and SQL, in one line."""

KEPT = clean_text(HOSTILE).strip()

BLANKS = ("", "  \u200b\n\u2060 ")

OF_REQUESTERS = frozenset({"add", "add_info", "came_back", "rate_comment", "reopen"})
"""Forms that the requester fills in."""

WRONG = (HOSTILE, LONG, "-1", "²", "9" * 40)
"""What is no choice, no number, no date, no person and no span."""


@pytest.fixture(autouse=True)
def no_bugs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when anything was logged as an error: every answer was meant to be given."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not errors, "\n".join(f"{one.getMessage()}\n{one.exc_text}" for one in errors)


@pytest.fixture
async def stage(store_url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """A desk that lets people open as much as they like."""
    data_dir = tmp_path / "desk-data"
    data_dir.mkdir()
    policy = example_file().read_text()
    for cap in ("open_cap: 20", "per_hour: 10"):
        policy = policy.replace(cap, f"{cap}00")
    (data_dir / "desk.yaml").write_text(policy)
    async with LocalStage(data_dir, store_url).working() as working:
        yield working


def latest(stage: LocalStage) -> int:
    """Return the number of the ticket opened last."""

    def work(tx: Transaction) -> int:
        newest: set[int] = set()
        for who in EVERYBODY:
            person = tx.people.by_handle(f"local:{who}")
            assert person is not None
            newest |= {*tx.tickets.unsolved_of(person.person)}
        return max(newest)

    return stage.parts.store.read(work)


def texts_of(stage: LocalStage, number: int) -> list[str]:
    """Return everything anybody wrote on a ticket."""
    entries = stage.parts.store.read(lambda tx: tx.entries.of(number, frozenset(EntryKind)))
    return [entry.text for entry in entries]


def kinds_of(stage: LocalStage, number: int) -> list[str]:
    """Return what happened to a ticket."""
    return stage.parts.store.read(lambda tx: [one.fact.kind for one in tx.tickets.record(number)])


def is_shown(stage: LocalStage, text: str) -> bool:
    """Tell whether anybody reads these very words."""
    return any(text in seen.text for who in EVERYBODY for seen in stage.seen_by(who))


# --- every field of every form --------------------------------------------------------------------


def is_words(asked: Field) -> bool:
    return asked.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT} and asked.name != "until"


def fine(asked: Field) -> str | tuple[str, ...]:
    """Return an answer that nobody minds."""
    if asked.options:
        return asked.value if asked.name == "topic" else asked.options[0].value
    if asked.name == "until":
        return "2d"
    given: dict[FieldKind, str | tuple[str, ...]] = {
        FieldKind.PERSON: "@sam",
        FieldKind.DATE: "2026-12-01",
        FieldKind.NUMBER: "1",
        FieldKind.FILE: (),
    }
    return given.get(asked.kind, "Fine words")


def hostile(asked: Field) -> str:
    """Return hostile words that fit."""
    return HOSTILE if not asked.limit or len(HOSTILE) <= asked.limit else "{{7*7}}<!here>"


def wrong(asked: Field) -> Iterator[str | tuple[str, ...]]:
    """Yield what a field must refuse."""
    if asked.is_required:
        yield from BLANKS
    if asked.kind is FieldKind.FILE:
        yield from (("nobody-sent-this",), ("../../etc/passwd", HOSTILE))
    elif is_words(asked):
        yield LONG
    else:
        yield from WRONG


def filled_in(shape: Form, asked: Field | None = None) -> Values:
    """Return a form filled in so that a field of it is shown, or those that always are."""
    values = {one.name: fine(one) for one in shape.fields}
    if asked is not None and asked.shown is not None:
        values[asked.shown.when] = min(asked.shown.has)
    return values


async def assert_refused_at_its_field(stage: LocalStage, who: str, shape: Form) -> None:
    for asked in shape.fields:
        for text in wrong(asked):
            values = filled_in(shape, asked) | {asked.name: text}
            answer = await answered(stage, who, Submitted(id=shape.id, values=values))
            where = f"{asked.name} of {shape.id}, given {str(text)[:50]!r}: {answer}"
            is_file = asked.kind is FieldKind.FILE
            assert answer.is_refusal, where
            assert (
                (answer.errors.keys() & {"", asked.name})
                if is_file
                else asked.name in (answer.errors)
            ), where
            if is_words(asked) and text is LONG:
                figures = re.sub(r"[,.\s]", "", answer.errors[asked.name])
                assert str(asked.limit or SHORT_TEXT) in figures, where


async def assert_takes_any_words(stage: LocalStage, who: str, shape: Form) -> bool:
    """Fill in hostile words wherever words are asked for; tell whether that was anywhere."""
    words = {one.name: hostile(one) for one in shape.fields if is_words(one)}
    values = filled_in(shape) | words
    answer = await answered(stage, who, Submitted(id=shape.id, values=values))
    assert not answer.is_refusal, (shape.id, answer)
    await stage.settle()
    return HOSTILE in words.values()


async def form_of(stage: LocalStage, verb: Verb) -> tuple[str, int, Form]:
    """Return a form about a new ticket, the ticket, and who may fill it in."""
    await raise_ticket(stage)
    number = latest(stage)
    who = "mara" if verb.name in OF_REQUESTERS else "jo"
    if verb.name in {"came_back", "rate_comment", "reopen"}:
        await close(stage, number)
    elif verb.name not in {"add", "add_info"}:
        await does(stage, "jo", Clicked(id=f"claim:{number}:0"))
    if verb.name == "rate_comment":
        await does(stage, "mara", Clicked(id=f"rate:{number}:99:4"))
    opened = await answered(stage, who, Clicked(id=f"{verb.name}:{number}:0"))
    assert opened.form is not None, (verb.name, opened)
    return who, number, opened.form


async def test_every_form_about_a_ticket_takes_any_words_and_refuses_at_the_field(
    stage: LocalStage,
) -> None:
    await raise_ticket(stage)  # to be linked with, and merged into
    for verb in (verb for verb in VERBS if verb.form and verb.on_ticket):
        who, number, shape = await form_of(stage, verb)
        before = kinds_of(stage, number)
        await assert_refused_at_its_field(stage, who, shape)
        assert kinds_of(stage, number) == before, verb.name
        if await assert_takes_any_words(stage, who, shape):
            assert KEPT in texts_of(stage, number), (verb.name, texts_of(stage, number))
            assert is_shown(stage, KEPT), verb.name


async def test_the_form_of_every_topic_takes_any_words_and_refuses_at_the_field(
    stage: LocalStage,
) -> None:
    for topic, (who, verb) in product(
        stage.parts.policy.current.topics, (("mara", "new"), ("jo", "for"))
    ):
        chosen = Submitted(id=f"{verb}:0:0", values={"topic": topic}, is_refresh=True)
        shape = (await answered(stage, who, chosen)).form
        assert shape is not None
        await assert_refused_at_its_field(stage, who, shape)
        assert await assert_takes_any_words(stage, who, shape)
        texts = texts_of(stage, latest(stage))
        assert texts[:2] == [KEPT, KEPT], texts
        assert is_shown(stage, KEPT)


# --- words said and typed -------------------------------------------------------------------------


async def test_talk_is_kept_and_shown_as_it_was_written(stage: LocalStage) -> None:
    await raise_ticket(stage)
    await stage.settle()
    mara, jo = stage.actor("mara"), stage.actor("jo")
    said = HOSTILE.replace("\ud83d", "\ufffd")  # as a platform's own database keeps it
    await mara.says(said, under="#1 VPN drops")
    await jo.says(f"{said} (internal)", under="#1 VPN drops")
    assert texts_of(stage, 1)[-2:] == [KEPT, f"{KEPT} (internal)"]
    jo.sees(KEPT)
    mara.does_not_see("(internal)")
    await mara.edits("Evil", f"{said} again")
    assert texts_of(stage, 1)[-2] == f"{KEPT} again"
    jo.sees(f"{KEPT} again")


@pytest.mark.parametrize("text", [*BLANKS, LONG])
async def test_words_that_are_none_or_too_many_are_refused_kindly(
    stage: LocalStage, text: str
) -> None:
    await raise_ticket(stage)
    await stage.settle()
    before = kinds_of(stage, 1)
    for who in ("mara", "jo"):
        actor = stage.actor(who)
        answer = await actor.says(text, under="#1 VPN drops")
        assert answer.is_refusal, (who, answer)
        assert actor.told
        if text is LONG:
            assert str(MAX_TEXT) in re.sub(r"[,.\s]", "", actor.told)
    assert kinds_of(stage, 1) == before


@pytest.mark.parametrize("text", [*BLANKS, LONG])
async def test_words_are_not_edited_away(stage: LocalStage, text: str) -> None:
    await raise_ticket(stage)
    await stage.settle()
    mara = stage.actor("mara")
    await mara.says("It says 5.1", under="#1 VPN drops")
    before = kinds_of(stage, 1)
    answer = await mara.edits("It says 5.1", text)
    assert answer.is_refusal, answer
    assert texts_of(stage, 1)[-1] == "It says 5.1"
    assert kinds_of(stage, 1) == before


async def test_any_words_behind_any_verb_get_a_kind_answer(stage: LocalStage) -> None:
    await raise_ticket(stage)
    words = ("", *WRONG, f"1 {HOSTILE}", "1.5", "1 1", "\u0661", "until 0001-01-01")
    verbs = (*TYPED, HOSTILE, LONG, "\x00", "")
    for verb, text in product(verbs, words):
        who = "mara" if verb in TYPED and TYPED[verb].audience is Audience.ANYONE else "jo"
        answer = await answered(stage, who, Typed(text=f"/ticket {verb} {text}"))
        assert answer.card or answer.form or answer.errors, (who, verb[:20], text[:20])
    await stage.settle()


async def test_any_name_zone_and_language_a_platform_tells_of_people_will_do(
    stage: LocalStage,
) -> None:
    for name, zone, locale in (
        (HOSTILE, "Nowhere/Land", "xx-\x00"),
        ("", "", ""),
        (LONG, "../../etc/passwd", LONG),
        ("\ud800", "\ud800", "\ud800"),
    ):
        visitor = Visitor(handle="local:mara", name=name, zone=zone, locale=locale)
        for done in (Submitted(id="new:0:0", values=VPN_DROPS), Typed(text="/ticket mine")):
            answer = stage.parts.reception.receive(
                Interaction(
                    key=secrets.token_hex(8), platform="local", by=visitor, place="", done=done
                )
            )
            assert not answer.is_refusal, answer
    await stage.settle()
    assert is_shown(stage, "VPN drops")


@pytest.mark.parametrize("is_talk", [True, False])
async def test_a_reply_is_kept_while_it_is_asked_whether_it_goes_out(
    stage: LocalStage, is_talk: bool
) -> None:
    await raise_ticket(stage)
    await stage.settle()
    await does(stage, "sam", Typed(text="/ticket reply 1 Try client 5.2"))
    await stage.settle()
    jo = stage.actor("jo")
    if is_talk:
        answer = await jo.says("!reply Or the old one", under="#1 VPN drops")
    else:
        answer = await jo.types("/ticket reply 1 Or the old one")
    assert answer.form is not None, answer
    text = answer.form.field("text")
    assert text is not None
    assert text.value == "Or the old one"


async def test_words_said_to_the_desk_by_its_name_are_kept_when_they_begin_with_no_verb(
    stage: LocalStage,
) -> None:
    await raise_ticket(stage)
    await stage.settle()
    mara, jo = stage.actor("mara"), stage.actor("jo")
    await mara.says("@chatdesk the printer is on fire, too", under="#1 VPN drops")
    assert "Kept as what you said here." in mara.told
    jo.sees("the printer is on fire, too")
    await jo.says("@chatdesk clam is what she calls it", under="#1 VPN drops")
    assert "Kept as a note: only colleagues see it." in jo.told
    assert "“@chatdesk claim”" in jo.told
    mara.does_not_see("clam is what")
    await jo.types("/ticket show 1")
    assert "clam is what she calls it" in jo.told
    await jo.says("@chatdesk claim", under="#1 VPN drops")
    jo.sees("Assigned to Jo Park")


async def test_words_said_to_the_desk_in_no_tickets_conversation_begin_one(
    stage: LocalStage,
) -> None:
    mara = stage.actor("mara")
    answer = await mara.writes("@chatdesk the printer is on fire")
    assert answer.form is not None, answer
    summary = answer.form.field("summary")
    assert summary is not None
    assert summary.value == "the printer is on fire"
    in_channel = await stage.says("mara", "@chatdesk: it is\nstill on fire", "channel/general", "")
    assert in_channel.form is not None, in_channel
    details = in_channel.form.field("details")
    assert details is not None
    assert details.value == "it is\nstill on fire"
    await mara.writes("@chatdesk hlep")
    assert "Did you mean “help”?" in mara.told
    nothing_meant = await stage.says("mara", "Lunch, anybody?", "channel/general", "")
    assert nothing_meant.form is None
    assert nothing_meant.card is None
    await mara.writes("@chatdesk")
    assert mara.answer.card is not None
