"""A person is erased: nothing they wrote, sent or were called is left in any byte of the desk."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import text

from chatdesk import bootstrap
from chatdesk.adapters.db import address_of
from chatdesk.adapters.local.records import KeptFile
from chatdesk.bootstrap.erasing import Erased
from chatdesk.config import Settings
from chatdesk.lifecycle.record import fold
from chatdesk.lifecycle.ticket import EntryKind, PersonId
from chatdesk.ports import Traces, Transaction, Trouble
from chatdesk.ui.exchange import Answer, Clicked, Interaction, Said, Submitted, Visitor
from chatdesk.ui.forms import Values
from tests.adapters.conftest import migrated_url
from tests.inside import connection_of
from tests.scenarios.local_stage import LocalStage
from tests.scenarios.stage import Actor

EVERY_KIND = frozenset(EntryKind)
OTHERS = "keepthiswordq"
"""What somebody else wrote on their own ticket, where Mara said nothing."""


def marked(field: str) -> str:
    """A word for one field, found nowhere else."""
    return f"zq{field}qz"


MARK = re.compile(rb"zq[a-z0-9]+qz")

FIELDS = {
    *("name", "handle", "summary", "details", "answers", "added", "before", "after", "deleted"),
    *("filename", "filebytes", "note", "thread", "ask", "reply", "hold", "release", "escalate"),
    *("priority", "resolution", "cause", "notfixed", "comment", "parked", "watched"),
    *("forher", "oldwords", "undelivered", "draft", "broken", "direct"),
}
"""Every field a person, or somebody about them, can write into."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database that nobody else uses."""
    with migrated_url(request, request.param, is_shared=False) as lent:
        yield lent


@asynccontextmanager
async def a_desk(url: str, data_dir: Path) -> AsyncIterator[LocalStage]:
    """A working desk on which Mara goes by another name."""
    stage = LocalStage(data_dir, url)
    people = stage.parts.platform.people
    people["local:mara"] = replace(people["local:mara"], name=f"Mara {marked('name')}")
    async with stage.working():
        yield stage


@pytest.fixture
async def stage(url: str, tmp_path: Path) -> AsyncIterator[LocalStage]:
    """A desk that is at work all the time."""
    async with a_desk(url, tmp_path) as working:
        yield working


def dump(stage: LocalStage, url: str) -> bytes:
    """Every byte the desk keeps: its files, logs included, and PostgreSQL's rows in binary."""
    folders = [stage.parts.settings.data_dir]
    address = address_of(url)
    if address.get_backend_name() == "sqlite":
        folders.append(Path(str(address.database)).parent)
    found = [
        path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()
    ]
    if address.get_backend_name() == "postgresql":
        found += _rows(url)
    return b"\n".join(found).lower()


def _rows(url: str) -> Iterator[bytes]:
    with psycopg.connect(url) as connection:
        query = "SELECT relname FROM pg_stat_user_tables"
        for (table,) in connection.execute(query).fetchall():
            copy = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
            with connection.cursor().copy(copy) as rows:
                yield b"".join(bytes(block) for block in rows)


def marks_in(dumped: bytes) -> set[str]:
    return {found.decode()[2:-2] for found in MARK.findall(dumped)}


# --- a life full of words -------------------------------------------------------------------------


