"""Simulated time and the lifecycles that run on it, without any process."""

import pytest

from sigopt_sandbox.aws.eks.clock import Clock
from sigopt_sandbox.aws.eks.scheduler import Life, Look, Scheduler


class Wall:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def clock(wall: Wall) -> Clock:
    return Clock(60.0, wall)


def test_a_second_is_a_minute_at_speed_60_and_time_can_stop_and_jump(
    clock: Clock, wall: Wall
) -> None:
    wall.seconds += 2
    assert clock.now() == 120
    clock.freeze(True)
    wall.seconds += 5
    assert clock.now() == 120
    clock.advance(30)
    assert clock.now() == 150
    clock.freeze(False)
    wall.seconds += 1
    assert clock.now() == 210
    clock.set_speed(1.0)
    wall.seconds += 1
    assert clock.now() == 211


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_time_always_runs_forward(wall: Wall, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        Clock(speed, wall)
    with pytest.raises(ValueError, match="backwards"):
        Clock(1.0, wall).advance(-1)


def test_steps_of_several_lives_happen_in_the_order_of_time(clock: Clock) -> None:
    scheduler, said = Scheduler(clock), []

    def life(name: str, *waits: float) -> Life:
        for wait in waits:
            yield wait
            said.append(name)

    scheduler.start("a", life("a", 10, 30))
    scheduler.start("b", life("b", 20, 5))
    scheduler.run_due()
    assert said == []
    clock.advance(60)
    scheduler.run_due()
    assert said == ["a", "b", "b", "a"]
    assert not scheduler.running("a")


def test_a_jump_costs_one_look_at_a_condition(clock: Clock) -> None:
    scheduler, looks = Scheduler(clock), []

    def waiting() -> Life:
        while True:
            looks.append(clock.now())
            yield Look(1.0)

    scheduler.start("w", waiting())
    scheduler.run_due()
    clock.advance(3600)
    scheduler.run_due()
    assert len(looks) == 2


def test_a_second_life_of_a_key_ends_the_first_and_below_means_below(clock: Clock) -> None:
    scheduler, said = Scheduler(clock), []

    def life(name: str) -> Life:
        yield 1.0
        said.append(name)

    scheduler.start("c", life("creation"))
    scheduler.start("c", life("deletion"))
    scheduler.start("c/addon/x", life("addon"))
    scheduler.cancel_below("c/")
    scheduler.run_due()
    clock.advance(10)
    scheduler.run_due()
    assert said == ["deletion"]


def test_a_life_with_a_bug_ends_and_the_others_go_on(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler, said = Scheduler(clock), []

    def broken() -> Life:
        yield 1.0
        raise RuntimeError("a bug")

    def sound() -> Life:
        yield 2.0
        said.append("sound")

    scheduler.start("broken", broken())
    scheduler.start("sound", sound())
    scheduler.run_due()
    clock.advance(5)
    scheduler.run_due()
    assert said == ["sound"]
    assert not scheduler.running("broken")
    assert "the lifecycle broken ended with an error" in caplog.text
