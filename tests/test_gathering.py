"""What a decision is told, and what nobody needs to look up for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatdesk.adapters import db
from chatdesk.desk import Desk
from chatdesk.lifecycle import record
from chatdesk.lifecycle.facts import write
from chatdesk.lifecycle.intake import Open
from chatdesk.lifecycle.policy import HelpTopic, Policy, Queue, Routing
from chatdesk.lifecycle.ticket import PersonId, TopicName
from tests.worker_stage import HandTime

HEARD: list[str] = []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[db.SqlStore]:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    db.migrate(url)
    opened = db.open_store(url, record, on_statement=HEARD.append)
    yield opened
    opened.close()


def remember(store: db.SqlStore, handle: str) -> PersonId:
    return store.write(lambda tx: tx.people.remember(handle, name=handle, zone="UTC", locale="en"))


def asked_while_opening(store: db.SqlStore, routing: Routing) -> tuple[PersonId | None, list[str]]:
    policy = Policy(
        queues={"it": Queue(title="IT", agents=("local:jo",), routing=routing)},
        topics={"vpn": HelpTopic(title="VPN", queue="it")},
    )
    desk = Desk(store, HandTime(), lambda: policy)
    mara = remember(store, "local:mara")
    command = Open(topic=TopicName("vpn"), summary=write("VPN drops"), requester=mara, zone="UTC")
    HEARD.clear()
    ticket = desk.handle(command, mara).ticket
    return ticket.assignee, [one for one in HEARD if "FROM assignments" in one]


def test_where_tickets_wait_for_a_claim_nobody_asks_who_is_there(store: db.SqlStore) -> None:
    remember(store, "local:jo")
    assert asked_while_opening(store, Routing.MANUAL) == (None, [])


def test_where_tickets_go_round_everybody_is_asked_for(store: db.SqlStore) -> None:
    jo = remember(store, "local:jo")
    assignee, asked = asked_while_opening(store, Routing.ROUND_ROBIN)
    assert assignee == jo
    assert asked