async def fill_every_field(stage: LocalStage) -> None:
    """Have Mara, and others about her, write a word of its own into every field there is."""
    mara, jo, sam = (Actor(stage, who) for who in ("mara", "jo", "sam"))
    await mara.types(f"/ticket new {marked('summary')}")
    await mara.chooses(topic="network")
    words = {"details": marked("details"), "q__message": marked("answers")}
    answer = await mara.fills(q__place="At home", **words)
    assert not answer.errors, answer.errors
    await send_a_file(stage, mara)
    await jo.types("/ticket claim 1")
    await mara.says(marked("added"), under=f"#1 {marked('summary')}")
    await mara.says(f"I mean {marked('before')}", under=f"#1 {marked('summary')}")
    await mara.edits(marked("before"), f"I meant {marked('after')}")
    await mara.says(f"Oops {marked('deleted')}", under=f"#1 {marked('summary')}")
    await mara.deletes(marked("deleted"))
    await jo.says(marked("thread"), under=f"#1 {marked('summary')}")
    await jo.types(f"/ticket note 1 {marked('note')}")
    await jo.types(f"/ticket reply 1 {marked('reply')}")
    await stage.time_passes(minutes=1)
    await jo.types(f"/ticket ask 1 {marked('ask')}")
    await mara.says("5.1", under=f"#1 {marked('summary')}")
    await jo.types(f"/ticket hold 1 1d {marked('hold')}")
    await jo.types("/ticket resume 1")
    await jo.types(f"/ticket priority 1 high {marked('priority')}")
    await jo.types(f"/ticket escalate 1 {marked('escalate')}")
    await sam.types("/ticket claim 1")
    holder = jo if "Jo" in sam.told else sam
    await holder.types(f"/ticket release 1 {marked('release')}")
    await jo.types("/ticket claim 1")
    await solve_it_twice(stage, mara, jo)
    await write_elsewhere(stage, mara, jo, sam)
    await jo.types("/ticket digest now")


async def send_a_file(stage: LocalStage, mara: Actor) -> None:
    store, platform = stage.parts.store, stage.parts.platform
    name, content = f"{marked('filename')}.txt", marked("filebytes").encode()

    def keep(tx: Transaction) -> str:
        person = tx.people.by_handle("local:mara")
        assert person is not None
        return tx.attachments.add(
            name=name, media_type="text/plain", content=content, by=person.person
        )

    kept = store.write(keep)
    file = KeptFile(attachment=kept, name=name, media_type="text/plain", size=len(content))
    platform.remember_file(file, "local:mara")
    receipt = mara.sees(f"#1 {marked('summary')}")
    said = Said(text="A picture", message="999999", files=(kept,))
    await stage.act("mara", said, receipt.place, receipt.thread or receipt.message)
    await stage.settle()
    assert store.read(lambda tx: tx.attachments.carried_by(kept))


async def solve_it_twice(stage: LocalStage, mara: Actor, jo: Actor) -> None:
    solved: Values = {
        "code": "fixed",
        "summary": marked("resolution"),
        "root_cause": marked("cause"),
    }
    await stage.act("jo", Submitted(id="resolve:1:0", values=solved), stage.home_of("jo"), "")
    await stage.settle()
    await mara.clicks("Not fixed")
    await mara.fills(why=marked("notfixed"))
    again: Values = {"code": "fixed", "summary": "Once more"}
    await stage.act("jo", Submitted(id="resolve:1:0", values=again), stage.home_of("jo"), "")
    await stage.act("mara", Clicked(id="confirm:1:0"), stage.home_of("mara"), "")
    await stage.settle()
    await mara.clicks("🙁 Poor")
    rated = Submitted(id="rate_comment:1:0", values={"comment": marked("comment")})
    await stage.act("mara", rated, stage.home_of("mara"), "")
    await stage.settle()


async def write_elsewhere(stage: LocalStage, mara: Actor, jo: Actor, sam: Actor) -> None:
    """Words of hers on another's ticket, of another on hers, and one that nobody else touches."""
    for who, words in (("sam", "A new chair"), ("sam", OTHERS)):
        filled: Values = {"topic": "network", "q.place": "At home", "summary": words}
        await stage.act(who, Submitted(id="new:0:0", values=filled), stage.home_of(who), "")
    await sam.types("/ticket add 2 @mara")
    await stage.settle()
    added = Submitted(id="add_info:2:0", values={"text": marked("watched")})
    await stage.act("mara", added, stage.home_of("mara"), "")
    person = stage.parts.store.read(lambda tx: tx.people.by_handle("local:mara"))
    assert person is not None
    place = {"topic": "network", "q.place": "At home"}
    forher: Values = {**place, "summary": marked("forher"), "requester": person.person}
    await stage.act("jo", Submitted(id="for:0:0", values=forher), stage.home_of("jo"), "")
    await stage.settle()
    stage.parts.store.write(lambda tx: _leave_traces_of_failures(tx, person.person))


