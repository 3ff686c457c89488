"""The runner of the detection matrix tells misses from false alarms."""

import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "matrix" / "matrix.py"
spec = importlib.util.spec_from_file_location("matrix", SOURCE)
matrix = importlib.util.module_from_spec(spec)
sys.modules["matrix"] = matrix
spec.loader.exec_module(matrix)

EXPECTED = """\
leaky:
  must:
    PF004: ["smtp/a::*", "smtp/b::one [at=x]"]
  may:
    - {scenario: "smtp/c::*", why: timing decides}
"""

SCENARIOS = ["smtp/a::one", "smtp/a::two", "smtp/b::one [at=x]", "smtp/b::one [at=y]", "smtp/c::one"]


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
        ("smtp/a::one", matrix.Cell("skipped", (), "no operation"), "skipped"),
        ("smtp/a::one", matrix.Cell("error", ("busy",), "busy"), "no verdict"),
        ("smtp/b::one [at=y]", fail("PF004"), "false alarm"),
        ("smtp/b::one [at=y]", matrix.Cell(matrix.UNREACHED, (matrix.UNREACHED,)), "false alarm"),
        ("smtp/b::one [at=y]", matrix.Cell("pass"), ""),
        ("smtp/b::one [at=y]", matrix.Cell("skipped"), ""),
        ("smtp/c::one", fail("PF001"), ""),
        ("smtp/c::one", matrix.Cell("pass"), ""),
    ],
)
def test_a_cell_is_compared_with_what_is_expected_of_it(leaky, scenario, cell, wrong):
    assert matrix.difference(leaky, scenario, cell)[: len(wrong)] == wrong
    if not wrong:
        assert matrix.difference(leaky, scenario, cell) == ""


def test_a_scenario_that_no_specimen_must_fail_needs_a_waiver():
    expected = matrix.read_expected(EXPECTED)
    assert matrix.undetectable(expected, SCENARIOS, {}) == (["smtp/b::one [at=y]", "smtp/c::one"], [])
    assert matrix.undetectable(expected, SCENARIOS, {"smtp/b*": "why", "smtp/c*": "why"}) == ([], [])
    assert matrix.undetectable(expected, SCENARIOS, {"smtp/*": "why", "smtp/a*": "why"}) == ([], ["smtp/a*"])


def test_a_pattern_for_scenarios_that_are_gone_is_found():
    assert matrix.dead_patterns(matrix.read_expected(EXPECTED), SCENARIOS[:2]) == [
        "leaky: smtp/b::one [at=x]",
        "leaky: smtp/c::*",
    ]


@pytest.mark.parametrize("failing", [SCENARIOS, SCENARIOS[:2], SCENARIOS[2:4], SCENARIOS[1:3], [SCENARIOS[4]], []])
def test_patterns_stand_for_exactly_what_failed(failing):
    patterns = matrix.compressed(failing, SCENARIOS)
    assert [one for one in SCENARIOS if any(matrix.matches(pattern, one) for pattern in patterns)] == list(failing)
    assert len(patterns) <= max(len(failing), 1)


def test_what_is_recorded_is_what_is_expected_then():
    results = {"leaky": {one: fail("PF004", "expect.close") if "/a" in one else matrix.Cell("pass") for one in SCENARIOS}}
    results["leaky"]["smtp/c::one"] = fail("PF001")
    text = matrix.recorded(results, SCENARIOS, matrix.read_expected(EXPECTED))
    again = matrix.read_expected(text)["leaky"]
    assert again.must == {"PF004": ["smtp/a::*"]}
    assert again.may == [{"scenario": "smtp/c::*", "why": "timing decides"}]


@pytest.mark.parametrize("text", ["a: {must: {}}", "a: {must: {}, maybe: []}", "a: {may: [{scenario: x}]}", "a: {may: [{scenario: x, why: ''}]}"])
def test_a_mistake_in_the_expectations_is_told(text):
    with pytest.raises(ValueError, match="a: "):
        matrix.read_expected(text)


def test_the_table_names_codes_and_families():
    text = matrix.table(matrix.read_expected(EXPECTED), {"leaky": "keeps things"})
    assert "| `leaky` | keeps things | PF004 in smtp/a, smtp/b |" in text
    unproven = matrix.read_expected("odd: {unproven: nobody asks}")
    assert "| `odd` |  | nothing yet: nobody asks |" in matrix.table(unproven, {})
    assert "- `leaky` in smtp/c::*: timing decides" in text


def test_the_checked_in_expectations_can_be_read():
    assert matrix.read_expected(matrix.EXPECTED.read_text())
