"""The slash commands and message menus, made from the table of verbs, and read back into words.

`/ticket` holds what anyone can say, `/desk` what agents and managers can. Options follow a verb's
usage; what somebody leaves out, the verb's form asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatdesk.adapters.discord import limits
from chatdesk.adapters.discord.permissions import bits
from chatdesk.adapters.discord.texts import Json, shortened
from chatdesk.lifecycle.ticket import Priority
from chatdesk.ui.wording import FIRST_LANGUAGE, catalog, languages
from chatdesk.verbs import TYPED, Audience, Verb

SUBCOMMAND, STRING, INTEGER, USER = 1, 3, 4, 6
SLASH, MESSAGE_MENU = 1, 3

TICKET, DESK = "ticket", "desk"
MENU = "menu"
CREATE_TICKET = "create_ticket"
SEND_TO_REQUESTER = "send_to_requester"

IN_GUILDS, IN_DIRECT = 0, 1
INSTALLED_IN_GUILDS = 0

FOR_AGENTS = ("manage_threads",)
"""Who sees `/desk` until an admin says otherwise; who may do what is decided by the desk alone."""

LOCALES = {"en": ("en-US", "en-GB"), "es": ("es-ES",), "pt": ("pt-BR",), "sv": ("sv-SE",)}
"""Discord's names for languages that it does not call as we do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One word of a verb's usage: the option that stands for it, and how it is typed."""

    option: str
    kind: int = STRING
    before: str = ""
    is_completed: bool = False
    choices: tuple[str, ...] = ()
    is_bracketed: bool = False


_PARTS = {
    "n": Part(option="number", kind=INTEGER, is_completed=True),
    "m": Part(option="other", kind=INTEGER, is_completed=True),
    "@person": Part(option="person", kind=USER, before="@discord:"),
    "@agent": Part(option="agent", kind=USER, before="@discord:"),
    "name": Part(option="queue", is_completed=True),
    "queue": Part(option="queue", is_completed=True),
    "priority": Part(option="priority", choices=tuple(Priority)),
    "why": Part(option="reason"),
    "text": Part(option="text"),
    "words": Part(option="words"),
    "3d": Part(option="until"),
    "code|off": Part(option="code"),
    "here": Part(option="where", choices=("here",)),
}
_LINKING = frozenset({"into", "until"})
TOPIC = Part(option="topic", is_completed=True)


def parts_of(verb: Verb) -> tuple[Part, ...]:
    """Return the options of a verb, in the order in which they are typed."""
    usage = verb.usage or ""
    if " | " in usage:  # one thing or another, each with words of its own
        return (Part(option="until"),)
    return tuple(_part(word) for word in usage.split() if word not in _LINKING)


def _part(word: str) -> Part:
    bare = word.strip("[]")
    known = _PARTS.get(bare.lower())
    if known is None:
        known = Part(option="which", choices=tuple(bare.split("|")))
    return Part(
        option=known.option,
        kind=known.kind,
        before=known.before,
        is_completed=known.is_completed,
        choices=known.choices,
        is_bracketed=bare != word,
    )


def _is_required(verb: Verb, parts: Sequence[Part], part: Part) -> bool:
    """A form can ask for what comes last; a number is known inside a ticket's conversation."""
    is_last = part is parts[-1]
    return not (part.is_bracketed or part.option == "number" or (is_last and verb.form))


def commands() -> list[Json]:
    """Return everything that is registered with Discord."""
    anyone = [verb for verb in TYPED.values() if verb.audience is Audience.ANYONE]
    others = [verb for verb in TYPED.values() if verb.audience is not Audience.ANYONE]
    menu = {"type": SUBCOMMAND, **_named(MENU, f"names.{MENU}", f"discord.commands.{MENU}")}
    agents = {"default_member_permissions": bits(FOR_AGENTS)}
    return [
        _group(TICKET, [menu, *map(_subcommand, anyone)]) | {"contexts": [IN_GUILDS, IN_DIRECT]},
        _group(DESK, list(map(_subcommand, others))) | {"contexts": [IN_GUILDS]} | agents,
        _message_menu(CREATE_TICKET) | {"contexts": [IN_GUILDS, IN_DIRECT]},
        _message_menu(SEND_TO_REQUESTER) | {"contexts": [IN_GUILDS]} | agents,
    ]