def _leave_traces_of_failures(tx: Transaction, person: PersonId) -> None:
    """What a platform may have quoted, another way to reach her, and what was there before."""
    tx.outbox.put(f"person:{person}", "digest", None, {"about": marked("oldwords")})
    (row,) = tx.outbox.claim(1, timedelta(minutes=1))
    assert tx.outbox.park(row, f"refused: {marked('parked')}")
    entry = tx.erasing.entries_by(person)[0]
    tx.marks.set(f"undelivered:{entry}", marked("undelivered"))
    tx.marks.set("local:drafts:mara", marked("draft"))
    add = text("INSERT INTO handles (handle, person) VALUES (:handle, :person)")
    broken = f"email:{marked('broken')}@example.org"
    for handle in (f"email:{marked('handle')}@example.org", broken):
        known = {"handle": handle, "person": person}
        connection_of(tx).execute(add, known)
    trouble = Trouble(
        platform="email", place=broken, code="gone", why=f"{broken} is gone", lane=row.lane
    )
    tx.troubles.note(trouble)
    tx.troubles.strand(trouble, row)
    # The same in the place where they were written to, as it was told to an admin.
    direct = replace(trouble, place=marked("direct"), why=marked("direct"))
    tx.troubles.note(direct)
    about = {"platform": "email", "place": direct.place, "lane": row.lane, "waited": 1}
    tx.outbox.put("person:somebody", "trouble", None, about)


def settings_of(stage: LocalStage, url: str) -> Settings:
    return Settings(data_dir=stage.parts.settings.data_dir, database_url=SecretStr(url))


async def erase(stage: LocalStage, url: str, word: str = "local:mara") -> tuple[Traces, Erased]:
    """What `chatdesk erase` does, from another thread, while the desk works."""
    settings = settings_of(stage, url)
    (found,) = await asyncio.to_thread(bootstrap.traces, settings, word)
    erased = await asyncio.to_thread(bootstrap.erase, settings, found)
    await stage.settle()
    return found, erased


# --- the stories ----------------------------------------------------------------------------------


async def test_nothing_of_an_erased_person_is_left_in_any_byte(stage: LocalStage, url: str) -> None:
    await fill_every_field(stage)
    before = dump(stage, url)
    assert FIELDS - marks_in(before) == set(), "a field that was never written proves nothing"
    record = stage.parts.store.read(lambda tx: tx.tickets.record(1))

    found, erased = await erase(stage, url)
    assert (found.tickets, found.elsewhere) == ((1, 4), (2,))
    assert erased.files == 1
    assert erased.is_unreadable

    after = dump(stage, url)
    assert marks_in(after) == set()
    assert OTHERS.encode() in after, "what others wrote stays"
    store = stage.parts.store
    assert store.broken_records() == []
    assert store.verdict().faults == ()
    assert store.read(lambda tx: tx.tickets.record(1))[: len(record)] == record
    ticket = store.read(lambda tx: tx.tickets.load(1))
    assert fold(one.fact for one in store.read(lambda tx: tx.tickets.record(1))) == ticket
    entries = store.read(lambda tx: tx.entries.of(1, EVERY_KIND))
    assert entries
    assert {(one.text, one.salt, one.files) for one in entries} == {("", "", ())}
    last = store.read(lambda tx: tx.acts.all())[-1]
    assert (last.kind, last.about["person"]) == ("erased", found.person)


