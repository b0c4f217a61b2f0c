"""The CRD generator: fresh, complete, and loud about what a structural schema cannot say."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, Field

from sigopt_operator.api import crd
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import matches
from sigopt_operator.api.status import ConditionType
from sigopt_operator.api.structural import NotStructural, structural
from sigopt_operator.cli import main

FILE = Path(__file__).parents[2] / "crds" / "sigoptclusters.yaml"

Name = Annotated[str, Field(max_length=8)]


def convert(model: type[BaseModel]) -> dict[str, Any]:
    return structural(model.model_json_schema(), ("spec",), ())


def test_the_committed_crd_is_what_the_models_say() -> None:
    assert main(["crd", "--check", str(FILE)]) == 0


def test_a_stale_crd_is_shown_with_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "crd.yaml"
    stale.write_text(crd.text().replace("maxLength: 100", "maxLength: 99"))

    assert main(["crd", "--check", str(stale)]) == 1

    said = capsys.readouterr().err
    assert "-                maxLength: 99" in said
    assert "+                maxLength: 100" in said
    assert f"sigopt-operator crd --write {stale}" in said


def test_a_missing_crd_is_stale_too(tmp_path: Path) -> None:
    assert main(["crd", "--check", str(tmp_path / "none.yaml")]) == 1


def test_what_was_written_is_fresh(tmp_path: Path) -> None:
    written = str(tmp_path / "crd.yaml")

    assert main(["crd", "--write", written]) == 0
    assert main(["crd", "--check", written]) == 0


def test_the_crd_is_yaml_without_aliases() -> None:
    assert yaml.safe_load(crd.text()) == crd.manifest()
    assert "&id" not in crd.text()


def test_conditions_are_a_map_by_type_with_room_for_all() -> None:
    (version,) = crd.manifest()["spec"]["versions"]
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
    conditions = status["properties"]["conditions"]

    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert conditions["maxItems"] == len(ConditionType)


def test_an_optional_field_may_be_left_out_and_is_never_null() -> None:
    class Inner(BaseModel):
        name: Name

    class Outer(BaseModel):
        inner: Inner | None = None

    assert convert(Outer)["properties"]["inner"] == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "maxLength": 8}},
    }


def test_a_map_has_a_type_and_a_limit_or_keeps_whatever_is_in_it() -> None:
    class Model(BaseModel):
        labels: Annotated[dict[str, Name], Field(max_length=3)]
        anything: Annotated[
            dict[str, Any],
            Field(max_length=3, json_schema_extra={"x-kubernetes-preserve-unknown-fields": True}),
        ]

    assert convert(Model)["properties"] == {
        "labels": {
            "type": "object",
            "maxProperties": 3,
            "additionalProperties": {"type": "string", "maxLength": 8},
        },
        "anything": {
            "type": "object",
            "maxProperties": 3,
            "x-kubernetes-preserve-unknown-fields": True,
        },
    }


def test_defaults_stay_with_the_operator_unless_they_are_to_be_shown() -> None:
    class Model(BaseModel):
        shown: int = 1
        hidden: int = 2

    schema = structural(Model.model_json_schema(), ("spec",), {("spec", "shown")})

    assert schema["properties"] == {
        "shown": {"type": "integer", "default": 1},
        "hidden": {"type": "integer"},
    }


def test_the_text_beside_a_field_goes_before_that_of_its_type() -> None:
    class Inner(BaseModel):
        """Of the type."""

        name: Name

    class Outer(SpecModel):
        inner: Inner
        """Of the
        field."""

    assert convert(Outer)["properties"]["inner"]["description"] == "Of the field."


class Union(BaseModel):
    value: int | Name


class Unbounded(BaseModel):
    text: str


class Endless(BaseModel):
    items: list[int]


class AnyKeys(BaseModel):
    labels: dict[str, int]


class AnyValues(BaseModel):
    labels: dict[str, Any]


class Exclusive(BaseModel):
    count: Annotated[int, Field(gt=0)]


class Constant(BaseModel):
    kind: Literal["one"]


class Pattern(BaseModel):
    name: Annotated[str, Field(max_length=8, pattern="^a")]


class Untyped(BaseModel):
    value: Any


@pytest.mark.parametrize(
    ("model", "says"),
    [
        pytest.param(Union, "spec.value: a union of several types", id="a union"),
        pytest.param(Unbounded, "spec.text: a string without maxLength", id="a string"),
        pytest.param(Endless, "spec.items: a list without maxItems", id="a list"),
        pytest.param(AnyKeys, "spec.labels: a map without maxProperties", id="any keys"),
        pytest.param(AnyValues, "additionalProperties of any type", id="any values"),
        pytest.param(Exclusive, "spec.count: no place for exclusiveMinimum", id="more than"),
        pytest.param(Constant, "spec.kind: no place for const", id="a constant"),
        pytest.param(Pattern, "spec.name: no place for pattern", id="a pattern: use a rule"),
        pytest.param(Untyped, "spec.value: no type", id="no type"),
    ],
)
def test_what_a_structural_schema_cannot_say_is_an_error_here(
    model: type[BaseModel], says: str
) -> None:
    with pytest.raises(NotStructural, match=says):
        convert(model)


def test_a_rule_stands_with_its_message_in_the_schema() -> None:
    class Model(BaseModel):
        name: Annotated[Name, matches("a+", "must be a, or many")]

    assert convert(Model)["properties"]["name"]["x-kubernetes-validations"] == [
        {"rule": "self.matches(r'^(a+)$')", "message": "must be a, or many"}
    ]
