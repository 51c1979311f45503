"""Texts, files and people in the store: kept alike on both databases, however odd they are."""

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatdesk.adapters.db import SqlStore
from chatdesk.lifecycle.facts import clean_text
from chatdesk.lifecycle.ticket import EntryId, EntryKind, PersonId, QueueName
from chatdesk.ports import Entry, Person, Transaction
from tests.adapters.store_stories import HOUR, HR, IT, JO, LEA, MARA, MONDAY, SAM

EVERY_KIND = frozenset(EntryKind)
ODD_TEXTS = {
    "empty": "",
    "blank inside": "a\n\t b",
    "right to left": "\u202etxt.exe\u202c \u05e9\u05dc\u05d5\u05dd",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 ☃️",
    "mentions": "@everyone <!channel> <@U1|mara>",
    "markup": "</textarea><script>alert(1)</script> {{7*7}} {% raw %} ${x} %s %(x)s",
    "quotes": "'; DROP TABLE tickets; -- \" \\ \\' $$",
    "control": "\x01\x07\x1b[31m\x7f\x85",
    "very long": "é" * 100_000,
    "astral": "𝕬𐍈𠜎",
}


def entry(name: str, text: str = "hello", **how: object) -> Entry:
    given: dict[str, object] = {
        "entry": EntryId(name),
        "number": 7,
        "kind": EntryKind.MESSAGE,
        "purpose": "message_added",
        "author": MARA,
        "at": MONDAY,
        "text": text,
        "salt": "s",
    }
    return Entry(**{**given, **how})  # type: ignore[arg-type]  # fields of an entry


def add(store: SqlStore, one: Entry) -> None:
    store.write(lambda tx: tx.entries.add(one))


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_every_text_comes_back_as_it_was_written(store: SqlStore, text: str) -> None:
    store.write(lambda tx: tx.entries.add(entry("e1", text)))
    found = store.read(lambda tx: tx.entries.get([EntryId("e1")]))
    assert found[EntryId("e1")].text == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(max_size=300))
def test_what_was_cleaned_once_is_stored_alike(store: SqlStore, text: str) -> None:
    cleaned = clean_text(text)

    def keep_and_read(tx: Transaction) -> str | None:
        tx.marks.set("text", cleaned)
        return tx.marks.get("text")

    assert store.write(keep_and_read) == cleaned


def test_entries_come_in_the_order_in_which_they_were_added(store: SqlStore) -> None:
    note = entry("note", kind=EntryKind.NOTE, at=MONDAY - HOUR, files=("f1", "f2"))
    for one in (entry("first"), note, entry("elsewhere", number=8), entry("last")):
        add(store, one)
    everything = store.read(lambda tx: tx.entries.of(7, EVERY_KIND))
    assert [one.entry for one in everything] == ["first", "note", "last"]
    assert everything[1] == note
    public = frozenset({EntryKind.MESSAGE, EntryKind.REPLY})
    assert [one.entry for one in store.read(lambda tx: tx.entries.of(7, public))] == [
        "first",
        "last",
    ]
    wanted = [EntryId("last"), EntryId("missing"), EntryId("last")]
    assert list(store.read(lambda tx: tx.entries.get(wanted))) == ["last"]
    assert store.read(lambda tx: tx.entries.get([])) == {}


def test_an_edited_entry_has_its_new_text(store: SqlStore) -> None:
    add(store, entry("e1", "frist", files=("f1",)))
    store.write(lambda tx: tx.entries.change(EntryId("e1"), "first", MONDAY + HOUR))
    (changed,) = store.read(lambda tx: tx.entries.of(7, EVERY_KIND))
    assert changed == entry("e1", "first", files=("f1",), edited_at=MONDAY + HOUR)


