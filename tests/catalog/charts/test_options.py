"""What can be set in a chart, read from its values, its comments and its schema."""

from __future__ import annotations

from catalog.charts import foreign
from catalog.charts.options import options_of

VALUES = """
# Number of pods.
# Two survive a node.
replicaCount: 2

## @param service.port [default: 80] Where it listens
service:
  port: 80
  # -- how it is reached
  type: ClusterIP
  annotations:
    a.b/c: "x"
tolerations: []

# Not about the next line.

same: &same {a: 1}
other: *same
"""
SCHEMA = {
    "required": ["replicaCount"],
    "properties": {
        "replicaCount": {"type": "integer", "minimum": 0},
        "service": {
            "properties": {"type": {"$ref": "#/definitions/type"}, "nodePort": {"type": ["integer", "null"]}}
        },
        "extra": {"$ref": "https://elsewhere.example/x.json"},
    },
    "definitions": {"type": {"enum": ["ClusterIP", "NodePort"], "description": "from the schema"}},
}


def found(values: str = VALUES, schema: object = None) -> dict:
    root = foreign.composed(values, "values.yaml")
    plain = foreign.plain(root, "values.yaml")
    return {one["path"]: one for one in options_of(values, root, plain, schema)}


def test_a_value_has_its_path_default_and_type():
    options = found()
    assert options["service.port"]["default"] == "80"
    assert (options["tolerations"]["type"], options["tolerations"]["default"]) == ("list", "[]")
    assert list(options)[:3] == ["replicaCount", "service.port", "service.type"]


def test_a_note_is_the_comment_above_or_the_one_that_names_the_value():
    options = found()
    assert options["replicaCount"]["note"] == "Number of pods. Two survive a node."
    assert options["service.port"]["note"] == "Where it listens"
    assert options["service.type"]["note"] == "how it is reached"
    assert options["same.a"]["note"] == ""


def test_an_alias_is_followed_and_has_no_note_of_its_own():
    assert found()["other.a"]["default"] == "1"


def test_a_dot_in_a_key_is_written_as_set_takes_it():
    assert "service.annotations.a\\.b/c" in found()


def test_the_schema_says_type_limits_and_what_is_required():
    options = found(schema=SCHEMA)
    assert (options["replicaCount"]["rule"], options["replicaCount"]["is_required"]) == ("≥ 0", True)
    assert options["service.type"]["rule"] == 'one of "ClusterIP", "NodePort"'
    assert options["service.port"]["is_required"] is False


def test_what_only_the_schema_knows_is_listed_without_a_default():
    options = found(schema=SCHEMA)
    assert (options["service.nodePort"]["type"], options["service.nodePort"]["default"]) == (
        "integer or null",
        "",
    )
    assert options["extra"]["type"] == ""  # a reference that leads out of the schema is not followed


def test_a_schema_that_refers_to_itself_ends():
    loop = {"properties": {"a": {"$ref": "#/properties/a"}, "b": {"$ref": "#/definitions/b"}}}
    loop["definitions"] = {"b": {"properties": {"b": {"$ref": "#/definitions/b"}}}}
    options = found("a: 1\n", loop)
    assert options["a"]["default"] == "1"
    assert max(path.count(".") for path in options) < 11


def test_no_values_are_no_options():
    assert found("# nothing\n") == {}
