"""As much of JSON Schema as the API's description uses. What it does not know, it refuses to judge."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

Json = dict[str, Any]

TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}

NOTES: Final = {"title", "description", "default", "discriminator", "example", "examples"}

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

FORMATS: Final = {"date-time": MOMENT, "uri": re.compile(r"[a-z]+://[!-~]+"), "uri-reference": re.compile("[!-~]+")}

RULES: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "const": lambda wanted, value: value == wanted,
    "enum": lambda words, value: value in words,
    "minimum": lambda least, value: value >= least,
    "maximum": lambda most, value: value <= most,
    "exclusiveMinimum": lambda least, value: value > least,
    "minLength": lambda least, value: len(value) >= least,
    "maxLength": lambda most, value: len(value) <= most,
    "minItems": lambda least, value: len(value) >= least,
    "maxItems": lambda most, value: len(value) <= most,
    "maxProperties": lambda most, value: len(value) <= most,
    "pattern": lambda pattern, value: re.search(pattern, value) is not None,
    "required": lambda names, value: set(names) <= value.keys(),
    "format": lambda name, value: FORMATS[name].fullmatch(value) is not None,
}


def field_errors(document: Json, schema: Json, value: Any, path: str = "$") -> Iterator[str]:
    """Where the value is not as the schema of the document says."""
    if "$ref" in schema:
        yield from field_errors(document, resolve(document, schema["$ref"]), value, path)
        return
    for choice in ("anyOf", "oneOf"):
        fitting = [each for each in schema.get(choice, ()) if not list(field_errors(document, each, value, path))]
        if choice in schema and (not fitting or (choice == "oneOf" and len(fitting) > 1)):
            yield f"{path}: {choice} fits {len(fitting)}"
    types = schema.get("type", [])
    if types and not any(TYPES[each](value) for each in ([types] if isinstance(types, str) else types)):
        yield f"{path}: not of type {types}"
        return
    yield from (f"{path}: {rule}" for rule in schema.keys() & RULES.keys() if not RULES[rule](schema[rule], value))
    yield from _within(document, schema, value, path)


def resolve(document: Json, reference: str) -> Json:
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def unknown_words(schema: Any) -> set[str]:
    """Keywords that `field_errors` does not look at."""
    known = {"$ref", "anyOf", "oneOf", "type", "properties", "items", "additionalProperties", *NOTES, *RULES}
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    inner += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    return (schema.keys() - known).union(*map(unknown_words, inner))


def _within(document: Json, schema: Json, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list) and "items" in schema:
        for index, each in enumerate(value):
            yield from field_errors(document, schema["items"], each, f"{path}[{index}]")
    if isinstance(value, dict):
        for name, each in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            if inner is False:
                yield f"{path}.{name}: unknown"
            elif inner is not True:
                yield from field_errors(document, inner, each, f"{path}.{name}")
