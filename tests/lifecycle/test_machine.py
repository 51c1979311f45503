"""Two actors and the clock do whatever comes to their minds; no illegal state is ever found."""

from __future__ import annotations

import itertools
from datetime import timedelta
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatdesk.lifecycle.investigation import UndoReply
from chatdesk.lifecycle.permissions import THE_CLOCK
from chatdesk.lifecycle.record import dump_fact, dump_ticket, fold, load_fact, load_ticket
from chatdesk.lifecycle.step import Refused
from chatdesk.lifecycle.ticket import Status
from chatdesk.lifecycle.timers import due_command, timers
from tests.lifecycle.commands import EXAMPLES
from tests.lifecycle.laws import laws
from tests.lifecycle.test_transitions import LEGAL, TAKEN_BACK
from tests.lifecycle.world import AGENT, LEAD, REQUESTER, World, opened, renumbered

BY_PEOPLE = sorted(set(EXAMPLES) - {"UndoReply"})


class TwoActors(RuleBasedStateMachine):
    """The requester, an agent or the lead act in any order, and time passes between."""

    world: World
    may_go_back: bool = False

    @initialize(topic=st.sampled_from(["laptop", "server"]))
    def somebody_opens_a_ticket(self, topic: str) -> None:
        self.world = opened(topic)
        self.world.others = {8: renumbered(opened().ticket, 8)}

    @rule(name=st.sampled_from(BY_PEOPLE), actor=st.sampled_from([REQUESTER, AGENT, LEAD]))
    def somebody_acts(self, name: str, actor: object) -> None:
        before = self.world.ticket
        try:
            self.world.does(EXAMPLES[name](), actor)  # type: ignore[arg-type]  # hypothesis says object
        except Refused:
            assert self.world.ticket == before
            return
        self.may_go_back |= name in TAKEN_BACK

    @precondition(lambda self: self.world.ticket.public_words)
    @rule(pick=st.randoms(use_true_random=False))
    def the_agent_takes_a_reply_back(self, pick: Random) -> None:
        word = pick.choice(self.world.ticket.public_words)
        try:
            self.world.does(UndoReply(entry=word.entry), AGENT)
        except Refused:
            return
        assert word.entry not in {one.entry for one in self.world.ticket.public_words}

    @rule(hours=st.integers(min_value=1, max_value=60))
    def time_passes(self, hours: int) -> None:
        self.world.passes(hours=hours)
        for name in sorted(timers(self.world.ticket, self.world.policy)):
            ticket, policy = self.world.ticket, self.world.policy
            command = due_command(name, ticket, policy, self.world.now)
            if command is not None:
                self.world.does(command, THE_CLOCK)

    @invariant()
    def the_record_adds_up_to_the_ticket(self) -> None:
        assert fold(self.world.record) == self.world.ticket
        assert self.world.ticket.version == len(self.world.record)

    @invariant()
    def every_change_of_status_was_legal(self) -> None:
        steps = [stretch.status for stretch in self.world.ticket.history]
        changes = set(itertools.pairwise(steps))
        assert changes <= LEGAL or self.may_go_back

    @invariant()
    def the_state_makes_sense(self) -> None:
        ticket = self.world.ticket
        assert (ticket.closing is not None) == (ticket.status is Status.CLOSED)
        assert ticket.status is not Status.RESOLVED or ticket.resolution is not None
        assert ticket.assignee is None or ticket.unassigned_since is None
        assert ticket.version > 0
        moments = [stretch.since for stretch in ticket.history]
        assert moments == sorted(moments)

    @invariant()
    def what_is_written_down_reads_back(self) -> None:
        assert load_ticket(dump_ticket(self.world.ticket)) == self.world.ticket
        last = self.world.record[-1]
        assert load_fact(*dump_fact(last)) == last

    @invariant()
    def nothing_is_planned_beyond_a_year(self) -> None:
        later = self.world.now + timedelta(days=400)
        found = timers(self.world.ticket, self.world.policy)
        assert all(timer.due_at <= later for timer in found.values())


TestTwoActors = TwoActors.TestCase
TestTwoActors.settings = laws(12, steps=16)