def test_a_removed_entry_is_blank_and_stays_so(store: SqlStore) -> None:
    store.write(lambda tx: tx.entries.add(entry("e1", "secret", files=("f1",))))
    store.write(lambda tx: tx.entries.remove(EntryId("e1"), MONDAY + HOUR))
    store.write(lambda tx: tx.entries.change(EntryId("e1"), "secret again", MONDAY + 2 * HOUR))
    (removed,) = store.read(lambda tx: tx.entries.of(7, EVERY_KIND))
    assert removed == entry("e1", "", salt="", removed_at=MONDAY + HOUR)
    assert store.read(lambda tx: tx.attachments.carried_by("f1")) == []


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_kept_under_a_random_name(store: SqlStore) -> None:
    content = bytes(range(256)) * 10

    def keep(name: str) -> str:
        return store.write(
            lambda tx: tx.attachments.add(
                name=name, media_type="image/png", content=content, by=MARA
            )
        )

    first, second = keep("screen \u202egnp.exe\x00"), keep("b.png")
    assert first != second
    assert len(first) >= 32
    described = store.read(lambda tx: tx.attachments.describe([first, "missing", first]))
    assert described == {first: ("screen \u202egnp.exe", "image/png", 2560, MARA)}
    assert store.read(lambda tx: tx.attachments.content(first)) == content
    assert store.read(lambda tx: tx.attachments.content("missing")) is None
    assert store.read(lambda tx: tx.attachments.describe([])) == {}


def test_a_file_knows_which_entries_carry_it(store: SqlStore) -> None:
    note = entry("note", kind=EntryKind.NOTE, number=9, files=("f1", "f1"))
    for one in (entry("e1", files=("f1", "f2")), note):
        add(store, one)
    carried = store.read(lambda tx: tx.attachments.carried_by("f1"))
    assert carried == [(7, EntryKind.MESSAGE), (9, EntryKind.NOTE)]
    assert store.read(lambda tx: tx.attachments.carried_by("f3")) == []


# --- people ---------------------------------------------------------------------------------------


def remember(store: SqlStore, handle: str, name: str = "Mara", **how: str) -> PersonId:
    told = {"zone": "Europe/Berlin", "locale": "de", **how}
    return store.write(lambda tx: tx.people.remember(handle, name=name, **told))


def test_a_person_is_remembered_by_their_handle(store: SqlStore) -> None:
    mara = remember(store, "slack:U1")
    assert remember(store, "slack:U1", name="Mara K.", zone="Asia/Tokyo", locale="ja") == mara
    person = Person(person=mara, name="Mara K.", zone="Asia/Tokyo", locale="ja")
    assert store.read(lambda tx: tx.people.by_handle("slack:U1")) == person
    assert store.read(lambda tx: tx.people.get([mara, PersonId("nobody")])) == {mara: person}
    assert store.read(lambda tx: tx.people.handles(mara)) == ("slack:U1",)
    assert store.read(lambda tx: tx.people.by_handle("slack:U2")) is None
    assert store.read(lambda tx: tx.people.get([])) == {}
    assert remember(store, "slack:U2") != mara


def test_what_a_platform_does_not_tell_stays_as_it_was(store: SqlStore) -> None:
    mara = remember(store, "slack:U1")
    remember(store, "slack:U1", name="\u200b\x00", zone="", locale="")
    found = store.read(lambda tx: tx.people.get([mara]))[mara]
    assert found == Person(person=mara, name="Mara", zone="Europe/Berlin", locale="de")
    unnamed = remember(store, "slack:U9", name="", zone="", locale="")
    found = store.read(lambda tx: tx.people.get([unnamed]))[unnamed]
    assert found == Person(person=unnamed, name="slack:U9", zone="UTC", locale="")


def _join(person: PersonId, platform: str, queues: frozenset[QueueName], tx: Transaction) -> None:
    tx.people.set_joined(person, platform, queues)


def test_queues_are_joined_through_each_platform_apart(store: SqlStore) -> None:
    both, none = frozenset({IT, HR}), frozenset[QueueName]()
    for person, platform, queues in (
        (JO, "slack", both),
        (JO, "discord", frozenset({HR})),
        (SAM, "slack", frozenset({IT})),
        (LEA, "slack", none),
    ):
        store.write(partial(_join, person, platform, queues))
    assert store.read(lambda tx: tx.people.joined(JO)) == both
    assert store.read(lambda tx: tx.people.members(IT)) == (JO, SAM)
    assert store.read(lambda tx: tx.people.members(HR)) == (JO,)
    store.write(lambda tx: tx.people.set_joined(JO, "slack", none))
    assert store.read(lambda tx: tx.people.joined(JO)) == frozenset({HR})
    assert store.read(lambda tx: tx.people.members(IT)) == (SAM,)


