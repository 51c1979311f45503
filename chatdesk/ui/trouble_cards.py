"""What is broken on a platform, as those who can mend it read it: what, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatdesk.lifecycle.ticket import QueueName
from chatdesk.ui.cards import Button, Buttons, Card, Divider, Element, Line, Tone, button_id
from chatdesk.ui.voice import Voice
from chatdesk.ui.wording import FIRST_LANGUAGE, catalog

NEARLY_FULL = "nearly_full"
"""The word for what still works, and soon will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleView:
    """Something broken, or about to be.

    `kind` is queue, person, platform or other, `name` what people call it. `waiting` counts
    the messages that wait for it, or that did if it is mended.
    """

    platform: str
    place: str
    code: str
    why: str
    kind: str
    name: str
    waiting: int
    since_at: datetime | None = None

    @property
    def is_warning(self) -> bool:
        """Whether it still works."""
        return self.code == NEARLY_FULL


def remedies(platform: str) -> dict[str, str]:
    """Return what can be done about each of a platform's words for being broken, in English."""
    prefix = f"troubles.{platform}."
    texts = catalog(FIRST_LANGUAGE).items()
    return {key.removeprefix(prefix): text for key, text in texts if key.startswith(prefix)}


def broken_card(view: TroubleView, say: Voice) -> Card:
    """Return that something broke, with its remedy and a way to try again."""
    title, reason = _title(view, say), _reason(view, say)
    itself = () if view.is_warning else (say("troubles.itself"),)
    return Card(
        title=title,
        tone=Tone.WARNING,
        fallback=say("troubles.fallback", title=title, reason=reason),
        elements=(*_told(view, say), *(Line(text=one, tone=Tone.QUIET) for one in itself)),
    )


def mended_card(view: TroubleView, say: Voice) -> Card:
    """Return that it works again."""
    key = "enough_title" if view.is_warning else "mended_title"
    title = say(f"troubles.{key}", place=_place(view, say))
    sent = say("troubles.mended", count=view.waiting) if view.waiting else ""
    elements = (Line(text=sent),) if sent else ()
    return Card(title=title, tone=Tone.GOOD, fallback=f"{title}. {sent}", elements=elements)


def policy_card(broken: str, say: Voice) -> Card:
    """Return that the changed policy cannot be used, and why; without a fault, that it can."""
    if not broken:
        mended = say("troubles.policy_mended")
        return Card(fallback=mended, tone=Tone.GOOD, elements=(Line(text=mended),))
    head = say("troubles.policy_broken")
    elements = (Line(text=head, is_strong=True), Line(text=broken, tone=Tone.WARNING))
    return Card(tone=Tone.WARNING, fallback=f"{head} {broken}", elements=elements)


def status_card(
    views: tuple[TroubleView, ...],
    say: Voice,
    *,
    policy_broken: str = "",
    left: Mapping[QueueName, int] | None = None,
) -> Card:
    """Return how the desk is: everything that is broken, or that everything works.

    `policy_broken` is what is wrong with the policy's file; the one before it stays in force. In
    queues that the policy has no more, so many unsolved tickets were `left`.
    """
    title = say("troubles.status_title")
    if not views and not policy_broken and not left:
        well = say("troubles.all_well")
        return Card(title=title, fallback=well, elements=(Line(text=well, tone=Tone.GOOD),))
    elements: list[Element] = []
    if policy_broken:
        elements += policy_card(policy_broken, say).elements
    for view in views:
        elements += [Divider()] if elements else []
        head = _title(view, say)
        elements += [Line(text=head, is_strong=True), *_told(view, say)]
    for queue, count in (left or {}).items():
        text = say("troubles.left", queue=queue, count=count)
        elements += [*([Divider()] if elements else []), Line(text=text, tone=Tone.WARNING)]
    fallback = _in_short(views, say) if views else first_line(elements)
    return Card(title=title, tone=Tone.WARNING, fallback=fallback, elements=tuple(elements))


def _in_short(views: Sequence[TroubleView], say: Voice) -> str:
    """Return in a line what does not work any more, and then what soon will not."""
    places = ", ".join(_place(view, say) for view in views if not view.is_warning)
    broken = [say("troubles.title", place=places)] if places else []
    return ". ".join((*broken, *(_title(view, say) for view in views if view.is_warning)))


def first_line(elements: Sequence[Element]) -> str:
    """Return the words of the first line there is."""
    return next((one.text for one in elements if isinstance(one, Line)), "")


def tried_card(say: Voice, *, is_broken: bool) -> Card:
    """Return that it is being tried again, or that it works already."""
    text = say("troubles.trying" if is_broken else "troubles.gone")
    return Card(fallback=text, elements=(Line(text=text),))


def _told(view: TroubleView, say: Voice) -> tuple[Element, ...]:
    parts: list[Element] = [Line(text=_reason(view, say), tone=Tone.WARNING)]
    if view.since_at is not None:
        parts.append(Line(text=say("troubles.since", since_at=view.since_at), tone=Tone.QUIET))
    if view.waiting:
        parts.append(Line(text=say("troubles.waiting", count=view.waiting)))
    if view.place and not view.is_warning:
        again = button_id("try_again", more=f"{view.platform}|{view.place}")
        parts.append(Buttons(buttons=(Button(id=again, label=say("buttons.try_again")),)))
    return tuple(parts)


def _title(view: TroubleView, say: Voice) -> str:
    key = "tight_title" if view.is_warning else "title"
    return say(f"troubles.{key}", place=_place(view, say))


def _place(view: TroubleView, say: Voice) -> str:
    values = {"queue": view.name, "person": view.name, "platform": view.name, "place": view.name}
    return say(f"troubles.place.{view.kind}", **values)


def _reason(view: TroubleView, say: Voice) -> str:
    """Return what to do in the reader's language, else as the platform's adapter put it."""
    if view.code not in remedies(view.platform):
        return view.why
    remedy = say(f"troubles.{view.platform}.{view.code}")
    return remedy if view.is_warning else f"{view.code}: {remedy}"
