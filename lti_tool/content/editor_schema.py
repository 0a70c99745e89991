"""The JSON Schema that a text editor reads to help an author write `parcours.yaml`."""

from typing import Any

from pydantic import TypeAdapter

from lti_tool.content.schema import Item, Parcours

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def editor_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `parcours.yaml`.

    Beyond the model's own: an entry of `items` may be the path of a file of the package, and `$defs/ItemFile` is
    the schema of such a file. Kept in `docs/schema/parcours.schema.json`, which a test holds equal.
    """
    schema = Parcours.model_json_schema(by_alias=True)
    item = TypeAdapter[Any](Item).json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions = {**schema.pop("$defs"), **item.pop("$defs")}
    definitions["Item"] = item
    one = {"$ref": "#/$defs/Item"}
    definitions["ItemFile"] = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    items = schema["properties"]["items"]
    items["items"] = {"anyOf": [{"type": "string", "pattern": r"^[^/].*\.ya?ml$"}, one]}
    items.pop("maxItems", None)
    return {"$schema": _DIALECT, **schema, "$defs": dict(sorted(definitions.items()))}
