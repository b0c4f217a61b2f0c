"""The parts of the benchmark that measure nothing: what follows from what was measured."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bench import critical_path
from bench.creation import Creation
from bench.edits import ACTS, Edit, Reaction, cluster_of, reactions
from bench.quantiles import quantile
from bench.report import BEGIN, END, Result, put_into, told
from bench.steady import Steady
from bench.where import where

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(0.5, 50, id="half of them"),
        pytest.param(0.99, 99, id="all but the slowest of a hundred"),
        pytest.param(1.0, 100, id="all"),
        pytest.param(0.0, 1, id="none"),
    ],
)
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    assert quantile(list(range(100, 0, -1)), share) == expected


def test_a_quantile_of_one_value_is_that() -> None:
    assert quantile([7], 0.99) == 7


def test_the_critical_path_is_made_of_the_simulations_own_durations() -> None:
    steps = critical_path.steps()
    assert steps["control plane"] == 600
    assert critical_path.seconds() == sum(steps.values())


@pytest.mark.parametrize(
    ("about", "cluster"),
    [
        pytest.param("/clusters/c0001", "c0001", id="a control plane"),
        pytest.param("/clusters/c0001/node-groups/cpu/update-config", "c0001", id="a node group"),
        pytest.param("c0001-sigopt", "c0001", id="a stack"),
        pytest.param("/clusters", "/clusters", id="a list, which is about none"),
        pytest.param("", "", id="anything else"),
    ],
)
def test_a_request_is_about_a_cluster(about: str, cluster: str) -> None:
    assert cluster_of(about) == cluster


def test_what_followed_an_edit_is_the_first_call_and_the_first_act_after_it() -> None:
    def call(at: float, operation: str, about: str) -> dict[str, object]:
        return {"at": at, "operation": operation, "about": about}

    noted = [
        call(9.0, ACTS, "/clusters/a/node-groups/cpu/update-config"),
        call(10.5, "cloudformation:DescribeStacks", "a-sigopt"),
        call(10.6, ACTS, "/clusters/b/node-groups/cpu/update-config"),
        call(11.0, ACTS, "/clusters/a/node-groups/cpu/update-config"),
    ]
    never_acted_upon = Edit("c", 10.0)
    assert reactions([Edit("a", 10.0), never_acted_upon], noted) == [Reaction(0.5, 1.0)]


def test_cpu_is_put_down_to_what_it_is_spent_on() -> None:
    ours = "sigopt_operator"
    observed = ("threading:run", f"{ours}.observe.observe:observe")
    found = where(
        [
            ((*observed, "botocore.client:_make_api_call", f"{ours}.aws.answers:_judge"), 10),
            ((*observed, "botocore.client:_make_api_call"), 30),
            ((*observed, f"{ours}.cluster.api:ask", "urllib3.request:request"), 20),
            (("threading:run", f"{ours}.plan.decide:decide", f"{ours}.plan.decide:decide"), 25),
            (("asyncio.events:_run",), 15),
        ],
        most=2,
    )
    assert found.areas == (
        ("calls of AWS: signed, sent, parsed (botocore)", 0.3),
        ("deciding", 0.25),
        ("the clusters' own APIs", 0.2),
        ("threads and the event loop", 0.15),
        ("AWS's answers, held against its model", 0.1),
    )
    assert found.functions == (("observe.observe:observe", 0.6), ("plan.decide:decide", 0.25))


def thousand(memory: float, cpu: float) -> Steady:
    return Steady(
        resources=1000,
        speed=1,
        seconds=100.0,
        rounds=1500.0,
        cpu=cpu,
        calls=7500.0,
        by_operation={"eks DescribeCluster": 7500.0},
        statuses=0.0,
        memory=memory,
        peak=memory,
        threads=40,
        where=None,
        idle=0.01,
    )


def created(count: int, ratios: Sequence[float], first_call: float | None = None) -> Creation:
    followed = () if first_call is None else (Reaction(first_call, first_call + 1),)
    return Creation(count, count, 8, tuple(ratios), calls=70.0, cpu=0.5, reactions=followed)


@pytest.mark.parametrize(
    ("steady", "creations", "verdicts"),
    [
        pytest.param(
            thousand(250, 4.9),
            (created(1, [1.05]), created(100, [1.1, 1.2], 0.9)),
            ["met"] * 5,
            id="all aims are met",
        ),
        pytest.param(
            thousand(251, 5.1),
            (created(1, [1.06]), created(100, [1.1, 1.21], 1.1)),
            ["**missed**"] * 5,
            id="all aims are missed: the slowest counts",
        ),
    ],
)
def test_a_report_holds_what_was_reached_against_the_aims(
    steady: Steady, creations: tuple[Creation, ...], verdicts: list[str]
) -> None:
    report = told(Result(0.01, creations, (steady,)), "make bench-scale", NOW, 600)
    aims = [line.split("|")[3].strip() for line in report.splitlines() if "at most" in line]
    assert [verdict for verdict in aims if verdict in ("met", "**missed**")] == verdicts
    assert "`eks DescribeCluster` | 4.50" in report


def test_one_that_was_broken_off_says_so_and_tells_what_was_measured() -> None:
    late = Result(0.01, (created(1, [1.04]),), (), late="7 of 800 are Ready after 1800 s")
    report = told(late, "make bench-scale", NOW, 600)
    assert "the rest was not measured:** 7 of 800 are Ready after 1800 s." in report
    assert "1.040" in report


def test_cpu_at_a_multiple_of_awss_speed_counts_what_is_idle_once() -> None:
    fast = Steady(**{**vars(thousand(100, 3.0)), "speed": 10, "seconds": 1000.0})
    assert fast.cpu_share == pytest.approx(0.01 + (3.0 - 0.01 * 100) / 1000)


def test_a_report_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put_into(page, "new")
    put_into(page, "newer")
    assert page.read_text() == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"


def test_a_page_without_a_place_for_the_report_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="bench-scale"):
        put_into(page, "new")
    assert page.read_text() == "nothing\n"