async def test_the_desk_goes_on_and_who_comes_back_is_a_stranger(
    stage: LocalStage, url: str
) -> None:
    await fill_every_field(stage)
    found, _ = await erase(stage, url)
    jo, mara = Actor(stage, "jo"), Actor(stage, "mara")
    await jo.types("/ticket show 1")
    assert "zq" not in jo.told
    await jo.types("/ticket show 4")
    await jo.types("/ticket reply 4 Is anybody there?")
    await jo.types("/ticket find keepthiswordq")
    assert "#3" in jo.told
    await jo.types("/ticket find zqnameqz")
    assert "#1" not in jo.told
    await stage.time_passes(days=12)
    parked = stage.parts.store.read(lambda tx: tx.outbox.parked())
    assert [row.why for row in parked] == [], "nobody is left to be told, and nothing waits for it"
    assert "could not be delivered, because" in jo.sees("Is anybody there?").text
    await mara.types("/ticket mine")
    assert "#1" not in mara.told
    again = stage.parts.store.read(lambda tx: tx.people.by_handle("local:mara"))
    assert again is not None
    assert again.person != found.person
    known = stage.parts.store.read(lambda tx: tx.people.get([found.person]))
    assert known[found.person].name == "\N{EM DASH}"


async def test_an_erasure_cut_off_is_run_again(
    stage: LocalStage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_every_field(stage)
    settings = settings_of(stage, url)
    (found,) = bootstrap.traces(settings, "local:mara")

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr("chatdesk.bootstrap.erasing._forget_some", cut_off)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.erase(settings, found)
    assert "handle" in marks_in(dump(stage, url)), "who it is about is forgotten last"
    await erase(stage, url)
    assert marks_in(dump(stage, url)) == set()
    assert stage.parts.store.verdict().faults == ()


async def test_a_delivery_that_comes_again_after_an_erasure_has_no_second_effect(
    stage: LocalStage, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mara = Actor(stage, "mara")
    heard: list[Interaction] = []
    receive = stage.parts.reception.receive

    def hear(interaction: Interaction) -> Answer:
        heard.append(interaction)
        return receive(interaction)

    monkeypatch.setattr(stage.parts.reception, "receive", hear)
    await mara.types("/ticket new Once")
    await mara.chooses(topic="network")
    await mara.fills(q__place="At home")
    await erase(stage, url)
    answer = await asyncio.to_thread(receive, heard[-1])
    assert answer.is_refusal
    assert stage.parts.store.read(lambda tx: tx.tickets.load(2)) is None


async def test_a_name_finds_everybody_who_has_it_and_where_others_wrote_it(
    stage: LocalStage, url: str
) -> None:
    await fill_every_field(stage)
    sam = Actor(stage, "sam")
    await sam.types(f"/ticket note 3 Ask Mara {marked('name')} about it")
    stage.parts.reception.person(
        Visitor(handle="local:other", name=f"Mara {marked('name')}", zone="UTC", locale="en")
    )
    found = bootstrap.traces(settings_of(stage, url), f"mara {marked('name')}")
    assert sorted(one.handles[-1] for one in found) == ["local:mara", "local:other"]
    mara = next(one for one in found if one.tickets)
    assert mara.mentions == (3,)
    assert bootstrap.traces(settings_of(stage, url), "local:nobody") == []


async def test_what_is_kept_of_a_person_is_written_out_for_them(
    stage: LocalStage, url: str, tmp_path: Path
) -> None:
    await fill_every_field(stage)
    settings = settings_of(stage, url)
    (found,) = bootstrap.traces(settings, "local:mara")
    told, file = bootstrap.export_person(settings, found, tmp_path / "out")
    written = json.loads(told.read_text())
    words = json.dumps(written)
    for field in ("name", "handle", "summary", "details", "added", "reply", "watched", "notfixed"):
        assert marked(field) in words, field
    for field in ("note", "cause", "thread", "release"):
        assert marked(field) not in words, f"{field} was never for her eyes"
    assert file.read_bytes() == marked("filebytes").encode()
