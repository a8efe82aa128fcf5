"""The API answers as its OpenAPI document says, also to wrong requests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema

from shimgen.collector.keep.sqlite import SQLiteStore
from shimgen.collector.show.api import ENDPOINTS
from shimgen.spec import Spec
from support.published import K, fill
from support.serving import serving

_MANY = "1000000"  # reports a minute: the limiter has its own tests


@pytest.fixture(scope="module")
def api(spec: Spec, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BaseSchema]:
    db = tmp_path_factory.mktemp("contract") / "db"
    with contextlib.closing(SQLiteStore(db, spec)) as store:
        fill(store, spec, runs=500, days=30)
    with serving(db, "--k", str(K), "--rate", _MANY) as (url, _):
        yield schemathesis.openapi.from_url(url.rstrip("/") + "/api/openapi.json")


# One more than the GET operations: the one that receives reports.
@pytest.mark.parametrize("number", range(len(ENDPOINTS) + 1))
def test_every_answer_matches_the_openapi_document(
    api: BaseSchema, number: int
) -> None:
    operations = [
        operation.ok()
        for operation in api.get_all_operations()
        if isinstance(operation, Ok)
    ]
    assert len(operations) == len(ENDPOINTS) + 1

    @given(operations[number].as_strategy())
    @settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate()

    check()


def test_the_document_names_its_openapi_version(api: BaseSchema) -> None:
    assert api.raw_schema["openapi"] == "3.1.0"
