"""What is dear to make is made once, and kept only while somebody asks for it."""

from __future__ import annotations

from collections import Counter

import pytest

from sigopt_operator.aws.kept import Kept


class World:
    def __init__(self) -> None:
        self.now = 0.0
        self.made: Counter[str] = Counter()
        self.closed: list[str] = []
        self.kept: Kept[list[str]] = Kept(
            idle=100.0, now=lambda: self.now, close=lambda gone: self.closed.extend(gone)
        )

    def ask(self, key: str) -> list[str]:
        def make() -> list[str]:
            self.made[key] += 1
            return [key]

        return self.kept.of(key, make)


@pytest.fixture
def world() -> World:
    return World()


def test_it_is_made_once(world: World) -> None:
    assert world.ask("a") is world.ask("a")
    assert world.made["a"] == 1


def test_however_many_are_asked_for_in_turn_none_of_them_is_made_twice(world: World) -> None:
    keys = [str(number) for number in range(300)]
    for key in (*keys, *keys):
        world.ask(key)
    assert set(world.made.values()) == {1}


def test_what_nobody_asked_for_in_a_while_goes(world: World) -> None:
    world.ask("rotated")
    for _ in range(3):
        world.now += 50
        world.ask("used")
        world.kept.tidy()
    assert world.closed == ["rotated"]
    assert len(world.kept) == 1
    world.ask("rotated")
    assert world.made == {"rotated": 2, "used": 1}


def test_the_last_one_goes_too(world: World) -> None:
    world.ask("a")
    world.now += 101
    world.kept.tidy()
    assert world.closed == ["a"]
    assert not world.kept
    world.kept.tidy()


def test_what_is_asked_for_again_and_again_stays(world: World) -> None:
    for _ in range(10):
        world.now += 90
        world.kept.tidy()
        world.ask("a")
    assert world.made["a"] == 1


def test_what_is_dropped_is_made_anew(world: World) -> None:
    world.kept.drop(world.ask("a"))
    assert world.closed == ["a"]
    world.ask("a")
    assert world.made["a"] == 2


def test_what_was_made_just_now_may_be_kept_all_the_same(world: World) -> None:
    made = world.ask("a")
    world.now += 29
    world.ask("a")
    world.kept.drop(made, age=30)
    assert world.ask("a") is made
    world.now += 1
    world.kept.drop(made, age=30)
    assert world.ask("a") is not made
