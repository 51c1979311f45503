"""Raises 5,159 real requests through the workspace's HTTP door and finds each again by search.

The desk runs as anybody starts it, in a process of its own; eight connections do what the page
does: ask for the form, choose a topic, fill in what is required, send. The requests are real ones,
with typing mistakes, broken encodings and odd characters. Afterwards an agent looks for each by
words of its text, chosen by chance: first by some, then by more of them. A search shows ten
tickets, the newest first; one of which there are many alike ("login issue") stands on a later page,
which is clicked through, with as many of the words as lead to further pages.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import re
import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.common import Databases, Table, is_quick, percentile, shared_file
from chatdesk.config.source import example_file
from chatdesk.reception.readings import MOST_CARRIED

FILE = "triage_itgroups.jsonl.gz"
CONNECTIONS = 8
WORDS_ASKED = 6
MOST_WORDS = 16  # of a question, so many count
TOPIC = "access"
REQUESTER, AGENT = "local:mara", "local:jo"
AT = {REQUESTER: "channel/general", AGENT: "direct/jo"}
"""Where they type. In her own conversation the receipt alone would name the number."""

STARTS_WITHIN = 60.0
NUMBER = re.compile(r"#(\d+)")
WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as its file has it."""

    id: str
    title: str
    text: str

    @property
    def summary(self) -> str:
        """The title, or the first words of the text where there is none."""
        return (self.title.strip() or self.text.strip())[:200]

    @property
    def everything(self) -> str:
        """All that was written."""
        return f"{self.title}\n{self.text}"


@dataclass(slots=True)
class Page:
    """The page of one person: talks to the desk's HTTP door as a browser does."""

    session: aiohttp.ClientSession
    person: str
    token: str = ""

    async def open(self) -> None:
        """Load the workspace."""
        async with self.session.get("/local/workspace", params={"for": self.person}) as answer:
            self.token = (await answer.json())["token"]

    async def says(self, text: str) -> dict[str, Any]:
        """Type something and return the answer."""
        return await self._act("say", {"text": text})

    async def clicks(self, button: str) -> dict[str, Any]:
        """Click a button and return the answer."""
        return await self._act("click", {"id": button})

    async def submits(
        self, form: str, values: dict[str, str], *, is_refresh: bool = False
    ) -> dict[str, Any]:
        """Send a form and return the answer."""
        body = {"id": form, "values": values, "is_refresh": is_refresh}
        return await self._act("submit", body)

    async def _act(self, act: str, what: dict[str, Any]) -> dict[str, Any]:
        body = {"key": secrets.token_hex(12), "place": AT[self.person], "thread": "", **what}
        async with self.session.post(
            f"/local/{act}",
            params={"for": self.person},
            json=body,
            headers={"x-chatdesk-token": self.token},
        ) as answer:
            told: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {told}")
            return told


def main() -> int:
    """Raise and find them all; 1 if one was lost."""
    file = shared_file(FILE)
    if file is None:
        return 0
    requests = read_requests(file)
    if is_quick(__doc__):
        requests = requests[:100]
    table = Table()
    table.begin(f"{len(requests):,} real requests through the workspace's HTTP door")
    with Databases() as folder:
        asyncio.run(raise_and_find(folder.folder(), requests, table))
    return table.exit_code()


def read_requests(file: Path) -> list[Request]:
    """Return the requests in the file's order."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Request(id=row["id"], title=row["title"], text=row["text"]) for row in rows]


async def raise_and_find(folder: Path, requests: list[Request], table: Table) -> None:
    """Start the desk, raise everything, look for everything, stop the desk."""
    async with running_desk(folder) as address, aiohttp.ClientSession(address) as session:
        mara, jo = Page(session, REQUESTER), Page(session, AGENT)
        await mara.open()
        await jo.open()
        raised: dict[str, int] = {}
        refused: Counter[str] = Counter()

        async def open_one(request: Request) -> None:
            number, why = await raise_one(mara, request)
            if number:
                raised[request.id] = number
            refused[why] += not number

        await with_some_at_once(requests, open_one, "raised", table)
        table.hold(
            f"{len(raised):,} have a number of their own",
            is_so=bool(raised) and are_distinct(raised),
        )
        for why, count in (+refused).items():
            table.tell(f"refused: {why[:40]}", f"{count:,}")
        table.hold(
            "each is a ticket or was refused", is_so=len(raised) + refused.total() == len(requests)
        )
        await find_all(jo, [one for one in requests if one.id in raised], raised, table)


def are_distinct(raised: dict[str, int]) -> bool:
    """Tell whether no two requests became one ticket."""
    return len(set(raised.values())) == len(raised)


async def raise_one(page: Page, request: Request) -> tuple[int, str]:
    """Fill in the form; return the ticket's number, or 0 and what the desk said."""
    form = (await page.says("/ticket new"))["answer"]["form"]
    chosen = await page.submits(form["id"], {"topic": TOPIC}, is_refresh=True)
    form = chosen["answer"]["form"]
    values = {"topic": TOPIC, "summary": request.summary, "details": request.text}
    for field in form["fields"]:
        if field["is_required"] and field["options"] and field["name"] not in values:
            values[field["name"]] = field["options"][0]["value"]
    told = await page.submits(form["id"], values)
    answer = told["answer"]
    if answer["errors"] or answer["is_refusal"]:
        return 0, "; ".join(answer["errors"].values()) or json.dumps(answer["card"])
    found = NUMBER.search(json.dumps(answer["card"]))
    return (int(found[1]), "") if found else (0, "the answer names no number")


