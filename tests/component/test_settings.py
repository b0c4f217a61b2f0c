"""Settings: flags and variables, every mistake at once."""

import argparse
from pathlib import Path

import pytest
import yaml

from sigopt_operator import cli
from sigopt_operator.plan.login import external_id
from sigopt_operator.runtime import settings
from sigopt_operator.runtime.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)


def load(*flags: str) -> Settings:
    parser = argparse.ArgumentParser()
    settings.declare(parser)
    return settings.load(parser.parse_args(flags))


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "eusc-de-east-1"])
def test_every_region_that_a_resource_may_name_may_be_the_usual_one(region: str) -> None:
    assert load("--standalone", "--region", region).region == region


def test_a_rehearsal_needs_no_more_than_standalone() -> None:
    found = load("--standalone")
    assert found.namespaces == ()
    assert found.clock_speed == 1.0
    assert found.workers == 8
    assert found.log_format == "json"


def test_flags_win_over_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGOPT_OPERATOR_REGION", "eu-west-1")
    monkeypatch.setenv("SIGOPT_OPERATOR_STANDALONE", "true")
    assert load().region == "eu-west-1"
    assert load("--region", "us-gov-west-1").region == "us-gov-west-1"


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(("--namespaces", "ml,research"), id="separated by commas"),
        pytest.param(("--namespaces", "ml", "--namespaces", "research"), id="a flag each"),
        pytest.param(("--namespaces", " ml, research,ml,"), id="spaces and repetitions"),
    ],
)
def test_namespaces(flags: tuple[str, ...]) -> None:
    assert load("--standalone", *flags).namespaces == ("ml", "research")


def test_namespaces_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGOPT_OPERATOR_NAMESPACES", "ml,research")
    assert load("--standalone").namespaces == ("ml", "research")


def test_the_lease_is_in_the_named_namespace() -> None:
    assert load("--lease-namespace", "sigopt").lease_namespace == "sigopt"


def test_a_kubeconfig_is_a_path() -> None:
    assert load("--standalone", "--kubeconfig", "/x/y").kubeconfig == Path("/x/y")


@pytest.mark.parametrize(
    ("flags", "mistake"),
    [
        pytest.param((), "--lease-namespace (SIGOPT_OPERATOR_LEASE_NAMESPACE): is needed outside"),
        pytest.param(("--workers", "0"), "--workers (SIGOPT_OPERATOR_WORKERS): Input should be"),
        pytest.param(("--workers", "many"), "not 'many'"),
        pytest.param(("--namespaces", "Ml"), "'Ml' cannot be the name of a namespace"),
        pytest.param(("--identity-namespaces", "Ml"), "'Ml' cannot be the name of a namespace"),
        pytest.param(("--identity-namespaces", "*,ml"), "* means all namespaces"),
        pytest.param(("--aws-calls-per-second", "0"), "--aws-calls-per-second"),
        pytest.param(("--region", "oregon"), "'oregon' does not look like an AWS region"),
        pytest.param(("--clock-speed", "0"), "--clock-speed"),
        pytest.param(("--clock-speed", "nan"), "--clock-speed"),
        pytest.param(("--probe-port", "70000"), "--probe-port"),
    ],
)
def test_a_mistake_names_its_setting(flags: tuple[str, ...], mistake: str) -> None:
    with pytest.raises(settings.InvalidSettingsError) as refused:
        load(*flags)
    assert mistake in str(refused.value)


def test_every_mistake_is_told_at_once_and_the_exit_status_is_misuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGOPT_OPERATOR_LOG_FORMAT", "xml")
    assert cli.main(["run", "--workers", "0", "--region", "oregon"]) == 2
    told = capsys.readouterr().err
    for setting in ("--workers", "--region", "--log-format", "--lease-namespace"):
        assert setting in told


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [
        pytest.param((), None, id="all, unless somebody says otherwise"),
        pytest.param(("--identity-namespaces", "*"), None, id="all"),
        pytest.param(("--identity-namespaces", "ml,ai"), frozenset({"ml", "ai"}), id="some"),
        pytest.param(("--identity-namespaces", ""), frozenset(), id="none"),
    ],
)
def test_the_namespaces_that_may_use_the_operators_identity(
    flags: tuple[str, ...], allowed: frozenset[str] | None
) -> None:
    assert load("--standalone", *flags).identity_allowed == allowed


def test_an_empty_variable_allows_no_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGOPT_OPERATOR_IDENTITY_NAMESPACES", "")
    assert load("--standalone").identity_allowed == frozenset()


SEED = "SIGOPT_OPERATOR_EXTERNAL_ID_SEED"


def test_the_seed_comes_from_the_environment_and_is_never_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(SEED, "canary-of-a-seed-0123")
    found = load("--standalone")
    assert found.seed == "canary-of-a-seed-0123"
    assert "canary" not in f"{found!r} {found}"


def test_the_seed_is_no_flag() -> None:
    with pytest.raises(SystemExit):
        load("--standalone", "--external-id-seed", "canary-of-a-seed-0123")


def test_a_short_seed_is_refused_without_being_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED, "canary")
    with pytest.raises(settings.InvalidSettingsError) as refused:
        load("--standalone")
    assert f"{SEED}: needs 16 characters" in str(refused.value)
    assert "canary" not in str(refused.value)


def test_the_verb_prints_the_external_id_of_a_resource(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SEED, "canary-of-a-seed-0123")
    assert cli.main(["external-id", "ml", "tiny"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{external_id('canary-of-a-seed-0123', 'ml', 'tiny')}\n"
    assert "canary" not in told.out + told.err


@pytest.mark.parametrize("seed", [None, "canary"])
def test_without_a_good_seed_the_verb_says_what_is_missing(
    seed: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if seed:
        monkeypatch.setenv(SEED, seed)
    assert cli.main(["external-id", "ml", "tiny"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert SEED in told.err
    assert "canary" not in told.err


def test_an_unknown_flag_is_misuse() -> None:
    with pytest.raises(SystemExit) as ended:
        load("--wrokers", "3")
    assert ended.value.code == 2


def test_variables_that_are_no_setting_are_found() -> None:
    environment = {"SIGOPT_OPERATOR_WROKERS": "3", "SIGOPT_OPERATOR_REGION": "x", "PATH": "y"}
    assert settings.unknown_variables(environment) == ("SIGOPT_OPERATOR_WROKERS",)


def test_every_variable_that_deploy_sets_is_a_setting() -> None:
    deployment = yaml.safe_load((DEPLOY / "base" / "deployment.yaml").read_text())
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    names = {each["name"] for each in container["env"]}
    assert SEED in names
    assert settings.unknown_variables(dict.fromkeys(names, "")) == ()
