"""A pytest plugin: the first example that fails is enough, and always the same."""

from hypothesis import Phase, settings


def pytest_configure() -> None:
    """Let no property look for its simplest counterexample, which takes long."""
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "mutants", deadline=None, phases=phases, derandomize=True, database=None
    )
    settings.load_profile("mutants")
