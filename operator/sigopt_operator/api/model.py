"""What every model of the resource has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sigopt_operator.api.rules import VALIDATIONS, Rule


class SpecModel(BaseModel):
    """A frozen part of the spec; camelCase outside, snake_case inside; unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    RULES: ClassVar[tuple[Rule, ...]] = ()
    """Rules about several fields at once. The API server judges them, and `mistakes.find`; building
    a model in Python does not."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Pydantic's hook: the rules of the model go into its schema."""
        result = handler(schema)
        if cls.RULES:
            body = handler.resolve_ref_schema(result)
            body[VALIDATIONS] = [rule.to_crd(_path(rule)) for rule in cls.RULES]
        return result


class StatusModel(BaseModel):
    """A frozen part of the status; what a newer operator wrote beyond these fields is ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )


def _path(rule: Rule) -> str | None:
    return None if rule.field is None else f".{to_camel(rule.field)}"