async def find_all(
    page: Page, requests: list[Request], raised: dict[str, int], table: Table
) -> None:
    """Look for every ticket by words of its text; where too many have them, by more of them."""
    outcome: Counter[str] = Counter()
    deepest = [1]
    chance = random.Random(1)
    words = {request.id: words_of(request, chance) for request in requests}

    async def find_one(request: Request) -> None:
        number = raised[request.id]
        shown = await find(page, words[request.id][:WORDS_ASKED])
        if number in numbers_on(shown):
            outcome["found by some words"] += 1
            return
        shown = await find(page, words[request.id])
        if number in numbers_on(shown):
            outcome["found by more words"] += 1
            return
        pages = 1
        shown = await find(page, carried(words[request.id]))
        while number not in numbers_on(shown):
            further = next_page(shown)
            if not further:
                outcome["lost"] += 1
                return
            shown = (await page.clicks(further))["answer"]["card"]
            pages += 1
        outcome["found on a later page"] += 1
        deepest[0] = max(deepest[0], pages)

    searched = [request for request in requests if words[request.id]]
    await with_some_at_once(searched, find_one, "looked for", table)
    table.tell("requests without a word to look for", f"{len(requests) - len(searched)}")
    for what, count in outcome.most_common():
        table.tell(what, f"{count:,}")
    table.tell("pages to look through for one, at most", f"{deepest[0]}")
    table.hold("none is lost to the search", is_so=not outcome["lost"])


def carried(words: list[str]) -> list[str]:
    """Return the first of the words, as many as lead to further pages."""
    return [
        word
        for count, word in enumerate(words)
        if len(" ".join(words[: count + 1])) <= MOST_CARRIED
    ]


async def find(page: Page, words: list[str]) -> dict[str, Any]:
    """Search, and return the card with the first page of what was found."""
    card: dict[str, Any] = (await page.says(f"/ticket find {' '.join(words)}"))["answer"]["card"]
    return card


def numbers_on(card: dict[str, Any]) -> frozenset[int]:
    """Return the numbers of the tickets that a card shows."""
    return frozenset(map(int, NUMBER.findall(json.dumps(card["elements"]))))


def next_page(card: dict[str, Any]) -> str:
    """Return the id of the button that leads to the next page, empty on the last."""
    rows = [one["buttons"] for one in card["elements"] if one["kind"] == "buttons"]
    ids = [str(button["id"]) for row in rows for button in row]
    return next((one for one in ids if one.startswith("find:")), "")


def words_of(request: Request, chance: random.Random) -> list[str]:
    """Return words of a request in any order, as somebody remembers them."""
    words = list(dict.fromkeys(WORD.findall(request.everything)))
    return chance.sample(words, min(MOST_WORDS, len(words)))


async def with_some_at_once(
    requests: Iterable[Request],
    work: Callable[[Request], Awaitable[None]],
    done: str,
    table: Table,
) -> None:
    """Do something for every request, a few at a time, and print how fast it went."""
    waiting = iter(list(requests))
    took: list[float] = []

    async def one_connection() -> None:
        for request in waiting:
            began_at = time.perf_counter()
            await work(request)
            took.append(time.perf_counter() - began_at)

    began_at = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    table.tell(f"{done} a second", f"{len(took) / (time.perf_counter() - began_at):.0f}")
    table.tell(f"{done}, 99 of 100 within", f"{percentile(took, 99):.2f} s")


@asynccontextmanager
async def running_desk(folder: Path) -> AsyncIterator[str]:
    """Run a desk in a process of its own, whose policy lets one person ask for a lot."""
    policy = example_file().read_text()
    policy = re.sub(r"open_cap: \d+", "open_cap: 1000000", policy)
    policy = re.sub(r"per_hour: \d+", "per_hour: 1000000", policy)
    (folder / "desk.yaml").write_text(policy)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CHATDESK_")},
        "CHATDESK_POLICY": str(folder / "desk.yaml"),
        "CHATDESK_DATA_DIR": str(folder / "desk-data"),
        "CHATDESK_PORT": str(port),
    }
    with (folder / "log").open("w") as log:
        desk = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chatdesk", "run"), env=environment, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        try:
            await answers(address)
            yield address
        finally:
            desk.terminate()
            code = await desk.wait()
    if code:
        raise RuntimeError(f"the desk ended with {code}: {(folder / 'log').read_text()[-2000:]}")


async def answers(address: str) -> None:
    """Wait until the desk answers."""
    async with asyncio.timeout(STARTS_WITHIN), aiohttp.ClientSession(address) as session:
        while True:
            try:
                async with session.get("/local/"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
