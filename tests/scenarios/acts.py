"""What people do again and again, done at once and without looking for the button."""

from __future__ import annotations

from chatdesk.ui.exchange import Answer, Clicked, Done, Submitted
from chatdesk.ui.forms import Values
from tests.scenarios.stage import Actor, Stage

VPN_DROPS: Values = {"topic": "network", "summary": "VPN drops", "q.place": "At home"}
"""A filled-in form of a new ticket."""


async def raise_vpn_ticket(mara: Actor) -> None:
    """Have somebody fill in the form."""
    await mara.types("/ticket new VPN drops every 10 minutes")
    await mara.chooses(topic="network")
    filled = {"q__place": "At home", "details": "Since this morning my VPN drops."}
    answer = await mara.fills(**filled)
    assert not answer.errors, answer.errors


async def resolve_vpn_ticket(mara: Actor, jo: Actor) -> None:
    """Have the first ticket raised, claimed and resolved."""
    await raise_vpn_ticket(mara)
    await jo.types("/ticket claim 1")
    await jo.clicks("Resolve", on="#1 VPN drops")
    await jo.fills(code="fixed", summary="Client 5.2 is rolled out")


async def close_vpn_ticket(mara: Actor, jo: Actor) -> None:
    """Have the first ticket raised, resolved, and its solution confirmed."""
    await resolve_vpn_ticket(mara, jo)
    await mara.clicks("Yes, solved")


async def does(stage: Stage, who: str, *acts: Done) -> None:
    """Have somebody do something, none of which is refused."""
    for done in acts:
        answer = await stage.act(who, done, stage.home_of(who), "")
        assert not answer.is_refusal, f"{who} was answered {answer} to {done}"


async def raise_ticket(stage: Stage, who: str = "mara") -> None:
    """Have somebody open a ticket."""
    await does(stage, who, Submitted(id="new:0:0", values=VPN_DROPS))


async def resolve(stage: Stage, number: int) -> None:
    """Have Jo take a ticket, if it is not theirs already, and say that it is fixed."""
    fixed: Values = {"code": "fixed", "summary": "A new client"}
    await answered(stage, "jo", Clicked(id=f"claim:{number}:0"))
    await does(stage, "jo", Submitted(id=f"resolve:{number}:0", values=fixed))


async def close(stage: Stage, number: int, *, confirmed_by: str = "mara") -> None:
    """Have a ticket resolved, and its requester agree."""
    await resolve(stage, number)
    await does(stage, confirmed_by, Clicked(id=f"confirm:{number}:0"))
    await stage.settle()


async def answered(stage: Stage, who: str, done: Done) -> Answer:
    """Have somebody do something where they type, and return what they are answered."""
    return await stage.act(who, done, stage.home_of(who), "")
