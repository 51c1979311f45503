"""The policy changes while tickets wait: promises are reckoned anew, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from chatdesk.bootstrap.running import Refreshing
from chatdesk.config.source import example_file
from tests.scenarios.acts import raise_vpn_ticket
from tests.scenarios.desk_stage import DeskStage
from tests.scenarios.stage import Actor
from tests.scenarios.test_outages import page_over


async def test_a_stricter_promise_holds_for_tickets_that_wait_already(stage: DeskStage) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    await raise_vpn_ticket(mara)
    jo.sees("First reply due in 1 h")
    stage.change_policy(("first_reply: 1h", "first_reply: 30m"))
    assert stage.parts.desk.reckon_anew() == 1
    await stage.settle()
    jo.sees("First reply due in 30 min")
    await stage.time_passes(minutes=31)
    mara.sees("sorry")


async def test_a_policy_changed_while_the_desk_was_away_holds_from_its_start(
    stage: DeskStage,
) -> None:
    mara, jo = Actor(stage, "mara"), Actor(stage, "jo")
    Refreshing(stage.parts).look()
    await raise_vpn_ticket(mara)
    stage.change_policy(("first_reply: 1h", "first_reply: 30m"))
    Refreshing(stage.parts).look()  # another process, which never saw the old one
    await stage.settle()
    jo.sees("First reply due in 30 min")
    await stage.time_passes(minutes=31)
    mara.sees("sorry")


async def test_reckoning_reaches_every_waiting_ticket(stage: DeskStage) -> None:
    mara = Actor(stage, "mara")
    for _ in range(3):
        await raise_vpn_ticket(mara)
    await mara.types("/ticket withdraw 2")
    assert stage.parts.desk.reckon_anew() == 2


async def test_a_broken_file_is_told_to_whoever_asks_how_the_desk_is(stage: DeskStage) -> None:
    dana, source = Actor(stage, "dana"), stage.parts.policy
    right = (source.path if source.path.exists() else example_file()).read_text("utf-8")
    source.path.write_text(right.replace("queues:", "quues:"), "utf-8")
    assert not source.refresh()
    await dana.types("/ticket desk status")
    assert "did you mean queues?" in dana.told
    source.path.write_text(right, "utf-8")
    source.refresh()
    await dana.types("/ticket desk status")
    assert "Everything works" in dana.told


async def test_admins_are_told_of_a_broken_file_once_and_that_it_is_right_again(
    stage: DeskStage,
) -> None:
    dana, jo, source = Actor(stage, "dana"), Actor(stage, "jo"), stage.parts.policy
    right = (source.path if source.path.exists() else example_file()).read_text("utf-8")
    processes = [Refreshing(stage.parts), Refreshing(stage.parts)]

    async def write(text: str) -> None:
        source.path.write_text(text, "utf-8")
        for process in processes * 2:
            process.look()
        await stage.settle()

    await write(right)
    assert dana.count("in force") == 0
    await write(right.replace("queues:", "quues:"))
    dana.sees("did you mean queues?")
    assert dana.count("did you mean queues?") == 1
    await write(right)
    assert dana.count("can be used again") == 1
    assert jo.count("did you mean queues?") == 0
    jo.does_not_see("can be used again")


async def test_a_fault_mended_at_once_is_told_before_that_it_is_mended(stage: DeskStage) -> None:
    dana, source = Actor(stage, "dana"), stage.parts.policy
    right = (source.path if source.path.exists() else example_file()).read_text("utf-8")
    looking = Refreshing(stage.parts)
    for text in (right, right.replace("queues:", "quues:"), right):
        source.path.write_text(text, "utf-8")
        looking.look()
    await stage.settle()
    dana.sees("did you mean queues?")
    dana.sees("can be used again")


async def test_tickets_of_a_queue_that_left_the_policy_are_found_and_given_to_another(
    stage: DeskStage,
) -> None:
    mara, dana = Actor(stage, "mara"), Actor(stage, "dana")
    await raise_vpn_ticket(mara)
    stage.change_policy(("  it: ", "  helpers: "), ("queue: it", "queue: helpers"))
    await dana.types("/ticket desk status")
    assert "1 open ticket waits in the queue it" in dana.told
    await dana.types("/ticket queue it all")
    assert "#1" in dana.told
    await dana.types("/ticket transfer 1 helpers The queue was renamed")
    await dana.types("/ticket desk status")
    assert "Everything works" in dana.told
    await dana.types("/ticket queue it all")
    assert "#1" not in dana.told


async def test_how_large_a_file_may_be_is_what_the_policy_says_now(
    store_url: str, tmp_path: Path
) -> None:
    policy = example_file().read_text("utf-8").replace("max_bytes: 20000000", "max_bytes: 1000")
    (tmp_path / "desk.yaml").write_text(policy, "utf-8")
    async with page_over(store_url, tmp_path) as page:
        picture = b"x" * 2000
        refused = await page.send_file(picture)
        assert refused.status_code == 413
        assert "1 kB" in refused.json()["error"]
        page.stage.change_policy(("max_bytes: 1000", "max_bytes: 5000"))
        assert (await page.limits())["file_size"] == 5000
        assert (await page.send_file(picture)).status_code == 201
        page.stage.change_policy(("max_bytes: 5000", "max_bytes: 500"))
        assert (await page.send_file(picture)).status_code == 413


async def test_what_was_raised_at_night_goes_round_in_the_morning(stage: DeskStage) -> None:
    mara, jo, sam = (Actor(stage, who) for who in ("mara", "jo", "sam"))
    stage.change_policy(("routing: manual", "routing: round_robin"))
    await stage.time_passes(hours=14)  # half past eleven at night
    await raise_vpn_ticket(mara)
    await raise_vpn_ticket(mara)
    await jo.types("/ticket show 1")
    assert "Nobody has it yet" in jo.told
    await stage.time_passes(hours=10)
    owners = []
    for number in (1, 2):
        await jo.types(f"/ticket show {number}")
        owners += [name for name in ("Jo Park", "Sam Reyes") if f"Assigned to {name}" in jo.told]
    assert sorted(owners) == ["Jo Park", "Sam Reyes"]
    sam.sees("It is your turn")
