"""A reading of before shows what was answered before the last change, and only for a while."""

from __future__ import annotations

from sigopt_sandbox.weather.past import Past


def test_what_was_answered_before_the_change_is_shown_for_a_while() -> None:
    past: Past[str] = Past()
    past.answered("list", "none", 1.0)
    past.changed("eks", 2.0)
    past.answered("list", "one", 3.0)
    assert past.before("eks", "list", since=0.0) == "none"
    assert past.before("eks", "list", since=2.5) is None


def test_without_a_change_nothing_is_of_before() -> None:
    past: Past[str] = Past()
    past.answered("list", "none", 1.0)
    assert past.before("eks", "list", since=0.0) is None


def test_what_was_never_asked_before_the_change_is_not_known() -> None:
    past: Past[str] = Past()
    past.changed("eks", 2.0)
    past.answered("list", "one", 3.0)
    assert past.before("eks", "list", since=0.0) is None


def test_the_newest_of_before_the_last_change_is_shown() -> None:
    past: Past[str] = Past()
    for now, answer in enumerate(("a", "b", "c", "d", "e")):
        past.answered("list", answer, float(now))
    past.changed("eks", 3.5)
    assert past.before("eks", "list", since=0.0) == "d"


def test_nothing_is_shown_that_is_older_than_readings_lag() -> None:
    past: Past[str] = Past()
    past.answered("describe", "UPDATING", 1.0)
    past.changed("eks", 5.0)
    assert past.before("eks", "describe", since=2.0) is None


def test_a_thing_is_new_for_a_while() -> None:
    past: Past[str] = Past()
    past.made("tiny", 5.0)
    assert past.is_new("tiny", since=4.0)
    assert not past.is_new("tiny", since=5.0)
    assert not past.is_new("other", since=0.0)
