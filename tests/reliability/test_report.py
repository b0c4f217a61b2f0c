"""The figures of a matrix, in the document that keeps them."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.calls import Call
from tests.reliability.matrix import Tried
from tests.reliability.report import BEGIN, END, Figures, Row, report, told
from tests.reliability.run import Point
from tests.reliability.tap import When

POINT = Point("create", Call("eks:CreateCluster", "it's"), 1, When.LOST)
FAILED = Tried("life", "create", POINT, ("doubled: 2 of eks:cluster at once, expected 1 at most",))
FIGURES = Figures(
    rows=(Row("create", 2, 6, 5, 1, 0), Row("delete", 1, 3, 3, 0, 0)),
    failures=(FAILED,),
    never_met=("access: k8s:Event counted #2 (lost)",),
    left=4,
    lives=9,
    date="2026-11-25",
    seconds=125.4,
    seed=7,
    speed=600.0,
    cpu={"operators": 20.0, "lab": 0.2},
)


def test_the_sum_the_kinds_and_the_command_are_told() -> None:
    text = told(FIGURES)
    assert "| **all** | **3** | **9** | **8** | **1** | **0** |" in text
    assert "9 lives in 2 min 5 s" in text
    assert "0 leaks, 1 things doubled, 0 things destroyed, 0 untrue" in text
    assert "4 points were not tried" in text
    assert "- `access: k8s:Event counted #2 (lost)`" in text
    assert "--call 'eks:CreateCluster it'\"'\"'s #1' --when lost" in text


def test_a_life_that_left_scenarios_out_is_repeated_without_them() -> None:
    tried = Tried("life", "access", POINT, ("x",), through=("create", "access", "delete"))
    assert tried.command.endswith(" --through create,access,delete")


def test_the_rest_of_the_document_stays(tmp_path: Path) -> None:
    document = tmp_path / "d.md"
    document.write_text(f"before\n{BEGIN}\nformer\n{END}\nafter\n")
    report(document, FIGURES)
    report(document, FIGURES)
    assert document.read_text() == f"before\n{BEGIN}\n\n{told(FIGURES)}\n\n{END}\nafter\n"
