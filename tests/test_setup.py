"""`chatdesk setup` asks a few questions and writes a desk.yaml that works, whatever is answered."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatdesk.config import Obstacle, parse_policy
from chatdesk.config.dialogue import QUESTIONS, Answer, begin, converse
from chatdesk.config.draft import ALWAYS, Draft, cleaned, likely_country, likely_zone, read_week
from chatdesk.lifecycle.policy import Policy


def policy_of(draft: Draft) -> Policy:
    return parse_policy(draft.write().encode(), "desk.yaml")


def test_without_any_answer_it_is_a_desk_for_the_local_workspace() -> None:
    policy = policy_of(Draft())
    queue = policy.queues["it-help"]
    assert (queue.title, queue.home, queue.leads) == (
        "IT help",
        {"local": "it-help"},
        ("local:jo",),
    )
    assert policy.topics["it-help"].queue == "it-help"
    assert policy.admins == policy.managers == ("local:dana",)


def test_the_answers_stand_in_the_file() -> None:
    policy = policy_of(
        Draft(
            name="Söder & Söhne: Hilfe",
            admins=("slack:U012AB3CD", "local:dana"),
            agents=("slack:U9",),
            queues=("IT, #1", "Küche", "kuche", "厨房"),
            zone="Europe/Berlin",
            country="DE",
            subdivision="BE",
            hours="mon-fri 9:00-12:30 13:30-17:00, sat 10:00-14:00",
        )
    )
    assert policy.name == "Söder & Söhne: Hilfe"
    assert policy.admins == ("slack:U012AB3CD", "local:dana")
    assert {name: queue.title for name, queue in policy.queues.items()} == {
        "it-1": "IT, #1",
        "kuche": "Küche",
        "kuche-2": "kuche",
        "queue": "厨房",
    }
    office = policy.hours["office"]
    assert (office.zone, office.country, office.subdivision) == ("Europe/Berlin", "DE", "BE")
    assert office.week["fri"] == ("09:00-12:30", "13:30-17:00")  # type: ignore[index]  # a word is a day
    assert office.week["sat"] == ("10:00-14:00",)  # type: ignore[index]  # as above
    assert len(office.week) == 6


def test_a_desk_may_be_open_always() -> None:
    assert policy_of(Draft(hours=ALWAYS)).hours["office"].always


def test_days_may_run_over_the_end_of_the_week() -> None:
    assert list(read_week("sat-mon 10:00-12:00")) == ["sat", "sun", "mon"]


WRONG: dict[str, tuple[Answer, str]] = {
    "zone": ("Europe/Berln", "did you mean Europe/Berlin?"),
    "country": ("Germany", "did you mean DE?"),
    "hours": ("mno-fri 09:00-17:00", "did you mean mon?"),
    "admins": (("dana",), "write platform:id"),
    "queues": ((), "queues is empty"),
    "name": ("", "name is empty"),
}


@pytest.mark.parametrize("part", WRONG)
def test_an_answer_that_cannot_be_used_is_refused_as_the_file_would_be(part: str) -> None:
    answer, said = WRONG[part]
    with pytest.raises(Obstacle, match=said.replace("?", r"\?")):
        begin({part: answer})


TEXTS = st.text(min_size=1, max_size=60).map(cleaned).filter(bool)


@settings(max_examples=100)
@given(name=TEXTS, titles=st.lists(TEXTS, min_size=1, max_size=4))
def test_whatever_things_are_called_the_file_says_just_that(name: str, titles: list[str]) -> None:
    policy = policy_of(Draft(name=name, queues=tuple(titles)))
    assert policy.name == name
    assert [queue.title for queue in policy.queues.values()] == titles


def converse_with(
    answers: dict[str, list[str]], given: dict[str, Answer]
) -> tuple[Draft, list[str]]:
    """Answer each question with the next of the answers to it, else with Enter."""
    said: list[str] = []
    waiting: dict[str, Iterator[str]] = {
        question.text: iter(answers.get(question.part, [])) for question in QUESTIONS
    }

    def ask(question: str, usual: str) -> str:
        said.append(question)
        return next(waiting[question], usual)

    return converse(begin(given), given, ask, said.append), said


def test_enter_takes_what_is_offered() -> None:
    draft, _ = converse_with({}, {})
    assert draft == begin({})


def test_a_wrong_answer_is_told_and_asked_again() -> None:
    draft, said = converse_with({"hours": ["whenever", "mon-wed 10:00-12:00"]}, {})
    assert draft.hours == "mon-wed 10:00-12:00"
    assert any(line.startswith("That cannot be: hours.office.week.whenever") for line in said)


def test_what_was_given_is_not_asked() -> None:
    given: dict[str, Answer] = {"zone": "Europe/Vienna", "queues": ("Help",)}
    draft, said = converse_with({"queues": ["Other"]}, given)
    assert (draft.zone, draft.queues) == ("Europe/Vienna", ("Help",))
    assert not any("queues" in line or "zone" in line for line in said)


def test_the_country_follows_the_time_zone_and_can_be_none() -> None:
    draft, said = converse_with({"zone": ["Europe/Vienna"]}, {})
    assert draft.country == "AT"
    assert any("state or province" in line for line in said)
    draft, said = converse_with({"zone": ["Europe/Vienna"], "country": ["none"]}, {})
    assert draft.country == ""
    assert not any("state or province" in line for line in said)


def test_several_answers_are_read_as_people_write_them() -> None:
    draft, _ = converse_with(
        {
            "queues": ["IT help, Facilities ,"],
            "admins": ["local:dana, local:sam"],
            "agents": ["none"],
        },
        {},
    )
    assert draft.queues == ("IT help", "Facilities")
    assert draft.admins == ("local:dana", "local:sam")
    assert draft.agents == ()


def test_the_zone_of_the_machine_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    assert likely_zone() == "Europe/Lisbon"
    monkeypatch.setenv("TZ", "EST5EDT4,M3.2.0,M11.1.0")
    assert likely_zone() == "UTC"


def test_a_zone_that_belongs_to_no_country_has_no_holidays() -> None:
    assert likely_country("UTC") == ""
    assert likely_country("Europe/Berlin") == "DE"
