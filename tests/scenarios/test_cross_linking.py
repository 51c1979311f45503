"""Codes that link accounts, as people on both platforms try them; and what linked people see."""

from __future__ import annotations

import re

import pytest

from tests.scenarios.cross_stage import IN_DISCORD, CrossStage
from tests.scenarios.stage import Actor

WORKS_NOT = "That code does not work (any more)"
CODE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{8}")


async def code_of(somebody: Actor) -> str:
    """Let somebody ask for a code."""
    await somebody.types("/ticket link-account")
    found = CODE.search(somebody.told)
    assert found is not None, somebody.told
    return found[0]


async def tries(somebody: Actor, code: str) -> str:
    """Let somebody type a code, and return what they are told."""
    await somebody.types(f"/ticket link-account {code}")
    return somebody.told


async def link(here: Actor, there: Actor) -> str:
    """Let somebody link their two accounts, and return the code."""
    code = await code_of(here)
    assert "Is that you" in await tries(there, code)
    await there.clicks("Link the accounts")
    assert "one person on Discord and Slack" in there.told
    return code


async def numbers(somebody: Actor) -> set[str]:
    """Return the tickets that somebody has."""
    await somebody.types("/ticket mine")
    return set(re.findall(r"#\d+", somebody.told))


@pytest.fixture(params=["from-slack", "from-discord"])
def accounts(both: CrossStage, request: pytest.FixtureRequest) -> tuple[Actor, Actor]:
    """Mara, where she asks for a code, and where she types it."""
    two = both.actor("mara"), both.actor("discord/mara")
    return two if request.param == "from-slack" else (two[1], two[0])


async def test_a_code_does_not_work_where_it_was_asked_for(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    here, there = accounts
    code = await code_of(here)
    assert WORKS_NOT in await tries(here, code)
    await link(here, there)


async def test_a_code_that_is_old_links_nothing(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    here, there = accounts
    code = await code_of(here)
    await both.time_passes(minutes=10, seconds=1)
    assert WORKS_NOT in await tries(there, code)


async def test_agreeing_too_late_links_nothing(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    here, there = accounts
    await tries(there, await code_of(here))
    await both.time_passes(minutes=10, seconds=1)
    await there.clicks("Link the accounts")
    assert WORKS_NOT in there.told
    await here.types("/ticket link-account off")
    assert "by itself already" in here.told


async def test_a_code_works_once(both: CrossStage, accounts: tuple[Actor, Actor]) -> None:
    here, there = accounts
    code = await link(here, there)
    other = both.actor("dana" if there.who == "mara" else f"{IN_DISCORD}dana")
    assert WORKS_NOT in await tries(other, code)
    assert WORKS_NOT in await tries(there, code)
    await there.types("/ticket link-account off")
    assert "by itself again" in there.told
    assert WORKS_NOT in await tries(there, code)


async def test_a_code_that_somebody_else_typed_first_is_replaced_by_a_new_one(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    here, there = accounts
    other = both.actor("dana" if there.who == "mara" else f"{IN_DISCORD}dana")
    code = await code_of(here)
    assert "Mara Lind" in await tries(other, code), "whose it is is said before anything happens"
    assert WORKS_NOT in await tries(there, code)
    await link(here, there)
    await other.clicks("Link the accounts")
    assert WORKS_NOT in other.told


async def test_a_code_is_seen_by_nobody_else(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    code = await code_of(accounts[0])
    for name in ("jo", "dana", "discord/sam", "discord/dana", accounts[1].who):
        both.actor(name).does_not_see(code)


async def test_tickets_of_both_accounts_are_one_persons_until_they_part(
    both: CrossStage, accounts: tuple[Actor, Actor]
) -> None:
    here, there = accounts
    await both.opens_for_it(here)
    await both.opens_for_facilities(there)
    assert (await numbers(here), await numbers(there)) == ({"#1"}, {"#2"})

    await link(here, there)
    assert await numbers(here) == await numbers(there) == {"#1", "#2"}
    await here.types("/ticket show 2")
    assert "The heating is cold" in here.told
    await here.says("It is warm again", under="#1 VPN drops")
    both.actor("jo").sees("It is warm again")
    there.does_not_see("It is warm again")

    await there.types("/ticket link-account off")
    assert "by itself again" in there.told
    here.sees("no longer linked with the one on")
    assert (await numbers(here), await numbers(there)) == ({"#1"}, {"#2"})
    await here.types("/ticket show 2")
    assert "The heating is cold" not in here.told
    await there.says("Still cold", under="Where exactly?")
    both.actor("discord/sam").sees("Still cold")
