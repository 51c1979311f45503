"""Commands, buttons, menus and completions: what is asked for by one gesture.

Everything travels in ids, so that what was shown before a restart works after it; no view is held
in memory.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import discord

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.answering import Answering, Asked
from chatdesk.adapters.discord.aside import Aside
from chatdesk.adapters.discord.commands import (
    CREATE_TICKET,
    SEND_TO_REQUESTER,
    is_subcommand,
    menu_called,
    typed,
)
from chatdesk.adapters.discord.components import carried
from chatdesk.adapters.discord.filled import read_filled
from chatdesk.adapters.discord.offers import asked_for, given_back
from chatdesk.adapters.discord.reading import (
    Payload,
    answered_in,
    files_in,
    focused,
    people_in,
    plain_text,
    spot_of,
    subcommand,
    target_of,
    text_in,
)
from chatdesk.adapters.discord.resuming import Resuming
from chatdesk.adapters.discord.submissions import Submissions
from chatdesk.adapters.discord.telling import Spot, Telling, guarded, sentence
from chatdesk.adapters.discord.texts import link_to
from chatdesk.adapters.http.copies import Fetched, FileDoor
from chatdesk.ui.cards import button_id, parse_button_id
from chatdesk.ui.exchange import (
    Aim,
    Answer,
    Clicked,
    Done,
    Pointed,
    Source,
    Submitted,
    Typed,
)
from chatdesk.ui.forms import Values

NEW, FOR = "new", "for"
SUMMARY_LENGTH = 120
INTEGERS = frozenset({"number", "other"})

_KINDS = discord.InteractionType


class Clicks:
    """Takes interactions."""

    def __init__(
        self,
        telling: Telling,
        answering: Answering,
        submissions: Submissions,
        resuming: Resuming,
        files: FileDoor,
        aside: Aside,
    ) -> None:
        self._telling = telling
        self._answering = answering
        self._submissions = submissions
        self._resuming = resuming
        self._files = files
        self._aside = aside

    async def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take an interaction of any kind; one of a bot, or of a kind unknown, says nothing."""
        spot = spot_of(interaction)
        if spot is None:
            return
        data = cast("Payload", interaction.data or {})
        is_form = interaction.type is _KINDS.modal_submit
        asked = Asked(
            id=str(interaction.id),
            token=interaction.token,
            spot=spot,
            is_on_message=interaction.message is not None,
            takes_form=not is_form,
            guild=str(interaction.guild_id or ""),
        )
        if interaction.type is _KINDS.autocomplete:
            await self._complete(asked, data)
            return
        try:
            await self._take(interaction.type, asked, data)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            await self._answering.excuse(await guarded(_failed(error)), asked)

    async def _take(self, kind: discord.InteractionType, asked: Asked, data: Payload) -> None:
        if not asked.spot.channel:
            await self._answering.carry_out(_with(self._nowhere(asked, data)), asked)
        elif kind is _KINDS.application_command:
            await self._command(asked, data)
        elif kind is _KINDS.component:
            await self._clicked(asked, data)
        elif kind is _KINDS.modal_submit:
            await self._submissions.submitted(asked, data)

    async def _clicked(self, asked: Asked, data: Payload) -> None:
        custom_id = str(data.get("custom_id") or "")
        values = [str(one) for one in data.get("values") or ()]
        found = carried(custom_id, values)
        if found is None and not values and carried(custom_id, ("taken back",)) is not None:
            # A menu's choice that was taken back, so that the same one can be made again.
            await self._answering.carry_out(_with(Answer()), asked)
            return
        # What we never showed like that is refused as what is outdated.
        found = found or ""
        kind, form = asked_for(found)
        if kind:
            await self._submissions.clicked(asked, kind, form)
            return
        await self._carry_out(asked, Clicked(id=found))

    async def _command(self, asked: Asked, data: Payload) -> None:
        if data.get("type") != 1:
            await self._menu(asked, data)
            return
        name, options = subcommand(data)
        if not is_subcommand(name):
            await self._answering.carry_out(_with(self._outdated(asked)), asked)
            return
        topic = str(options.pop("topic", ""))
        if name in {NEW, FOR} and topic:
            values: Values = {"topic": topic, "summary": str(options.get("words", ""))}
            if "person" in options:
                values["requester"] = f"discord:{options['person']}"
            answered = tuple(one for one in ("topic", "requester") if one in values)
            done = Submitted(id=button_id(name), values=values, is_refresh=True)
            await self._carry_out(replace(asked, answered=answered), done, data)
            return
        await self._carry_out(asked, Typed(text=f"/ticket {typed(name, options)}"), data)

    async def _menu(self, asked: Asked, data: Payload) -> None:
        message = target_of(data)
        menu = menu_called(str(data.get("name") or "")) if message else ""
        author = message.get("author") or {}
        told = message.get("mentions") or ()
        named = {str(one.get("id")): str(one.get("username")) for one in told}
        text = plain_text(text_in(message), named, "")
        by = str(author.get("global_name") or author.get("username") or "")
        files = files_in(message)
        if menu == SEND_TO_REQUESTER:
            work = self._send_to_requester(asked, message, text)
        elif menu == CREATE_TICKET:
            summary = (text.strip().splitlines() or [""])[0][:SUMMARY_LENGTH]
            said = f"{by}: {text}" if by else text
            link = link_to(asked.guild, str(message.get("channel_id")), str(message.get("id")))
            work = self._create_ticket(asked, summary, said, link, files)
        else:
            work = _with(self._outdated(asked))
        await self._answering.carry_out(guarded(work), asked)

    def _outdated(self, asked: Asked) -> Answer:
        """Discord still shows commands of another version to whoever has not reloaded it."""
        say = self._telling.desk.say("discord.forms.outdated", asked.spot.by.locale)
        return Answer(card=sentence(say), is_refusal=True)

    def _nowhere(self, asked: Asked, data: Payload) -> Answer:
        """Say that Discord does not tell where this was done; what was typed comes back."""
        say = self._telling.desk.say("discord.forms.nowhere", asked.spot.by.locale)
        return Answer(card=given_back(say, read_filled(data).values), is_refusal=True)

    async def _send_to_requester(self, asked: Asked, message: Payload, text: str) -> Answer:
        """Let the desk send a message on; what bots show, its own cards among it, has no words."""
        is_said = not (message.get("author") or {}).get("bot") and not message.get("webhook_id")
        spot = await self._where_it_stands(asked.spot, message)
        is_ours = await self._is_ours(spot)
        taken = await self._taken(asked, files_in(message) if is_said and is_ours else [])
        words = "\n".join(part for part in (text, *taken.left) if part and is_said)
        source = Source(place=spot.channel, message=str(message.get("id") or ""), text=words)
        done = Pointed(aim=Aim.SEND, source=source, files=taken.attachments, left=taken.names)
        return await self._telling.tell(f"interaction:{asked.id}", spot, done)

    async def _where_it_stands(self, spot: Spot, message: Payload) -> Spot:
        """Return the conversation of a message: in a shared post, that of what it answers."""
        if await self._is_ours(spot):
            return spot
        answered = answered_in(message)
        root = await self._aside.root_of(str(message.get("id") or ""))
        root = root or (await self._aside.root_of(answered) or answered)
        return replace(spot, thread=root) if root else spot

    async def _is_ours(self, spot: Spot) -> bool:
        return await asyncio.to_thread(self._telling.desk.concerns, spot.place, spot.thread)

    async def _create_ticket(
        self, asked: Asked, summary: str, said: str, link: str, files: list[Payload]
    ) -> Answer:
        taken = await self._taken(asked, files)
        details = "\n".join(part for part in (said, *taken.left, link) if part)
        values: Values = {"summary": summary, "details": details, "files": taken.attachments}
        done = Submitted(id=button_id(NEW), values=values, is_refresh=True)
        return await self._telling.tell(f"interaction:{asked.id}", asked.spot, done)

    async def _taken(self, asked: Asked, files: list[Payload]) -> Fetched:
        """Copy the files of a message for whoever points at it."""
        if not files or await self._telling.refusal(asked.spot) is not None:
            return Fetched()
        await self._telling.introduce(asked.spot.by)
        return await self._files.fetch(files, asked.spot.by.handle)

    async def _carry_out(self, asked: Asked, done: Done, data: Payload | None = None) -> None:
        """Let the desk do it; where it begins a ticket, one that was begun before is offered."""

        async def work() -> Answer:
            await self._telling.introduce(*people_in(data or {}))
            return await self._telling.tell(f"interaction:{asked.id}", asked.spot, done)

        doing = work()
        if _begins(done):
            doing = self._resuming.begin(asked, button_id(NEW), doing)
        await self._answering.carry_out(guarded(doing), asked)

    async def _complete(self, asked: Asked, data: Payload) -> None:
        (verb, _), (option, begun) = subcommand(data), focused(data)

        async def find() -> list[tuple[str, str | int]]:
            found = await self._telling.completions(asked.spot, verb, option, begun)
            shown: list[tuple[str, str | int]] = []
            for label, value in found[: limits.COMPLETIONS]:
                is_number = option in INTEGERS and value.isdigit()
                shown.append((label[: limits.OPTION_LABEL], int(value) if is_number else value))
            return shown

        await self._answering.choices(find(), asked)


def _begins(done: Done) -> bool:
    """Tell whether somebody asks for the form of a new ticket of their own."""
    if isinstance(done, Typed):
        return done.text.split()[1:2] == [NEW]
    state = parse_button_id(done.id) if isinstance(done, Clicked | Submitted) else None
    return state is not None and state.verb == NEW


async def _with(answer: Answer) -> Answer:
    return answer


async def _failed(error: Exception) -> Answer:
    raise error
