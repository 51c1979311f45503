"""What can be said about a policy that is right: what it holds, and what may not be meant so."""

from __future__ import annotations

from chatdesk.lifecycle.policy import Policy
from chatdesk.ui.typed import words_for
from chatdesk.ui.wording import languages


def summary(policy: Policy) -> str:
    """Say in a few words what a policy holds."""
    counted = (
        (policy.queues, "queue", "queues"),
        (policy.topics, "topic", "topics"),
        (policy.hours, "calendar of hours", "calendars of hours"),
        (policy.sla, "agreement", "agreements"),
        (policy.admins, "admin", "admins"),
    )
    counts = [f"{len(found)} {one if len(found) == 1 else many}" for found, one, many in counted]
    return f"{policy.name}, {', '.join(counts)}"


def remarks(policy: Policy) -> list[str]:
    """Return a sentence for each thing that works, but hardly as it is meant."""
    found = []
    if not _has_texts(policy):
        found.append(f"language is '{policy.language}', which has no texts: English is said.")
    if not policy.admins:
        found.append("admins names nobody: nobody can look after the desk from chat.")
    for name, queue in policy.queues.items():
        if not (queue.agents or queue.leads or queue.home):
            found.append(f"queues.{name} has no agents, leads or home: nobody sees its tickets.")
        if name in words_for("view"):
            found.append(f"queues.{name} is called like a view: `queue {name}` shows that instead.")
        if all(topic.queue != name for topic in policy.topics.values()):
            found.append(f"queues.{name} has no topic: its tickets come by transfer only.")
    return found


def _has_texts(policy: Policy) -> bool:
    """Tell whether the desk's language, or the one it is a kind of, is ours or its own."""
    heard = {policy.language, policy.language.partition("-")[0]}
    return bool(heard & {*languages(), *policy.wording})
