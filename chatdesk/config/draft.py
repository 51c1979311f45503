"""Writing a first `desk.yaml` from the few answers that `chatdesk setup` asks for."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from chatdesk.config.mistakes import PolicyBroken, PolicyMistake
from chatdesk.config.reading import parse_policy
from chatdesk.lifecycle.terms import Day, Zone, holiday_flaws

if TYPE_CHECKING:
    from pathlib import Path

ALWAYS = "always"
"""The answer for being open day and night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The answers so far; without any, they make a desk for the local workspace.

    People are `platform:id`, queues are titles, hours are written as `read_week` reads them.
    """

    name: str = "Help desk"
    admins: tuple[str, ...] = ("local:dana",)
    agents: tuple[str, ...] = ("local:jo", "local:sam")
    queues: tuple[str, ...] = ("IT help",)
    zone: str = "UTC"
    country: str = ""
    subdivision: str = ""
    hours: str = "mon-fri 09:00-17:00"

    def mistakes(self) -> tuple[PolicyMistake, ...]:
        """Return what is wrong with the answers, in the words of the policy they would make."""
        try:
            parse_policy(self.write().encode(), "")
        except PolicyBroken as broken:
            return broken.mistakes
        return ()

    def write(self) -> str:
        """Return the text of a policy file, commented for whoever changes it later."""
        names = map(_quoted, _names(self.queues))
        named = list(zip(names, map(_quoted, self.queues), strict=True))
        agents, leads = _listed(self.agents), _listed(self.agents[:1])
        return _FILE.format(
            name=_quoted(self.name),
            zone=_quoted(self.zone),
            admins=_listed(self.admins),
            queues="\n".join(
                _QUEUE.format(name=name, title=title, agents=agents, leads=leads)
                for name, title in named
            ),
            topics="\n".join(_TOPIC.format(name=name, title=title) for name, title in named),
            hours=self._opening(),
        )

    def _opening(self) -> str:
        lines = [f"    zone: {_quoted(self.zone)}"]
        if self.hours == ALWAYS:
            lines.append("    always: true  # day and night, every day")
        else:
            lines.append("    week:  # spans a day; a day that is missing is closed")
            week = read_week(self.hours)
            lines += [f"      {_quoted(day)}: {_listed(spans)}" for day, spans in week.items()]
        if self.country:
            lines.append(
                f"    country: {_quoted(self.country)}  # its public holidays are days off"
            )
        if self.subdivision:
            lines.append(f"    subdivision: {_quoted(self.subdivision)}")
        lines.append("    days_off: []  # your own, such as 2026-12-24")
        return "\n".join(lines)


def read_week(text: str) -> dict[str, tuple[str, ...]]:
    """Read `mon-fri 09:00-12:30 13:30-17:00, sat 10:00-14:00` into spans by day.

    What is no day or no span is passed on as it is: the policy refuses it, and says how.
    """
    week: dict[str, tuple[str, ...]] = {}
    for part in text.lower().split(","):
        written, *spans = part.split() or ["?"]
        for day in _days(written):
            week[day] = (*week.get(day, ()), *spans)
    return week


def _days(written: str) -> list[str]:
    days = [day.value for day in Day]
    first, _, last = written.partition("-")
    unknown = [day for day in (first, last or first) if day not in days]
    if unknown:
        return unknown[:1]
    start, end = days.index(first), days.index(last or first)
    return days[start : end + 1] if start <= end else [*days[start:], *days[: end + 1]]


def cleaned(text: str) -> str:
    """Return what was typed as one line, without what cannot be seen."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def likely_zone() -> str:
    """Return the time zone this machine is set to; UTC if it does not say."""
    linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    named = os.environ.get("TZ", "").lstrip(":") or linked
    try:
        return str(TypeAdapter(Zone).validate_python(named))
    except ValidationError:
        return "UTC"


def likely_country(zone: str) -> str:
    """Return the code of the country a time zone is named for; empty if none is known."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    code = next((row[0] for row in rows if row[2] == zone), "")
    return "" if any(holiday_flaws(code, "")) else code


def put_in_place(path: Path, text: str) -> None:
    """Write a file as a whole: whoever reads it meanwhile sees the old one or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _names(titles: tuple[str, ...]) -> list[str]:
    """Make each queue a name of its title, all different."""
    names: list[str] = []
    for title in titles:
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        name = stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-") or "queue"
        number = 1
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names


def _quoted(text: str) -> str:
    """Write a text so that YAML reads just this: bare where that is certain, else in quotes."""
    is_certain = re.fullmatch(r"[A-Za-z]([\w ./:-]*\w)?", text, re.ASCII) and ": " not in text
    if is_certain and text.lower() not in {"null", "true", "false", "yes", "no", "on", "off"}:
        return text
    return "'" + text.replace("'", "''") + "'"


def _listed(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


_FILE = """\
# desk.yaml: what your organisation decides about its help desk. Change it as you like: the desk
# reads it again within seconds, and `chatdesk check` names every mistake. docs/policy.md explains
# every key, manifests/desk.example.yaml shows them in use. Secrets never stand here.

name: {name}  # what the desk calls itself
zone: {zone}  # the time zone of people whose own is unknown

# People are platform:id, such as local:dana, slack:U012AB3CD or discord:80351110224678912.
admins: {admins}  # who sets the desk up
managers: {admins}  # who receives digests, and reads everything but confidential texts

queues:  # where tickets of one kind wait
{queues}

topics:  # what people pick when they ask, in the order of the form
{topics}
    # What the form asks besides summary and details, for example:
    # questions:
    #   - name: place  # the name of the answer; keep it once tickets exist
    #     label: Where are you?
    #     kind: choice  # text, long_text, choice, several, person, date, number or file
    #     required: true
    #     options: [In the office, At home]

hours:  # when working time passes
  office:
{hours}

sla:  # what is promised, in working time: 15m, 2h, or 3d for three working days
  standard:
    low:
      first_reply: 1d
      resolution: 10d
    medium:
      first_reply: 4h
      resolution: 5d
    high:
      first_reply: 1h
      next_reply: 4h
      resolution: 2d
    critical:
      first_reply: 15m
      next_reply: 1h
      resolution: 4h
"""

_QUEUE = """\
  {name}:  # its name: keep it for good
    title: {title}  # what people call it
    agents: {agents}  # who works it; members of its home channel are added
    leads: {leads}  # who runs it, and hears of what is late
    home:  # its home channel, on each platform that you use
      local: {name}
    hours: office
    sla: standard"""

_TOPIC = """\
  {name}:
    title: {title}
    queue: {name}"""
