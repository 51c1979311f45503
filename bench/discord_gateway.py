"""Compares the desk in Discord with a bare discord.py bot that only responds, and weighs the desk.

Measured is the time from an interaction, sent through the gateway, to its first response, received
by REST: for `/ticket mine`, which reads, for a page of a form, which is kept, and for the button
that makes a ticket of it. Discord itself stands on this process's loopback interface; the two bots
are processes of their own, and the desk's is the whole desk, with the worker that writes threads
and posts meanwhile. Contenders take turns, and the median of the rounds counts.

Then a desk is started over an empty database, and another over one with many open tickets, in a
server with as many active threads as one can have.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.common import Databases, Table, at_most, parser, percentile
from bench.discord_ground import PEOPLE, Bot, Discord, drained, serving
from bench.discord_servers import BARE, DESK, serve
from bench.discord_weighing import weigh
from bench.servers import Answers, histogram
from tests.discord.world import Json

AT_ONCE = 8
"""People who ask at the same time."""

MINE, OPEN, PAGE, SEND = "/ticket mine", "/ticket new", "a page of a form", "the ticket"

SAID = "Since noon, every ten minutes, for two or three minutes at a time."

TYPING = 0.05
"""Seconds for which somebody fills a form in."""

SLOWEST = 1.0
"""Seconds within which 99 of 100 are answered; Discord gives up after three."""

LONGEST_STALL = 0.1
"""Seconds for which the desk's event loop may be held up, whole desk and worker together."""

MOST_MEMORY = 1.25
"""A desk with many open tickets may hold so many times what one with none holds."""


# --- asking ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Asking:
    """Asks a bot, many people at a time, and keeps how long the answers took."""

    bot: Bot
    answers: dict[str, Answers] = field(default_factory=dict)

    async def by_turns(self, numbers: range, what: str, at_once: int) -> None:
        """Let so many people ask at a time, each waiting for the answer."""
        left = iter(numbers)
        ask = {MINE: self._mine, PAGE: self._form}[what]

        async def one_after_another() -> None:
            for number in left:
                await ask(self.bot.discord.people[number % PEOPLE])

        began_at, computed = time.perf_counter(), self.bot.server.computed()
        await asyncio.gather(*(one_after_another() for _ in range(at_once)))
        answers = self.answers[what]
        answers.span = time.perf_counter() - began_at
        answers.computed = (self.bot.server.computed() - computed) / len(numbers)

    async def _mine(self, person: str) -> None:
        ask = self.bot.discord
        await self._timed(MINE, 4, ask.calls_command(person, ask.general, "ticket", "mine"))

    async def _form(self, person: str) -> None:
        ask = self.bot.discord
        words = {"words": "The connection drops", "topic": "network"}
        opening = ask.calls_command(person, ask.general, "ticket", "new", **words)
        await self._timed(OPEN, 9, opening)
        # The library forgets what is sent before it knows that its form was opened.
        await asyncio.sleep(TYPING)
        await self._timed(PAGE, 4, ask.submits(person, _typed(ask.form_of(person))))
        told = ask.seen_by(person)[-1]
        if told["components"]:
            await self._timed(SEND, 4, ask.clicks(person, told, "Send as it is"))

    async def _timed(self, what: str, kind: int, asking: Awaitable[Json]) -> None:
        began_at = time.perf_counter()
        answer = await asking
        answers = self.answers.setdefault(what, Answers())
        answers.seconds.append(time.perf_counter() - began_at)
        if answer["type"] != kind:
            answers.wrong.append(f"{what}: {str(answer)[:200]}")


def _typed(form: Json) -> dict[str, str]:
    """Return what has to be typed into a form that is not filled in yet."""
    fields = [(one["label"], one["component"]) for one in form["components"] if "component" in one]
    empty = [(label, asked) for label, asked in fields if asked.get("required", True)]
    return {
        label: asked["options"][0]["label"] if "options" in asked else SAID
        for label, asked in empty
        if not asked.get("value")
        and not any(one.get("default") for one in asked.get("options", ()))
    }


@dataclass(slots=True)
class Round:
    """What one round showed: many at a time, and on the desk one alone."""

    bare: Mapping[str, Answers]
    desk: Mapping[str, Answers]
    alone: Mapping[str, Answers]
    bare_alone: Mapping[str, Answers]
    stall: float


