"""The pytest driver itself: pytest is started on scenario files of a test's own."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from postfault_items import HERE

# As for scenario files outside of the repository, which pytest.ini does not reach.
PYTEST = [sys.executable, "-m", "pytest", "-p", "postfault_items"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE)}
ENVIRONMENT.pop("PYTEST_XDIST_WORKER", None)

SCENARIOS = """\
proto: smtp
scenarios:
  healthy one:
    fault: none
    expect: {result: ok, stored: once}
  kept silent:
    matrix: {point: [greeting, EHLO]}
    fault: {at: "${point}", do: stall}
    expect: {result: temp}
  known:
    fault: {at: MAIL, do: stall}
    expect: {result: ok}
    xfail: {client: refclient, why: it cannot succeed here}
"""

READ = """\
proto: nntp
operation: read
scenarios:
  healthy read:
    fault: none
    expect: {result: ok}
"""


@pytest.fixture
def run_pytest(program, scenario, tmp_path):
    """Starts pytest on one scenario file, as a user would; (exit status, output)."""

    def run(*arguments, text=SCENARIOS):
        done = subprocess.run(
            PYTEST + ["--postfault", program, "--timeout", "500ms", "-p", "no:cacheprovider", "-ra"]
            + [f"--basetemp={tmp_path / 'inner'}", *map(str, arguments), str(scenario(text))],
            cwd=tmp_path,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "with xdist"])
def test_verdicts_become_outcomes(run_pytest, workers):
    status, output = run_pytest(*workers)
    assert status == 0, output
    assert "3 passed, 1 xfailed" in output
    assert "it cannot succeed here" in output


def test_k_selects_by_name_and_only_that_runs(run_pytest):
    status, output = run_pytest("-k", "kept and EHLO")
    assert status == 0, output
    assert "1 passed, 3 deselected" in output


def test_a_failure_shows_reasons_time_line_and_the_command_that_repeats_it(run_pytest):
    status, output = run_pytest("-k", "greeting", "--client-arg=--defect=no_read_timeout")
    assert status == 1, output
    assert "PF001" in output
    assert ">>>" in output
    assert "repeat: " in output
    assert "--client-arg=--defect=no_read_timeout" in output
    assert "Traceback" not in output


def test_an_operation_that_a_client_does_not_offer_is_skipped_with_the_reason(run_pytest):
    client = "curl -sS --url smtp://{host}:{port}/x --mail-from {from} --mail-rcpt {to} --upload-file {message}"
    status, output = run_pytest("-rs", "--client", client, text=READ)
    assert status == 0, output
    assert "1 skipped" in output
    assert "read" in output


def test_a_wrong_file_is_an_error_with_its_place(run_pytest):
    status, output = run_pytest(text="proto: smtp\nscenarios:\n  a:\n    fault: {at: greeting, do: stal}\n")
    assert status == 2, output
    assert "case.yaml:4:" in output
    assert "did you mean 'stall'?" in output


def test_junit_names_the_scenarios(run_pytest, tmp_path):
    target = tmp_path / "junit.xml"
    status, output = run_pytest("-k", "healthy", "--junitxml", target)
    assert status == 0, output
    assert [case.get("name") for case in ElementTree.parse(target).iter("testcase")] == ["healthy one"]


def test_a_program_that_is_not_there_is_named(scenario, tmp_path):
    done = subprocess.run(
        PYTEST + ["--postfault", "no/such/program", str(scenario(READ))],
        cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "no/such/program" in done.stdout + done.stderr
