"""A changed policy file takes effect without a restart; a broken one changes nothing, aloud."""

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chatdesk.config import PolicyBroken, PolicySource

GOOD = """\
name: {name}
queues:
  it: {{title: IT help}}
topics:
  vpn: {{title: VPN, queue: it}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(GOOD.format(name="First"))
    return path


@pytest.fixture
def told() -> list[PolicyBroken]:
    return []


@pytest.fixture
def source(file: Path, told: list[PolicyBroken]) -> PolicySource:
    return PolicySource(file, on_broken=told.append)


def test_a_changed_file_is_in_force_after_a_refresh_and_not_before(
    source: PolicySource, file: Path
) -> None:
    file.write_text(GOOD.format(name="Second"))
    assert source.current.name == "First"
    assert source.refresh()
    assert source.current.name == "Second"
    assert not source.refresh()


def test_a_file_of_the_same_size_and_time_is_seen_to_have_changed(
    source: PolicySource, file: Path
) -> None:
    import os  # noqa: PLC0415 - only this test plays with times

    before = file.stat()
    file.write_text(GOOD.format(name="Tsrif"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.refresh()
    assert source.current.name == "Tsrif"


def test_a_comment_changes_nothing(source: PolicySource, file: Path) -> None:
    policy = source.current
    file.write_text(file.read_text() + "# a comment\n")
    assert not source.refresh()
    assert source.current == policy


def test_a_broken_file_keeps_the_policy_and_is_told_once(
    source: PolicySource, file: Path, told: list[PolicyBroken]
) -> None:
    file.write_text("nmae: x\n")
    assert not source.refresh()
    assert not source.refresh()
    assert source.current.name == "First"
    assert [broken.mistakes[-1].suggestion for broken in told] == ["name"]
    assert source.broken is told[0]


def test_each_new_mistake_is_told_and_a_mended_file_is_forgiven(
    source: PolicySource, file: Path, told: list[PolicyBroken]
) -> None:
    for content in ("nmae: x\n", "nmea: x\n", GOOD.format(name="First")):
        file.write_text(content)
        assert not source.refresh()  # the policy is as it was
    assert len(told) == 2
    assert source.broken is None


def test_a_file_that_is_gone_keeps_the_policy_until_it_is_back(
    source: PolicySource, file: Path, told: list[PolicyBroken]
) -> None:
    file.unlink()
    assert not source.refresh()
    assert not source.refresh()
    assert source.current.name == "First"
    assert [str(broken) for broken in told] == [
        f"{file}: there is no such file; `chatdesk setup` writes one"
    ]
    file.write_text(GOOD.format(name="Back"))
    assert source.refresh()
    assert (source.current.name, source.broken) == ("Back", None)


def test_a_desk_does_not_start_with_a_broken_file(file: Path) -> None:
    file.write_text("name: [")
    with pytest.raises(PolicyBroken):
        PolicySource(file)
    with pytest.raises(PolicyBroken):
        PolicySource(file, example=True)


def test_without_a_file_the_example_is_in_force_until_there_is_one(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    source = PolicySource(file, example=True)
    assert (source.is_example, source.current.name) == (True, "Northwind IT & Facilities")
    assert not source.refresh()
    file.write_text(GOOD.format(name="Ours"))
    assert source.refresh()
    assert (source.is_example, source.current.name) == (False, "Ours")
    file.unlink()
    assert not source.refresh()
    assert source.current.name == "Ours"


def test_without_a_file_that_was_asked_for_nothing_stands_in(tmp_path: Path) -> None:
    with pytest.raises(PolicyBroken, match="there is no such file"):
        PolicySource(tmp_path / "desk.yaml")


def test_unless_told_otherwise_mistakes_go_to_the_log(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = PolicySource(file)
    file.write_text("nmae: x\n")
    with caplog.at_level(logging.ERROR, "chatdesk"):
        source.refresh()
    assert f"{file}:1: nmae is not a key here; did you mean name?" in caplog.text
    assert "stays as it was" in caplog.text


def test_many_threads_may_refresh_and_read_at_once(
    source: PolicySource, file: Path, told: list[PolicyBroken]
) -> None:
    def use(number: int) -> str:
        if number % 10 == 0:
            fresh = file.with_suffix(f".{number}")
            fresh.write_text(GOOD.format(name=f"Desk {number}"))
            fresh.replace(file)
        source.refresh()
        return source.current.name

    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(use, range(200)))
    source.refresh()
    assert names <= {"First"} | {f"Desk {number}" for number in range(0, 200, 10)}
    assert source.current.name == file.read_text().splitlines()[0].removeprefix("name: ")
    assert not told