def test_an_absence_is_noted_and_ends(store: SqlStore) -> None:
    jo = remember(store, "slack:U1")
    until = MONDAY + timedelta(days=3, microseconds=1)
    store.write(lambda tx: tx.people.set_away(jo, until))
    assert store.read(lambda tx: tx.people.get([jo]))[jo].away_until == until
    store.write(lambda tx: tx.people.set_away(jo, None))
    assert store.read(lambda tx: tx.people.get([jo]))[jo].away_until is None


def test_all_that_roles_follow_from_is_told_at_once(store: SqlStore) -> None:
    def arrange(tx: Transaction) -> PersonId:
        mara = tx.people.remember("slack:U1", name="Mara", zone="UTC", locale="")
        other = tx.people.remember("discord:9", name="Mara", zone="UTC", locale="")
        tx.links.join(mara, other, MONDAY)
        tx.people.set_joined(mara, "slack", frozenset({IT, HR}))
        tx.people.set_joined(mara, "discord", frozenset({IT}))
        return mara

    mara = store.write(arrange)
    for handle in ("slack:U1", "discord:9"):
        standing = store.read(lambda tx, one=handle: tx.people.standing(one))  # type: ignore[misc]  # bound at once
        assert standing is not None
        assert standing.person == store.read(lambda tx: tx.people.get([mara]))[mara]
        assert (standing.handles, standing.joined) == (("discord:9", "slack:U1"), {IT, HR})
    assert store.read(lambda tx: tx.people.ties(mara)) == (standing.handles, standing.joined)


def test_who_joined_nothing_stands_somewhere_and_nobody_stands_nowhere(store: SqlStore) -> None:
    store.write(lambda tx: tx.people.remember("slack:U1", name="Jo", zone="UTC", locale=""))
    standing = store.read(lambda tx: tx.people.standing("slack:U1"))
    assert standing is not None
    assert (standing.handles, standing.joined) == (("slack:U1",), frozenset())
    assert store.read(lambda tx: tx.people.standing("slack:U2")) is None
    assert store.read(lambda tx: tx.people.ties(JO)) == ((), frozenset())


def test_who_was_looked_at_within_a_unit_is_as_they_are_now(store: SqlStore) -> None:
    mara = store.write(lambda tx: tx.people.remember("local:m", name="Mara", zone="", locale=""))

    def unit(tx: Transaction) -> list[Person]:
        tx.people.ties(mara)
        seen = [tx.people.get([mara])[mara]]
        tx.people.remember("local:m", name="Mara Lind", zone="Asia/Tokyo", locale="")
        seen.append(tx.people.get([mara])[mara])
        tx.people.ties(mara)
        tx.people.set_away(mara, MONDAY)
        seen.append(tx.people.get([mara])[mara])
        return seen

    first, renamed, away = store.write(unit)
    assert (first.name, first.zone) == ("Mara", "UTC")
    assert (renamed.name, renamed.zone) == ("Mara Lind", "Asia/Tokyo")
    assert away.away_until == MONDAY
    assert store.read(lambda tx: (tx.people.ties(mara), tx.people.get([mara])[mara]))[1] == away


def test_words_are_told_alone_those_of_several_entries_at_once(store: SqlStore) -> None:
    store.write(lambda tx: tx.entries.add(entry("e1", "one"), entry("e2", "two", files=("f1",))))
    asked = [EntryId("e2"), EntryId("e1"), EntryId("e9")]
    assert store.read(lambda tx: tx.entries.texts(asked)) == {"e1": "one", "e2": "two"}
    assert store.read(lambda tx: tx.entries.texts([])) == {}
    kept = store.read(lambda tx: tx.entries.of(7, EVERY_KIND))
    assert [(one.entry, one.files) for one in kept] == [("e1", ()), ("e2", ("f1",))]
