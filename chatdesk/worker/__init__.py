"""What the desk does by itself: deliver what is due, fire timers, and sweep up what was left."""

from chatdesk.worker.health import Health, Outcome
from chatdesk.worker.needs import FrontDoor, Presenter, Ticks
from chatdesk.worker.worker import Limits, Worker

__all__ = ["FrontDoor", "Health", "Limits", "Outcome", "Presenter", "Ticks", "Worker"]
