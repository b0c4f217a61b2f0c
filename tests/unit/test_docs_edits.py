"""Every edit has an answer: each field of the spec has one row, and docs/edits.md shows it."""

import pytest
from tests.documents import document
from tests.unit.vocabulary import known_paths, reasons

from sigopt_operator.api.edits import ROWS, Answer, table
from sigopt_operator.api.spec import ClusterSpec

FIELDS = sorted(known_paths(ClusterSpec, "spec"))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_the_spec_has_one_row(field: str) -> None:
    assert [row.answer for row in ROWS if field.removeprefix("spec.") in row.fields][1:] == []
    assert any(field.removeprefix("spec.") in row.fields for row in ROWS)


def test_no_row_is_about_a_field_that_is_none() -> None:
    assert {f"spec.{field}" for row in ROWS for field in row.fields} - set(FIELDS) == set()


def test_the_document_has_the_table_as_the_code_does() -> None:
    """After a change: python -m tests.unit.test_docs_edits."""
    assert table() in document("docs/edits.md").text


@pytest.mark.parametrize("answer", [*Answer])
def test_every_answer_is_explained(answer: Answer) -> None:
    assert f"- **{answer}**" in document("docs/edits.md").text


def test_every_reason_that_a_row_names_exists() -> None:
    words = " ".join(f"{row.disruption} {row.shows}" for row in ROWS)
    named = {word for word in reasons() if f"`{word}`" in words}
    assert {"AccountChanged", "UpgradeFailed", "EncryptionCannotChange"} <= named


if __name__ == "__main__":
    page = document("docs/edits.md")
    head, _, rest = page.text.partition("| field |")
    end = rest[rest.index("\n\n") :] if "\n\n" in rest else "\n"
    page.path.write_text(head + table().rstrip("\n") + end)