async def measure(databases: Databases, kind: str, rounds: int, each: int) -> list[Round]:
    """Let them take turns; after a round that does not count."""
    url, found = databases.fresh(kind), []
    async with (
        serving(BARE, Discord(), databases, url) as bare,
        serving(DESK, Discord(), databases, url) as desk,
    ):
        await _round(bare, desk, url, range(each // 4))
        for number in range(1, rounds + 1):
            numbers = range(number * each, (number + 1) * each)
            found.append(await _round(bare, desk, url, numbers))
    return found


async def _round(bare: Bot, desk: Bot, url: str, numbers: range) -> Round:
    some = numbers[: max(len(numbers) // 4, AT_ONCE)]
    asked = {}
    for at_once in (1, AT_ONCE):
        for bot in (bare, desk):
            asking = asked[bot, at_once] = Asking(bot)
            await desk.server.stall()
            await asking.by_turns(numbers if at_once > 1 else some, MINE, at_once)
            await asking.by_turns(some, PAGE, at_once)
            stall = await desk.server.stall()
            await drained(url)
    return Round(
        asked[bare, AT_ONCE].answers,
        asked[desk, AT_ONCE].answers,
        asked[desk, 1].answers,
        asked[bare, 1].answers,
        stall,
    )


# --- judging --------------------------------------------------------------------------------------


def judge(table: Table, found: list[Round]) -> None:
    """Say what came out, beside what it should be."""
    for title, names in (
        ("alone", ("bare_alone", "alone")),
        (f"{AT_ONCE} at once", ("bare", "desk")),
    ):
        for name, who in zip(names, ("bare", "desk"), strict=True):
            for what in getattr(found[0], name):
                answers = [getattr(one, name)[what] for one in found]
                middle = median(median(one.seconds) for one in answers) * 1000
                slow = median(percentile(one.seconds, 99) for one in answers) * 1000
                table.tell(f"{who}, {title}: {what}", f"{middle:.1f}, p99 {slow:.1f} ms")
    for what in (MINE, PAGE):
        times = median(
            median(one.alone[what].seconds) / median(one.bare_alone[what].seconds) for one in found
        )
        table.tell(f"desk / bare, alone: {what}", f"{times:.2f}x")
    for name in ("bare", "desk"):
        computed = median(getattr(one, name)[MINE].computed for one in found) * 1000
        table.tell(f"{name}, computed for an answer: {MINE}", f"{computed:.2f} ms")
    for what in (MINE, OPEN, PAGE, SEND):
        slowest = median(percentile(one.desk[what].seconds, 99) for one in found)
        table.judge(f"{what}, {AT_ONCE} at once: p99", slowest, at_most(SLOWEST), " s")
    stall = median(one.stall for one in found)
    table.judge(
        "longest stall of the event loop", stall * 1000, at_most(LONGEST_STALL * 1000), "ms"
    )
    wrong = [
        text for one in found for told in (one.bare, one.desk, one.alone) for text in _wrong(told)
    ]
    table.hold(f"every answer is right {wrong[:1] or ''}", is_so=not wrong)
    for what, step in ((MINE, 0.005), (SEND, 0.02)):
        histogram(what, [seconds for one in found for seconds in one.desk[what].seconds], step)


def _wrong(told: Mapping[str, Answers]) -> list[str]:
    return [text for answers in told.values() for text in answers.wrong]


def main() -> int:
    """Measure on SQLite, and on PostgreSQL where it is; 1 if a target is missed."""
    asked = parser(__doc__)
    asked.add_argument("--serve", nargs=6, help="for the bench itself: what, folder, Discord")
    options = asked.parse_args()
    if options.serve:
        serve(*options.serve)
        return 0
    rounds, each, tickets = (1, 80, 500) if options.quick else (3, 600, 10_000)
    table = Table()
    table.begin(f"Discord: interaction to first response, medians of {rounds} rounds")
    with Databases() as databases:
        for kind in databases.kinds():
            print(f"\n{kind}")
            judge(table, asyncio.run(measure(databases, kind, rounds, each)))
            empty, full = asyncio.run(weigh(databases, kind, tickets))
            table.tell("memory with no ticket", f"{empty:.0f} MB")
            table.tell(f"memory with {tickets} open tickets", f"{full:.0f} MB")
            table.judge("the one / the other", full / empty, at_most(MOST_MEMORY))
    return table.exit_code()


if __name__ == "__main__":
    sys.exit(main())