def commands_path(application: str) -> str:
    """Return where an application's commands are registered, for every place it is in."""
    return f"/applications/{application}/commands"


def hash_of(registered: Sequence[Json]) -> str:
    """Return what changes whenever the commands do."""
    text = json.dumps(registered, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def typed(name: str, options: Mapping[str, Any]) -> str:
    """Return what somebody would have typed behind `/ticket` for a subcommand with its options."""
    verb = TYPED.get(name)
    if verb is None:
        return ""
    if " | " in (verb.usage or "") and "until" in options:
        until = str(options["until"])
        return f"{name} {until}" if until == "back" else f"{name} until {until}"
    given = [part for part in parts_of(verb) if part.option in options]
    return " ".join([name, *(f"{part.before}{options[part.option]}" for part in given)])


def is_subcommand(name: str) -> bool:
    """Tell whether there is such a subcommand; Discord may still show one of another time."""
    return name == MENU or name in TYPED


def menu_called(name: str) -> str:
    """Return which message menu has that name, empty if none does."""
    known = {_text(f"discord.menus.{one}"): one for one in (CREATE_TICKET, SEND_TO_REQUESTER)}
    return known.get(name, "")


# --- the shapes -----------------------------------------------------------------------------------


def _group(name: str, subcommands: list[Json]) -> Json:
    told = _named(name, f"names.{name}", f"discord.commands.{name}")
    return {
        **told,
        "type": SLASH,
        "integration_types": [INSTALLED_IN_GUILDS],
        "options": subcommands,
    }


def _message_menu(name: str) -> Json:
    key = f"discord.menus.{name}"
    return {
        "type": MESSAGE_MENU,
        "name": _text(key),
        **_localized("name", key, limits.COMMAND_NAME),
        "integration_types": [INSTALLED_IN_GUILDS],
    }


def _subcommand(verb: Verb) -> Json:
    named = _localized("name", f"typed.verb.{verb.name}", limits.COMMAND_NAME)
    told: Json = {"type": SUBCOMMAND, **_named(verb.name, "", f"help.{verb.name}"), **named}
    parts = parts_of(verb)
    options = [
        _option(part, is_required=_is_required(verb, parts, part))
        for part in (*parts, *([TOPIC] if verb.name in {"new", "for"} else ()))
    ]
    # Discord wants the required ones first.
    options.sort(key=lambda one: not one["required"])
    return told | ({"options": options} if options else {})


def _option(part: Part, *, is_required: bool) -> Json:
    told = _named(part.option, f"names.{part.option}", f"discord.options.{part.option}")
    option: Json = {"type": part.kind, **told, "required": is_required and part is not TOPIC}
    if part.is_completed:
        option["autocomplete"] = True
    if part.choices:
        option["choices"] = [_choice(part, value) for value in part.choices]
    return option


def _choice(part: Part, value: str) -> Json:
    if part.option != "priority":
        kinds = (f"typed.{kind}.{value}" for kind in ("view", "period", "here"))
        typed_as = next((key for key in kinds if key in catalog(FIRST_LANGUAGE)), "")
        return {"name": value, **_localized("name", typed_as, 100), "value": value}
    key = f"words.priority.{value}"
    return {"name": _text(key), **_localized("name", key, 100), "value": value}


def _named(name: str, name_key: str, description_key: str) -> Json:
    most = limits.COMMAND_DESCRIPTION
    told: Json = {"name": name}
    if name_key:
        told |= _localized("name", f"discord.{name_key}", limits.COMMAND_NAME)
    told["description"] = shortened(_capital(_text(description_key)), most)
    return told | _localized("description", description_key, most)


def _localized(field: str, key: str, limit: int) -> Json:
    found = dict(_in_other_languages(field, key, limit))
    return {f"{field}_localizations": found} if found else {}


def _in_other_languages(field: str, key: str, limit: int) -> Iterator[tuple[str, str]]:
    for language in sorted(languages() - {FIRST_LANGUAGE}):
        text = catalog(language).get(key)
        if not text:
            continue
        # Of all the words by which something can be typed the first one is shown.
        text = text.split()[0] if key.startswith("typed.") else text
        said = _capital(text) if field == "description" else text
        for locale in LOCALES.get(language, (language,)):
            yield locale, shortened(said, limit)


def _text(key: str) -> str:
    return catalog(FIRST_LANGUAGE)[key]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
