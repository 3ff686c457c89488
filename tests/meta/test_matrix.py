"""The runner of the detection matrix tells misses from false alarms."""

import importlib.util
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests" / "matrix" / "matrix.py"
spec = importlib.util.spec_from_file_location("matrix", SOURCE)
matrix = importlib.util.module_from_spec(spec)
sys.modules["matrix"] = matrix
spec.loader.exec_module(matrix)

EXPECTED = """\
leaky:
  must:
    PF004: ["smtp/a::*", "smtp/b::one [at=x]"]
    PF003 or PF001: ["smtp/e::*"]
  may:
    - {scenario: "smtp/c::*", why: timing decides}
    - {scenario: "smtp/d::*", codes: [PF013], why: the first word races with the greeting}
"""

SCENARIOS = ["smtp/a::one", "smtp/a::two", "smtp/b::one [at=x]", "smtp/b::one [at=y]", "smtp/c::one", "smtp/d::one", "smtp/e::one"]


@pytest.fixture
def leaky():
    return matrix.read_expected(EXPECTED)["leaky"]


def fail(*codes):
    return matrix.Cell("fail", codes, " ".join(codes))


def test_only_the_star_is_special_in_a_pattern():
    assert matrix.matches("smtp/b::one [*", "smtp/b::one [at=x]")
    assert matrix.matches("smtp/b::one [at=x]", "smtp/b::one [at=x]")
    assert not matrix.matches("smtp/b::one [at=x]", "smtp/b::one a")
    assert not matrix.matches("smtp/b", "smtp/b::one")


@pytest.mark.parametrize(
    ("scenario", "cell", "wrong"),
    [
        ("smtp/a::one", fail("PF004"), ""),
        ("smtp/a::one", fail("PF004", "expect.result"), ""),
        ("smtp/a::one", fail("PF001"), "wrong code"),
        ("smtp/a::one", matrix.Cell("pass"), "missed"),
        ("smtp/e::one", fail("PF001", "expect.result"), ""),
        ("smtp/e::one", fail("PF003"), ""),
        ("smtp/e::one", fail("PF004"), "wrong code"),
        ("smtp/a::one", matrix.Cell("skipped", (), "no operation"), "skipped"),
        ("smtp/a::one", matrix.Cell("error", ("busy",), "busy"), "no verdict"),
        ("smtp/b::one [at=y]", fail("PF004"), "false alarm"),
        ("smtp/b::one [at=y]", matrix.Cell(matrix.UNREACHED, (matrix.UNREACHED,)), "false alarm"),
        ("smtp/b::one [at=y]", matrix.Cell("pass"), ""),
        ("smtp/b::one [at=y]", matrix.Cell("skipped"), ""),
        ("smtp/c::one", fail("PF001"), ""),
        ("smtp/c::one", matrix.Cell("pass"), ""),
        ("smtp/d::one", fail("PF013"), ""),
        ("smtp/d::one", fail("PF013", "PF001"), "false alarm"),
    ],
)
def test_a_cell_is_compared_with_what_is_expected_of_it(leaky, scenario, cell, wrong):
    assert matrix.difference(leaky, scenario, cell)[: len(wrong)] == wrong
    if not wrong:
        assert matrix.difference(leaky, scenario, cell) == ""


def test_a_scenario_that_no_specimen_must_fail_needs_a_waiver():
    expected = matrix.read_expected(EXPECTED)
    assert matrix.undetectable(expected, SCENARIOS, {}) == (["smtp/b::one [at=y]", "smtp/c::one", "smtp/d::one"], [])
    assert matrix.undetectable(expected, SCENARIOS, {"smtp/b*": "why", "smtp/c*": "why", "smtp/d*": "why"}) == ([], [])
    assert matrix.undetectable(expected, SCENARIOS, {"smtp/*": "why", "smtp/a*": "why"}) == ([], ["smtp/a*"])


def test_a_pattern_for_scenarios_that_are_gone_is_found():
    assert matrix.dead_patterns(matrix.read_expected(EXPECTED), SCENARIOS[:2]) == [
        "leaky: smtp/b::one [at=x]",
        "leaky: smtp/e::*",
        "leaky: smtp/c::*",
        "leaky: smtp/d::*",
    ]


def test_a_cell_that_must_fail_cannot_be_one_that_may(leaky):
    assert matrix.contradictions({"leaky": leaky}, SCENARIOS) == []
    leaky.must["PF012"] = ["smtp/c::one"]
    assert matrix.contradictions({"leaky": leaky}, SCENARIOS) == ["leaky in smtp/c::one"]
    leaky.allowed.append({"scenario": "*", "codes": ["PF013"], "why": "a race"})
    assert matrix.contradictions({"leaky": leaky}, SCENARIOS) == ["leaky in smtp/c::one"]


@pytest.mark.parametrize("failing", [SCENARIOS, SCENARIOS[:2], SCENARIOS[2:4], SCENARIOS[1:3], [SCENARIOS[4]], []])
def test_patterns_stand_for_exactly_what_failed(failing):
    patterns = matrix.compressed(failing, SCENARIOS)
    assert [one for one in SCENARIOS if any(matrix.matches(pattern, one) for pattern in patterns)] == list(failing)
    assert len(patterns) <= max(len(failing), 1)


