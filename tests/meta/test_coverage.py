"""The corpus covers the catalogue of situations: each label is in the refs of a scenario, or it is said why not."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GROUPS = ("sub", "relay", "read", "post", "feed", "lmtp")
LABEL = re.compile(rf"(?:{'|'.join(GROUPS)})/[a-z0-9-]+")
LINE = re.compile(rf"({LABEL.pattern})( \*)?(?: - (\S.*))?")


def situations():
    """{label: why no scenario has it, or None}."""
    found = {}
    for line in (ROOT / "tests/meta/situations.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        assert match, f"not a situation: {line}"
        assert match[1] not in found, f"listed twice: {match[1]}"
        found[match[1]] = match[3]
    return found


def refs_of(value):
    return [value] if isinstance(value, str) else list(value or [])


@cache
def scenarios():
    """[(scenario, its refs)] of the corpus; those of its file count if it has none of its own."""
    found = []
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        file = yaml.safe_load(path.read_text())
        for name, scenario in file["scenarios"].items():
            found.append((f"{path.stem}::{name}", refs_of(scenario.get("refs", file.get("refs")))))
    return found


def referenced():
    return {ref for _, refs in scenarios() for ref in refs if LABEL.fullmatch(ref)}


@pytest.mark.parametrize("label", [label for label, why in situations().items() if why is None])
def test_a_scenario_covers(label):
    assert label in referenced()


def test_no_scenario_names_a_situation_that_is_not_listed():
    assert referenced() <= set(situations())


def test_every_scenario_says_what_it_refers_to():
    assert [name for name, refs in scenarios() if not refs] == []
