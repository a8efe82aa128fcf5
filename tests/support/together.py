"""Runs the slow parts of a module's tests in parallel threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

Result = TypeVar("Result")
THREADS = 6  # most of the time they wait for a server


def together(
    request: pytest.FixtureRequest, job: Callable[..., Result], *parameters: str
) -> Iterator[Callable[..., Result]]:
    """Call `job` with the parameters of each selected test of the module, at once.

    Yields a function that gives, for the same parameters, what the job returned or
    raised. For a fixture of module scope.
    """
    keys = {
        tuple(callspec.params[name] for name in parameters)
        for item in request.session.items
        if getattr(item, "module", None) is request.module
        and (callspec := getattr(item, "callspec", None))
        and set(parameters) <= set(callspec.params)
    }
    with ThreadPoolExecutor(THREADS) as pool:
        futures = {key: pool.submit(job, *key) for key in keys}
        yield lambda *key: futures[key].result()
