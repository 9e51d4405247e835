"""Whether the models that score are there, whole, trusted, and of libraries like ours."""

from collections.abc import Mapping
from importlib import metadata

from services.doctor.aside import aside
from services.doctor.case import Case
from services.doctor.finding import Finding, together, warning
from services.settings import Settings


async def check(case: Case) -> Finding:
    """Load what serves, and what is scored beside it, as a worker does."""
    return await aside(lambda: _found(case.settings))


def _found(settings: Settings) -> Finding:
    # Loading scikit-learn takes most of the time: the bar moves until then.
    from services.composition import choice, model

    chosen = choice(settings)
    made_with = {
        name: model(settings, name).manifest.libraries
        for name in (chosen.serves, chosen.shadow)
        if name is not None
    }
    libraries = {name for made in made_with.values() for name in made}
    return judge(made_with, {name: metadata.version(name) for name in libraries})


def judge(made_with: Mapping[str, Mapping[str, str]], here: Mapping[str, str]) -> Finding:
    """Return whether models that could be loaded were made with the libraries that are here.

    Parameters
    ----------
    made_with
        Version by library, by model; the one that serves is the first.
    """
    faults = []
    for name, libraries in made_with.items():
        other = [f"{n} {v} (here {here[n]})" for n, v in libraries.items() if v != here[n]]
        if other:
            told = f"{name} was made with {', '.join(other)}"
            advice = (
                f"see that it says the same: forewarn verify; or train it again as {name}-again"
            )
            faults.append(warning(told, advice))
    serves, *beside = made_with
    more = f"; {beside[0]} is scored beside it" if beside else ""
    return together(faults, f"{serves} serves: hash, features and types as its manifest says{more}")
