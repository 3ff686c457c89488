"""docs/sixteen-hard-situations.md: each scenario is as short as the page says, and does what the page says."""

import json
import re
import subprocess

import pytest

from conftest import MOST_SECONDS
from postfault_items import ROOT

PAGE = (ROOT / "docs" / "sixteen-hard-situations.md").read_text(encoding="utf-8")
MOST_LINES = 8

SITUATIONS = {
    label: (specimen, text)
    for label, specimen, text in re.findall(
        r"^## (\S+)\n(?:(?!^## ).)*?Specimen:\s+`(\w+)`.*?```yaml\n(.*?)```", PAGE, re.M | re.S
    )
}


def test_there_are_sixteen():
    assert len(SITUATIONS) == 16 == PAGE.count("\n## ") == PAGE.count("```yaml")


def test_the_catalogue_of_the_corpus_knows_the_labels():
    known = (ROOT / "tests" / "meta" / "situations.txt").read_text(encoding="utf-8")
    for label in SITUATIONS:
        assert re.search(rf"^{re.escape(label)}\b", known, re.M), label


@pytest.fixture(params=SITUATIONS)
def situation(request, scenario):
    specimen, text = SITUATIONS[request.param]
    return specimen, text, scenario(text)


def verdicts(program, path, tmp_path, *arguments):
    results = tmp_path / "results.json"
    subprocess.run(
        [program, "run", path, "--client", "refclient", "--timeout", "1s", "--no-sanity", "--json", results, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    runs = json.loads(results.read_text())["runs"]
    return {run["verdict"] for run in runs}, [reason for run in runs for reason in run["reasons"]]


def test_it_is_short_and_correct(program, situation):
    _, text, path = situation
    assert 0 < len(text.splitlines()) <= MOST_LINES
    done = subprocess.run([program, "check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_correct_client_passes_and_the_specimen_fails(program, situation, tmp_path):
    specimen, _, path = situation
    verdict, reasons = verdicts(program, path, tmp_path)
    assert verdict == {"pass"}, reasons
    verdict, reasons = verdicts(program, path, tmp_path, "--client-arg=--defect", f"--client-arg={specimen}")
    assert verdict == {"fail"}, reasons
