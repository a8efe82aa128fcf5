"""A pytest plugin: a property stops at its first failing example."""

from hypothesis import Phase, settings


def pytest_configure() -> None:
    """Turn off the search for the simplest counterexample, which takes long."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutants", deadline=None, phases=phases, derandomize=True, database=None
    )
    settings.load_profile("mutants")
