"""Everything that the OpenAPI document allows, and what it does not: never a failure, never let in without a right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from adapters.http.api import PREFIX, ROUTES
from bot.models import RANK
from tests.e2e.http.test_serve import Process, serving, token
from tests.e2e.organisation import Organisation

EXAMPLES: Final = 6
"""Of each operation, valid and invalid."""
_CALM: Final = settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip

_EXCLUDED: Final[list[Any]] = [
    positive_data_acceptance,  # what is well said may still name something that there is none of
    negative_data_rejection,  # what was wrong with the credentials is made right here
]


@dataclass(frozen=True)
class Served:
    """The service, and what a program of each role sends to be let in; without a role nothing."""

    process: Process
    headers: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def served(indexed: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fuzzed") / "org"
    shutil.copytree(indexed.folder, folder)
    org = Organisation(folder)
    headers: dict[str, dict[str, str]] = {"": {}}
    headers |= {role: token(org, role) for role in RANK}
    with serving(org) as process:
        yield Served(process, headers)
        code, log, _ = process.end()
    assert code == 0
    assert [entry for entry in log if entry["level"] == "error"] == []


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_whatever_is_sent_is_answered_as_described_and_only_to_who_may(served: Served, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{served.process.url}{PREFIX}/openapi.json")
    found: list[Any] = list(schema.get_all_operations())
    operations = [each.ok() for each in found]
    assert len(operations) == len(ROUTES)
    for operation in operations:
        _try(operation, served, mode)


def _try(operation: Any, served: Served, mode: GenerationMode) -> None:
    role = operation.definition.raw["x-role"]

    @_CALM
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Case[Any]) -> None:
        for who, authorization in served.headers.items():
            headers = {"Host": "localhost", **authorization}
            response = case.call(headers=headers)
            case.validate_response(response, headers=headers, excluded_checks=_EXCLUDED)
            if not who or RANK[who] < RANK[role]:  # type: ignore[index]
                assert 400 <= response.status_code < 500

    holds()