PASS = matrix.Cell("pass")


def test_what_is_recorded_is_what_is_expected_then(leaky):
    text = matrix.recorded({"leaky": {one: "PF004" for one in SCENARIOS if "/a" in one}}, SCENARIOS, {"leaky": leaky})
    again = matrix.read_expected(text)["leaky"]
    assert again.must == {"PF004": ["smtp/a::*"]}
    assert again.allowed[0] == {"scenario": "smtp/c::*", "why": "timing decides"}


@pytest.mark.parametrize(
    ("scenario", "first", "second", "code"),
    [
        ("smtp/a::one", fail("PF004"), None, "PF004"),  # as expected, so nobody looked again
        ("smtp/a::one", PASS, fail("PF004"), "PF004"),  # a passing weakness of the machine
        ("smtp/a::one", PASS, PASS, None),
        ("smtp/a::one", fail("PF001"), fail("PF001", "PF002"), "PF001"),
        ("smtp/b::one [at=y]", fail("PF001", "expect.result"), fail("expect.result"), "expect.result"),
        ("smtp/b::one [at=y]", fail("PF001"), PASS, None),
        ("smtp/b::one [at=y]", matrix.Cell("error", ("busy",)), fail("expect.close", "PF012"), "PF012"),
        ("smtp/d::one", fail("PF001"), fail("PF013"), None),
    ],
)
def test_only_what_both_looks_say_changes_the_expectations(leaky, scenario, first, second, code):
    must = matrix.settled(leaky, {scenario: first}, {} if second is None else {scenario: second})
    assert must.get(scenario) == code


def test_what_differs_only_once_is_flaky_unless_the_machine_was_late(leaky):
    late = matrix.Cell("pass", late=True)
    first = {"smtp/a::one": PASS, "smtp/a::two": late, "smtp/b::one [at=y]": fail("PF001")}
    second = {"smtp/a::one": fail("PF004"), "smtp/a::two": fail("PF004"), "smtp/b::one [at=y]": fail("PF002")}
    found = matrix.compare({"leaky": leaky}, {"leaky": first}, {"leaky": second})
    assert found.flaky == ["leaky in smtp/a::one: missed: must fail with PF004, but passed"]
    assert found.late == 1
    assert found.wrong == ["leaky in smtp/b::one [at=y]: false alarm: PF002"]


@pytest.mark.parametrize("text", ["a: {must: {}}", "a: {must: {}, maybe: []}", "a: {may: [{scenario: x}]}", "a: {may: [{scenario: x, why: ''}]}"])
def test_a_mistake_in_the_expectations_is_told(text):
    with pytest.raises(ValueError, match="a: "):
        matrix.read_expected(text)


def test_the_table_names_codes_and_families():
    text = matrix.table(matrix.read_expected(EXPECTED), {"leaky": "keeps things"})
    assert "| `leaky` | keeps things | PF003 or PF001 in smtp/e; PF004 in smtp/a, smtp/b |" in text
    unproven = matrix.read_expected("odd: {unproven: nobody asks}")
    assert "| `odd` |  | nothing yet: nobody asks |" in matrix.table(unproven, {})
    assert "- `leaky` in smtp/c::*: timing decides" in text
    assert "- `leaky` (PF013) in smtp/d::*: the first word" in text


def test_the_checked_in_expectations_can_be_read():
    assert matrix.read_expected(matrix.EXPECTED.read_text())


@cache
def labels_of_scenarios():
    """{scenario without its matrix: labels in its refs}."""
    found = {}
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        file = yaml.safe_load(path.read_text())
        stem = path.relative_to(ROOT / "scenarios").with_suffix("").as_posix()
        for name, scenario in file["scenarios"].items():
            refs = scenario.get("refs", file.get("refs")) or []
            found[f"{stem}::{name}"] = {refs} if isinstance(refs, str) else set(refs)
    return found


@cache
def labels_caught():
    """{specimen: labels of the scenarios that it must fail}."""
    scenarios = labels_of_scenarios()
    caught = {}
    for name, one in matrix.read_expected(matrix.EXPECTED.read_text()).items():
        caught[name] = set()
        for pattern in (pattern for patterns in one.must.values() for pattern in patterns):
            base = pattern.split(" [")[0]
            caught[name].update(*(refs for scenario, refs in scenarios.items() if matrix.matches(base, scenario)))
    return caught


CATALOGUE = yaml.safe_load((matrix.HERE / "catalogue.yaml").read_text())


@pytest.mark.parametrize("specimen", sorted(CATALOGUE))
def test_a_specimen_is_caught_where_the_catalogue_says(specimen):
    caught = labels_caught()[specimen]
    wanted = {entry for entry in CATALOGUE[specimen] if isinstance(entry, str)}
    assert sorted(wanted - caught) == []
    without = {label: why for entry in CATALOGUE[specimen] if isinstance(entry, dict) for label, why in entry.items()}
    assert [label for label in without if label in caught] == [], "it is caught there by now"
    assert all(without.values()), "no reason why it is not caught"


def test_the_catalogue_has_every_specimen():
    assert set(CATALOGUE) == set(matrix.read_expected(matrix.EXPECTED.read_text()))
