"""What the docs say is there: links, commands, examples, settings, fields, reasons."""

import re
import sys

import pytest
from tests.documents import ROOT, Document, Fence, document, documents
from tests.unit.vocabulary import PACKAGE, known_paths, reasons, reasons_in

from sigopt_operator import cli
from sigopt_operator.api import manifest
from sigopt_operator.api.spec import ClusterSpec
from sigopt_operator.api.status import ConditionType, Phase, Status
from sigopt_operator.runtime import settings
from sigopt_operator.runtime.settings import Flags, Settings
from sigopt_sandbox import cli as sandbox_cli

EVERY = pytest.mark.parametrize("doc", [pytest.param(each, id=str(each)) for each in documents()])
README = document("README.md")
RUNNERS = ("make", "demo", "readme")


@EVERY
def test_every_link_leads_somewhere(doc: Document) -> None:
    broken = [link for link in doc.links if "://" not in link and not _leads_somewhere(doc, link)]
    assert broken == []


def _leads_somewhere(doc: Document, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (doc.path.parent / path).resolve() if path else doc.path
    if not target.exists():
        return False
    return not anchor or anchor in Document(target).anchors


@EVERY
def test_a_table_of_contents_has_every_section(doc: Document) -> None:
    top = doc.prose.partition("\n## ")[0]
    if re.search(r"^- \[[^\]]*\]\(#", top, re.MULTILINE):
        assert re.findall(r"\]\(#([^)]*)\)", top) == doc.sections


def named(doc: Document, program: str) -> set[str]:
    """The verbs of a program that the document tells people to type."""
    called = re.compile(rf"(?:^|[|;&(]\s*){program} ([a-z][a-z-]*)")
    return {verb for command in doc.commands for verb in called.findall(command)}


@EVERY
def test_every_make_target_exists(doc: Document) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named(doc, "make") - targets == set()


@EVERY
def test_every_verb_of_the_operator_exists(doc: Document) -> None:
    assert named(doc, "sigopt-operator") - {verb.name for verb in cli.VERBS} == set()


@EVERY
def test_every_verb_of_the_sandbox_exists(
    doc: Document, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox", "--help"])
    with pytest.raises(SystemExit):
        sandbox_cli.main()
    verbs = set(re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE))
    assert "up" in verbs
    assert named(doc, "sandbox") - verbs == set()


def examples() -> list[object]:
    return [
        pytest.param(fence.text, id=f"{doc} {number}")
        for doc in documents()
        for number, fence in enumerate(doc.fences, start=1)
        if fence.language == "yaml" and "kind: SigOptCluster" in fence.text
    ]


@pytest.mark.parametrize("text", examples())
def test_every_example_of_the_resource_is_valid(text: str) -> None:
    assert len(manifest.validate(text)) == 1


def test_the_readme_shows_what_the_demo_applies() -> None:
    shown = [fence.text for fence in README.fences if fence.language == "yaml"]
    assert (ROOT / "demo" / "tiny-cluster.yaml").read_text() in shown


@pytest.mark.parametrize(
    "fence",
    [
        pytest.param(fence, id=fence.commands[0])
        for fence in README.fences
        if fence.language == "sh"
    ],
)
def test_every_command_of_the_readme_says_who_runs_it(fence: Fence) -> None:
    assert fence.run is not None
    assert fence.run in RUNNERS or fence.run.startswith("no, ")
    if fence.run == "make":
        assert [c for c in fence.commands if not re.fullmatch(r"make [a-z-]+", c)] == []
    if fence.run == "demo":
        typed = (ROOT / "demo" / "demo.py").read_text()
        words = {word for command in fence.commands for word in command.split()[:3]}
        assert {word for word in words if f'"{word}"' not in typed} <= {"tiny-cluster"}


NAMESPACES_THAT_ARE_THERE = {"kube-system", "sigopt-operator", "argocd"}
"""Made by Kubernetes, by `kubectl apply -k deploy/base`, and with Argo CD."""


@EVERY
def test_what_is_made_in_a_namespace_of_ones_own_is_made_after_it_in_the_same_section(
    doc: Document,
) -> None:
    made: set[tuple[str, str]] = set()
    missing = []
    for fence in doc.fences:
        for command in fence.commands:
            new = re.findall(r"^kubectl create namespace (\S+)", command)
            made.update((fence.under, name) for name in new)
            into = set(re.findall(r"^kubectl create .* (?:-n|--namespace)[ =](\S+)", command))
            into -= NAMESPACES_THAT_ARE_THERE
            missing += [command for name in into if (fence.under, name) not in made]
    assert missing == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_with_its_default(name: str) -> None:
    flag, variable = f"--{name.replace('_', '-')}", settings.PREFIX + name.upper()
    named = f"`{flag}`" if name in Flags.model_fields else "none"
    row = re.compile(rf"^\| {named} \| `{variable}` \| ([^|]+) \| .+ \|$", re.MULTILINE)
    (default,) = row.findall(document("docs/operations.md").text)
    value = Settings.model_fields[name].default
    if isinstance(value, bool | int | float | str):
        assert default == f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_there_is_no_setting_but_those_in_the_code() -> None:
    known = {settings.PREFIX + name.upper() for name in Settings.model_fields}
    told = {
        name for doc in documents() for name in re.findall(r"\bSIGOPT_OPERATOR_[A-Z_]+", doc.text)
    }
    assert told - known == set()


PATHS = known_paths(ClusterSpec, "spec") | known_paths(Status, "status")


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_field_is_in_the_reference(path: str) -> None:
    assert path in document("docs/resource.md").inline_code


@EVERY
def test_every_field_that_is_named_exists(doc: Document) -> None:
    field = re.compile(r"(?:spec|status)(?:\.[a-zA-Z]+(?:\[\])?)+")
    assert {code for code in doc.inline_code if field.fullmatch(code)} - PATHS == set()


@pytest.mark.parametrize("word", [*ConditionType, *Phase])
def test_every_condition_and_phase_is_in_the_reference(word: str) -> None:
    assert word in document("docs/resource.md").inline_code


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/reliability.md"])
def test_every_test_that_a_promise_names_exists(page: str) -> None:
    named = [code for code in document(page).inline_code if code.endswith(".py")]
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []


PARTS_BY_ROOM = {
    "preflight": ConditionType.PREFLIGHT_PASSED,
    "network": ConditionType.NETWORK_READY,
    "control_plane": ConditionType.CONTROL_PLANE_READY,
    "access": ConditionType.ACCESS_READY,
    "kubeconfig": ConditionType.KUBECONFIG_READY,
    "addons": ConditionType.ADDONS_READY,
    "node_pools": ConditionType.NODE_POOLS_READY,
}
ASKED_BY_PREFLIGHT = "subnets.py"
"""In the room of the network."""


@pytest.mark.parametrize(("room", "condition"), PARTS_BY_ROOM.items())
def test_every_reason_of_a_part_is_in_its_row_of_the_reference(
    room: str, condition: ConditionType
) -> None:
    modules = [*(PACKAGE / "plan" / room).glob("*.py")]
    modules = [path for path in modules if path.name != ASKED_BY_PREFLIGHT]
    if condition is ConditionType.PREFLIGHT_PASSED:
        modules.append(PACKAGE / "plan" / "network" / ASKED_BY_PREFLIGHT)
    given = {reason for path in modules for reason in reasons_in(path)}
    assert given
    row = re.search(rf"^\| `{condition}` \|.*\|(.*)\|$", document("docs/resource.md").text, re.M)
    assert row
    assert given - set(re.findall(r"`(\w+)`", row[1])) == set()


def explained() -> set[str]:
    """The reasons that have a row in a table of the troubleshooting page."""
    rows = re.findall(
        r"^\| `([A-Z]\w+)` \|", document("docs/troubleshooting.md").text, re.MULTILINE
    )
    return set(rows)


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_reason_for_which_something_is_wrong_is_explained(reason: str) -> None:
    assert reason in explained()


def test_no_reason_is_explained_that_nobody_can_meet() -> None:
    assert explained() - reasons() == set()


def test_the_reasons_are_found_in_the_code() -> None:
    one_of_each_kind = {"NameConflict", "VersionNotOnOffer", "SecretMissing", "PermissionMissing"}
    assert one_of_each_kind | {"InvalidSpec", "CredentialsRefused"} <= reasons()
