"""The rules in Python: the same judgement as the API server's, every mistake at once."""

import pytest
from tests.crd_cases import CASES, Case
from tests.resources import POOL, aws, resource

from sigopt_operator.api import mistakes
from sigopt_operator.api.mistakes import Spelling
from sigopt_operator.api.resource import find_mistakes


@pytest.mark.parametrize("case", [pytest.param(each, id=each.rule) for each in CASES])
def test_python_refuses_what_the_api_server_refuses(case: Case) -> None:
    found = find_mistakes(case.wrong)

    texts = {mistakes.dotted(each.path): each.message for each in found}
    assert (case.python_says or case.says) in texts[case.path]


@pytest.mark.parametrize("case", [pytest.param(each, id=each.rule) for each in CASES])
def test_python_accepts_what_the_api_server_accepts(case: Case) -> None:
    assert find_mistakes(case.right) == []


def test_all_mistakes_are_found_at_once() -> None:
    obj = aws(
        region="us-west-2a",
        cpu={**POOL, "minNodes": 5, "maxNodez": 3},
        access={"principals": ["nobody", 7]},
        managementPolicy="all",
    )

    found = {mistakes.dotted(each.path) for each in find_mistakes(obj)}

    assert found == {
        "spec.region",
        "spec.cpu.maxNodes",
        "spec.cpu.maxNodez",
        "spec.access.principals[0]",
        "spec.access.principals[1]",
        "spec.managementPolicy",
    }


@pytest.mark.parametrize(
    ("spelling", "pool", "field", "words"),
    [
        pytest.param(Spelling.CAMEL, {"min_nodes": 0}, "min_nodes", "did you mean minNodes?"),
        pytest.param(Spelling.SNAKE, {"minNodes": 0}, "minNodes", "did you mean min_nodes?"),
        pytest.param(Spelling.CAMEL, {"instanceTyp": "t"}, "instanceTyp", "mean instanceType?"),
        pytest.param(Spelling.CAMEL, {"spot": True}, "spot", "(fields: instanceType, minNodes,"),
    ],
)
def test_an_unknown_field_gets_a_suggestion_in_the_spelling_of_the_file(
    spelling: Spelling, pool: dict[str, object], field: str, words: str
) -> None:
    found = mistakes.find({"provider": "aws", "cpu": pool}, spelling)

    (message,) = (each.message for each in found if each.path == ("cpu", field))
    assert message.startswith("is no field here")
    assert words in message


def test_no_message_repeats_a_value() -> None:
    secret = "hush/Hush"
    obj = resource(
        {
            "provider": secret,
            "clusterName": secret,
            "cpu": secret,
            "aws": {"awsSecretAccessKey": secret, "credentialsSecretRef": {"name": secret}},
            "access": {"principals": [secret, secret]},
        }
    )

    assert secret not in "".join(each.message for each in find_mistakes(obj))


def test_a_missing_spec_is_a_mistake_of_its_own() -> None:
    obj = aws()
    del obj["spec"]

    assert [each.path for each in find_mistakes(obj)] == [("spec",)]
