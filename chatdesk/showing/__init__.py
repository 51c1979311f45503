"""What cards show, gathered from the store, and every notice drawn from its newest state."""

from chatdesk.showing.gallery import Gallery
from chatdesk.showing.lanes import Lane, number_of, queue_reader, reader_of, side_for
from chatdesk.showing.views import Row

__all__ = ["Gallery", "Lane", "Row", "number_of", "queue_reader", "reader_of", "side_for"]
