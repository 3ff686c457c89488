"""The JSON Schema of scenario files and `postfault check` agree: on every file of the corpus, and on every error of the
directory of wrong files, but for those that only the linter can see.

Each wrong file states its errors in its first lines, and a unit test holds the linter to them; so nothing has to be built
here. That the schema in the tree is the generated one is a unit test too.
"""

import json
import re
from pathlib import Path

import pytest

jsonschema = pytest.importorskip("jsonschema")
yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
WRONG = ROOT / "tests" / "unit" / "scenario" / "wrong"
SCHEMA = json.loads((SCENARIOS / "scenario.schema.json").read_text(encoding="utf-8"))

CORPUS = sorted(SCENARIOS.rglob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=../scenario.schema.json"

# What no schema is asked about: the text is not one YAML document with unique keys that can be loaded at all, or it only
# becomes too large when it is unfolded, or it is about the lines of a script.
NOT_LOADED = {
    "comma_alone.yaml",
    "cycle.yaml",
    "much_too_deep.yaml",
    "nested_aliases.yaml",
    "not_yaml.yaml",
    "outdent.yaml",
    "script.yaml",
    "too_deep.yaml",
    "too_many_scenarios.yaml",
    "two_documents.yaml",
}

# What only the linter can see: a part of its message, by reason.
LINTER_ONLY = {
    "a loader has taken one of two equal keys before a schema sees them": ["is given twice"],
    "a bare number has lost its zeros before a schema sees it": ["a number has no leading zero"],
    "a matter of arithmetic": [
        "a range goes upwards",
        "does nothing",
        "no octets at all do nothing",
        "a probability is more than 0%",
        "a message has at most 1GiB",
        "a server's buffer has from 4KiB to 1MiB",
        "operations have at most 1GiB together",
    ],
    "one word of a list makes another one wrong": ["is there twice"],
    "the point decides": ["cannot apply at", "a connection has one", "is not known at"],
    "the order of the actions decides": [
        "never happens: ",
        "never shows: ",
        "stands alone",
        "comes first",
        "comes too late: ",
        "a command gets one reply",
        "changes the correct reply",
        "replaces the correct reply",
    ],
    "the size of the message decides": ["a client sends up to", "is a part of the message's size", "is never reached"],
    "the protocol or the operation decides": [
        "is a command of nntp, not of smtp",
        "is an operation of nntp, not of smtp",
        "'operation' is missing",
        "only mail has recipients",
        "only news has groups",
        "news clients do not say who they are",
        "stores nothing",
        "receives nothing",
        "uploads nothing",
        "sends no message",
        "the first step is",
        "does one kind of operation",
        "is for mail, not for nntp",
        "is for news, not for smtp",
    ],
    "whether there is TLS decides": [
        "is about TLS, which the server does not speak here",
        "the server speaks no TLS here",
        "changes nothing",
    ],
    "how many addresses the server has decides": [
        "the server has one address",
        "so there is no address",
        "a server with several addresses has a name of its own",
    ],
    "the faults decide": [
        "without a fault there is nothing to give up",
        "without its only fault a scenario tests nothing",
        "no connection ever comes about",
        "which never comes",
    ],
    "one expectation decides about another": ["there is no time between them"],
    "'any' is a word like others": ["nothing is expected, so nothing is checked"],
    "no schema can tell what a regular expression is": ["is no regular expression"],
    "a matrix and the rest of the file must fit": ["no matrix entry for", "'${' without a '}'", "is never used"],
}


class Loader(yaml.SafeLoader):
    """YAML as editors read it: dates are texts, `on` and `yes` are texts, a bare number is a number."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def with_text_keys(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def load(path):
    loader = Loader(path.read_text(encoding="utf-8"))
    loader.construct_mapping = lambda node, deep=True: {
        key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark): loader.construct_object(value, deep=True)
        for key, value in node.value
    }
    try:
        return with_text_keys(loader.get_single_data())
    finally:
        loader.dispose()


def leaves(errors):
    """Every error, and what it consists of where a value had several ways to be right."""
    for error in errors:
        yield error
        yield from leaves(error.context or [])


def places(document):
    """The paths that the schema refuses, with the keys or items that it is about where the error itself names the whole."""
    found = set()
    for error in leaves(jsonschema.Draft7Validator(SCHEMA).iter_errors(document)):
        path = tuple(error.absolute_path)
        found.add(path)
        if error.validator == "additionalProperties":
            found |= {path + (key,) for key in error.instance if key not in error.schema["properties"]}
        elif error.validator == "uniqueItems":
            found |= {path + (index,) for index in range(len(error.instance))}
        elif error.validator == "not" and isinstance(error.instance, dict):
            found |= {path + (key,) for key in error.instance}
    return found


def sees(found, place):
    return any(path[: len(place)] == place for path in found)


def holds_variable(document, place):
    """Whether the value there is made by a matrix, so that a schema cannot know it."""
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(document, str) and "${" in document


def reason_of(text):
    return [part for parts in LINTER_ONLY.values() for part in parts if part in text]


def stated_errors(path):
    """(text, path in the document) of each error that a wrong file states. Items of a list count from 1."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# error "):
            return
        text, scenario, where = line, None, ""
        named = re.search(r" \((?:in )(?:'(.*?)'(?:, )?)?([^()' ]*)\)$", line)
        if named:
            text, scenario, where = line[: named.start()], named.group(1), named.group(2)
        steps = [] if scenario is None else ["scenarios", scenario]
        for step in filter(None, where.split(".")):
            name, *items = re.split(r"\[(\d+)\]", step)
            steps += [name] + [int(item) - 1 for item in items if item]
        yield text, tuple(steps)


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(SCENARIOS)))
def test_the_schema_takes_the_corpus(path):
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(load(path))]
    assert errors == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: str(path.relative_to(SCENARIOS)))
def test_editors_find_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == MODELINE
    assert (path.parent / first.rpartition("=")[2]).resolve() == SCENARIOS / "scenario.schema.json"


LOADED = [path for path in sorted(WRONG.glob("*.yaml")) if path.name not in NOT_LOADED]


@pytest.mark.parametrize("path", LOADED, ids=lambda path: path.name)
def test_the_schema_sees_what_the_linter_sees(path):
    document = load(path)
    found = places(document)
    # Of two scenarios with one name a loader has kept the second.
    hidden = {("scenarios", name) for text, _ in stated_errors(path) for name in re.findall("the key '(.*?)' is given twice", text)}
    missed = [
        text
        for text, place in stated_errors(path)
        if not sees(found, place)
        and not reason_of(text)
        and not holds_variable(document, place)
        and place[:2] not in hidden
    ]
    assert missed == []


@pytest.mark.parametrize("path", LOADED, ids=lambda path: path.name)
def test_the_schema_sees_nothing_that_the_linter_does_not(path):
    wrong = [place for _, place in stated_errors(path)]
    whole_file = any(place[:2] == place and (not place or place[0] != "scenarios" or len(place) < 2) for place in wrong)
    blamed = {place[1] for place in places(load(path)) if len(place) > 1 and place[0] == "scenarios"}
    assert whole_file or blamed <= {place[1] for place in wrong if len(place) > 1}


def test_every_reason_is_needed():
    used = set()
    for path in LOADED:
        for text, _ in stated_errors(path):
            used.update(reason_of(text))
    assert {part for parts in LINTER_ONLY.values() for part in parts} == used


def test_what_cannot_be_loaded_is_refused_before_a_schema_sees_it():
    for name in sorted(NOT_LOADED):
        assert list(stated_errors(WRONG / name)), name
