"""What is read again in which round: the most overdue first, and never too much at once."""

from __future__ import annotations

import gc
import weakref
from datetime import timedelta

import pytest
from tests.fakes.world import NOW

from sigopt_operator.observe.memory import ALLOWANCE, Memory
from sigopt_operator.observe.reading import SHORT
from sigopt_operator.plan.moment import Moment

OFTEN = timedelta(minutes=4)


class Reader:
    """Reads things, settled or not, and knows what it read in a round."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.minutes = 0.0
        self.read: list[str] = []
        self.generation = 1

    def round(
        self,
        *things: str,
        after: float = 0,
        cost: int = 1,
        settled: bool = True,
        fresh_for: timedelta = OFTEN,
    ) -> list[str]:
        """What was really read of these things, in a round so many minutes later."""
        self.minutes += after
        self.read = []
        moment = Moment(NOW + timedelta(minutes=self.minutes))
        self.memory.begin(self.generation, self, moment)
        for thing in things:
            self.memory.recall(
                "Area",
                thing,
                lambda thing=thing: self.read.append(thing),  # type: ignore[misc] # an argument's default binds the loop's value
                settled=lambda _value: settled,
                fresh_for=fresh_for,
                moment=moment,
                cost=cost,
            )
        return self.read

    def spared(self, thing: str, cost: int) -> bool:
        """Whether the round has calls to spare for what may come late."""
        moment = Moment(NOW + timedelta(minutes=self.minutes))
        return self.memory.spare("Area", thing, cost=cost, fresh_for=OFTEN, moment=moment)


@pytest.fixture
def reader() -> Reader:
    return Reader()


MANY = tuple("abcdefgh")


def test_everything_is_read_at_first_and_then_remembered(reader: Reader) -> None:
    assert reader.round(*MANY) == list(MANY)
    assert reader.round(*MANY, after=3) == []


def test_what_is_not_settled_is_read_every_time(reader: Reader) -> None:
    for _ in range(3):
        assert reader.round(*MANY, settled=False) == list(MANY)


def test_what_is_due_is_spread_over_rounds_and_all_of_it_comes(reader: Reader) -> None:
    reader.round(*MANY)
    first = reader.round(*MANY, after=4)
    second = reader.round(*MANY, after=1)
    assert len(first) == len(second) == ALLOWANCE
    assert sorted(first + second) == list(MANY)


def test_the_most_overdue_comes_first(reader: Reader) -> None:
    reader.round("late")
    reader.round("late", *MANY, after=1)
    assert "late" in reader.round("late", *MANY, after=4)


def test_where_more_is_remembered_more_is_renewed_so_that_it_comes_in_time(
    reader: Reader,
) -> None:
    plenty = [f"thing {number}" for number in range(40)]
    reader.round(*plenty)
    read = [thing for _ in range(8) for thing in reader.round(*plenty, after=1)]
    assert set(read) == set(plenty)
    assert len(read) <= 5 * len(plenty) // 4


def test_dear_readings_count_for_what_they_cost(reader: Reader) -> None:
    reader.round(*MANY, cost=2)
    assert len(reader.round(*MANY, after=4, cost=2)) == ALLOWANCE // 2


def test_what_nobody_asks_for_any_more_takes_nothing_of_the_allowance(reader: Reader) -> None:
    reader.round(*MANY, "wanted")
    reader.round("wanted")
    assert reader.round("wanted", after=5) == ["wanted"]


def test_what_nobody_asked_for_of_late_is_never_answered_from_an_old_memory(
    reader: Reader,
) -> None:
    reader.round("once")
    reader.round(after=1)
    assert reader.round("once", after=60) == ["once"]


def test_what_is_looked_at_in_every_round_is_never_put_off(reader: Reader) -> None:
    reader.round(*MANY, fresh_for=SHORT)
    assert reader.round(*MANY, after=1, fresh_for=SHORT) == list(MANY)


def test_an_edit_and_other_credentials_read_everything_anew(reader: Reader) -> None:
    reader.round(*MANY)
    reader.generation = 2
    assert reader.round(*MANY) == list(MANY)


def test_what_was_acted_upon_is_forgotten_with_the_lists_of_its_area(reader: Reader) -> None:
    reader.round("a", "b", "names")
    reader.memory.forget("Area", "a")
    assert reader.round("a", "b", "names") == ["a", "names"]


def test_what_may_come_late_is_read_when_calls_are_to_spare(reader: Reader) -> None:
    reader.round(*MANY)
    reader.round(*MANY, after=1)
    assert reader.spared("late", cost=ALLOWANCE)
    assert not reader.spared("later", cost=1)


def test_what_may_come_late_has_its_turn_however_much_is_due(reader: Reader) -> None:
    late = ["one", "another", "a third"]
    plenty = [f"thing {number}" for number in range(20)]
    reader.round(*plenty)
    admitted = []
    for _ in range(20):
        reader.round(*plenty, after=4)
        for thing in [each for each in late if each not in admitted]:
            if reader.spared(thing, cost=2):
                admitted.append(thing)
                reader.memory.keep("Area", thing, "", OFTEN * 9, Moment(NOW))
        assert len(reader.read) <= len(plenty) // 4
    assert sorted(admitted) == sorted(late)


def test_what_may_come_late_and_was_acted_upon_is_read_in_the_next_round(reader: Reader) -> None:
    reader.round()
    assert reader.spared("late", cost=1)
    reader.memory.keep("Area", "late", "", OFTEN, Moment(NOW))
    reader.round(*MANY)
    reader.memory.forget("Area", "late")
    reader.round(*MANY, after=4)
    assert len(reader.read) == ALLOWANCE - 1
    assert reader.spared("late", cost=1)


def test_a_list_only_gets_another_name_where_something_was_made(reader: Reader) -> None:
    reader.round("names")
    reader.memory.keep("Area", "names", ("a",), OFTEN, Moment(NOW))
    reader.memory.forget("Area", "b", made=True)
    told = reader.memory.recall(
        "Area",
        "names",
        tuple[str, ...],
        settled=lambda _value: True,
        fresh_for=OFTEN,
        moment=Moment(NOW),
    )
    assert told == ("a", "b")


def test_who_reads_is_not_kept(reader: Reader) -> None:
    """AWS clients are megabytes: those that nobody else has any more must go."""
    another = Reader()
    another.memory = reader.memory
    another.round(*MANY)
    who = weakref.ref(another)
    del another
    gc.collect()
    assert who() is None


def test_while_something_is_being_made_what_is_settled_is_looked_at_more_rarely(
    reader: Reader,
) -> None:
    memory = Memory()
    read: list[int] = []
    for minutes, busy in ((0, True), (5, True), (6, False)):
        moment = Moment(NOW + timedelta(minutes=minutes))
        memory.begin(1, reader, moment, busy=busy)
        memory.recall(
            "Area",
            "thing",
            lambda minutes=minutes: read.append(minutes),  # type: ignore[misc] # an argument's default binds the loop's value
            settled=lambda _value: True,
            fresh_for=OFTEN,
            moment=moment,
        )
    assert read == [0, 6]


def test_what_nobody_asks_for_any_more_is_let_go(reader: Reader) -> None:
    reader.round("of a creation", "kept")
    reader.round("kept", after=1)
    assert ("Area", "of a creation") in reader.memory._readings
    reader.round("kept", after=8)
    reader.round("kept", after=1)
    assert set(reader.memory._readings) == {("Area", "kept")}


def test_what_is_asked_for_seldom_but_in_time_is_not_let_go(reader: Reader) -> None:
    reader.round("seldom", "kept")
    for _ in range(3):
        reader.round("kept", after=1)
    assert reader.round("seldom", after=0) == []
