"""Rules of a spec's dimensions: the properties of runs that statistics count."""

from __future__ import annotations

from itertools import pairwise

from .reader import Reader
from .types import Field, Spec

# The collector counts these for every spec.
OWN = ("event", "status", "exit_code")


def check(spec: Spec, reader: Reader) -> None:
    """Record in `reader` every rule that the dimensions of `spec` break."""
    names = [dimension.name for dimension in spec.dimensions]
    reader.unique("dimension[{}].name", names)
    for number, dimension in enumerate(spec.dimensions):
        path = f"dimension[{number}]"
        if dimension.name in OWN:
            remedy = "is counted in any case; remove it or rename it"
            reader.add(f"{path}.name", dimension.name, remedy)
        if any(one >= other for one, other in pairwise(dimension.buckets)):
            remedy = "must ascend; sort them and keep each once"
            reader.add(f"{path}.buckets", list(dimension.buckets), remedy)
    bucketed = {one.name for one in spec.dimensions if one.buckets}
    used = set()
    for number, event in enumerate(spec.events):
        fields = [field for field in event.fields if field.dimension]
        used |= {field.dimension for field in fields}
        for index, field in enumerate(event.fields):
            path = f"event[{number}].fields[{index}].dimension"
            remedy = _remedy(field, spec, bucketed, fields)
            if field.dimension and remedy and reader.clean(path):
                reader.add(path, field.dimension, remedy)
    for number, name in enumerate(names):
        if name and name not in used and reader.clean("event"):
            remedy = "counts no field; give one this dimension or remove it"
            reader.add(f"dimension[{number}].name", name, remedy)


def _remedy(field: Field, spec: Spec, bucketed: set[str], fields: list[Field]) -> str:
    """Return what is wrong with a field's dimension, and the remedy; "" if nothing."""
    if field.dimension not in {one.name for one in spec.dimensions}:
        return "is not a [[dimension]] of this spec; add one or use another"
    if field.type == "list":
        return "means nothing in a list field; remove it"
    if field.variable == (spec.project.run_id,):
        return "would count each run alone; remove it"
    if field.dimension in bucketed:
        if field.type != "integer":
            return "has buckets, which only an integer field fits; use another"
        if sum(one.dimension == field.dimension for one in fields) > 1:
            return "has buckets, which one field of an event fits; keep one"
    return ""
