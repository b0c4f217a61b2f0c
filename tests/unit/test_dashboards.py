"""The dashboard and the alerts speak of metrics, labels and values that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.documents import ROOT, document

from sigopt_operator.api.status import Phase
from sigopt_operator.aws.meter import Answered
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.metrics import Ended, Metrics, Written
from sigopt_operator.runtime.probes import Health
from sigopt_operator.runtime.queue import WorkQueue

DASHBOARD: dict[str, Any] = json.loads(
    (ROOT / "deploy" / "dashboards" / "sigopt-operator.json").read_text()
)
RULES = yaml.safe_load((ROOT / "deploy" / "components" / "prometheus" / "rules.yaml").read_text())
SCRAPED = yaml.safe_load(
    (ROOT / "deploy" / "components" / "prometheus" / "podmonitor.yaml").read_text()
)
ALERTS = [rule for group in RULES["spec"]["groups"] for rule in group["rules"]]
BY_PROMETHEUS = {"container", "pod", "namespace", "le"}
"""Labels that whoever scrapes puts on, and those of a histogram."""
VALUES: Mapping[str, set[str]] = {
    "outcome": {*get_args(Ended), *get_args(Answered), *get_args(Written)},
    "phase": {*Phase, "Unknown"},
    "state": {"Deleting", "Stalled", "NotReady"},
    "container": {"operator"},
    "namespace": {SCRAPED["metadata"]["namespace"]},
}
METRIC = re.compile(r"\b((?:sigopt_operator|process)_[a-z0-9_]+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')


def series() -> dict[str, set[str]]:
    """Every series that there can be, with its labels."""
    metrics = Metrics()
    metrics.follow(Health(), WorkQueue(lambda _seconds, _call: _never()))
    metrics.answered("eks", "DescribeCluster", "ok")
    metrics.event("Normal", "CreateStack")
    told = {"type": "Stalled", "status": "True", "reason": "Why"}
    metrics.population.seen(Key("ml", "a"), {"metadata": {}, "status": {"conditions": [told]}})
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _never() -> Any:
    raise AssertionError("nothing is queued")


SERIES = {name: labels for name, labels in series().items() if not name.endswith("_created")}
OURS = {re.sub(r"_(bucket|sum|count)$", "", name) for name in SERIES if name.startswith("sigopt_")}


def expressions() -> Iterator[object]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
    for alert in ALERTS:
        yield pytest.param(alert["expr"], id=alert["alert"])


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_expression_names_what_there_is(expression: str) -> None:
    named = METRIC.findall(expression)
    assert named
    assert {name for name, _ in named} - SERIES.keys() == set()
    labels = set().union(*(SERIES[name] for name, _ in named)) | BY_PROMETHEUS
    for grouped in GROUPED.findall(expression):
        assert set(grouped.replace(" ", "").split(",")) <= labels
    for _, matchers in named:
        for label, _, value in MATCHER.findall(matchers):
            assert label in labels
            assert set(value.split("|")) <= VALUES[label]
    assert expression.count("(") == expression.count(")")


def test_everything_that_is_counted_is_shown() -> None:
    shown = " ".join(t["expr"] for panel in DASHBOARD["panels"] for t in panel["targets"])
    assert {name for name in OURS if name not in shown} == set()


def test_everything_that_is_counted_is_in_the_docs() -> None:
    told = document("docs/operations.md").inline_code
    assert {name for name in OURS if name not in told} == set()


@pytest.mark.parametrize("alert", [pytest.param(a, id=a["alert"]) for a in ALERTS])
def test_every_alert_says_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"SigOpt\w+", alert["alert"])
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert alert["annotations"].keys() == {"summary", "description"}
    assert alert["annotations"]["summary"].endswith(".")


def test_that_nobody_leads_is_told_of_each_namespace_and_of_one_without_any_operator() -> None:
    """Where two operators stood side by side, the other one led, and nothing was said."""
    (expression,) = [a["expr"] for a in ALERTS if a["alert"] == "SigOptOperatorDoesNotLead"]
    of_each, absent = expression.split(" or ")
    assert GROUPED.findall(of_each) == ["namespace"]
    assert absent.startswith("absent(")
    assert [label for label, _, _ in MATCHER.findall(absent)] == ["namespace"]


def test_no_two_panels_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (at["x"] + right, at["y"] + down) for right in range(at["w"]) for down in range(at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_the_deployment_serves_what_is_scraped() -> None:
    deployment = yaml.safe_load((ROOT / "deploy" / "base" / "deployment.yaml").read_text())
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    (endpoint,) = SCRAPED["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert SCRAPED["metadata"]["namespace"] == deployment["metadata"]["namespace"]
    assert SCRAPED["spec"]["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert container["name"] in VALUES["container"]
