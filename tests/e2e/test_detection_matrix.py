"""The detection matrix is complete, and its page is the one that is written from it. matrix.py itself is a stage of ci/test."""

import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "matrix" / "matrix.py"
spec = importlib.util.spec_from_file_location("matrix", SOURCE)
matrix = importlib.util.module_from_spec(spec)
sys.modules["matrix"] = matrix
spec.loader.exec_module(matrix)


@pytest.fixture
def programs(postfault):
    return matrix.Programs(postfault.path.resolve().parent)


@pytest.fixture
def expected():
    return matrix.read_expected(matrix.EXPECTED.read_text())


def test_every_specimen_has_an_expectation(programs, expected):
    assert sorted(expected) == sorted(programs.specimens())


def test_the_page_of_the_docs_is_written_from_the_expectations(programs, expected):
    text = matrix.table(expected, programs.specimens())
    assert matrix.DOCS.read_text() == text, "tests/matrix/matrix.py --write-docs writes it anew"
