"""The bench that replays a real help desk, on its first cases: is it still telling the truth."""

from pathlib import Path

import pytest

from bench import replay_helpdesk
from bench.common import Table
from bench.helpdesk_log import FILE, Event, read_log
from bench.helpdesk_mapping import Replay, policy_of
from chatdesk.adapters import db
from chatdesk.lifecycle import record

CASES = 150


@pytest.fixture
def events(shared_data: Path) -> list[Event]:
    file = shared_data / FILE
    if not file.is_file():
        pytest.skip(f"needs the log of a real help desk: {file} does not exist")
    return read_log(file, CASES)


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'desk.db'}"
    db.migrate(address)
    return address


def test_the_desk_lives_through_real_cases_as_their_log_tells_it(
    url: str, events: list[Event]
) -> None:
    table = Table()
    replay_helpdesk.replay_on(url, events, table)
    assert not table.missed


def test_a_case_that_only_the_desk_knows_is_noticed(url: str, events: list[Event]) -> None:
    cases = list(dict.fromkeys(event.case for event in events))[:20]
    few = [event for event in events if event.case in cases]
    store = db.open_store(url, record)
    replay = Replay(store, few, policy_of(few))
    replay.run()
    replay.events = [event for event in few if event.case != cases[0]]
    table = Table()
    replay_helpdesk.check_figures(store, replay, table)
    store.close()
    assert any("figures of all time" in missed for missed in table.missed)
