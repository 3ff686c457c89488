"""The suite can fail: each defect of the reference client is found by its own code, and only where it shows."""

import pytest
from conftest import processes_with

SILENT_PHASES = """\
proto: smtp
expect: {result: temp, gives_up: 0.8T..1.5T, stored: never}
scenarios:
  silent:
    matrix: {point: [greeting, EHLO, MAIL, RCPT, DATA]}
    fault: {at: "${point}", do: stall}
"""

NO_TIMEOUT = """\
proto: smtp
expect: {stored: any}
scenarios:
  reset:
    matrix: {point: [greeting, EHLO, DATA]}
    fault: {at: "${point}", do: reset}
    expect: {result: temp, stored: never}
  slow:
    fault: {at: EHLO, do: delay 0.5T}
    expect: {result: ok, stored: once}
"""


@pytest.fixture
def judge(runs_of):
    """{name: (verdict, codes, texts)} of the runs of these files by the reference client with these options."""

    def run(*arguments):
        return {
            name: (
                run["verdict"],
                [reason["code"] for reason in run["reasons"]],
                " ".join(reason["text"] for reason in run["reasons"]),
            )
            for name, run in runs_of(*arguments).items()
        }

    return run


@pytest.fixture
def scenarios(scenario):
    return scenario(SILENT_PHASES, "silent"), scenario(NO_TIMEOUT, "quick")


def test_the_reference_client_without_a_defect_passes(judge, scenarios):
    assert {verdict for verdict, _, _ in judge(*scenarios).values()} == {"pass"}


def test_leak_socket_on_timeout_fails_where_a_socket_is_kept_and_nowhere_else(judge, scenarios):
    found = judge(*scenarios, "--client-arg=--defect=leak_socket_on_timeout")
    for name, (verdict, codes, text) in found.items():
        if name.startswith("silent"):
            assert verdict == "fail", name
            assert "PF004" in codes, (name, codes)
            assert "ESTABLISHED" in text or "CLOSE_WAIT" in text, text
            assert "PF001" not in codes
        else:
            assert verdict == "pass", (name, codes)


def test_no_read_timeout_hangs_in_silent_phases_and_nowhere_else(judge, scenarios):
    found = judge(*scenarios, "--timeout", "1s", "--client-arg=--defect=no_read_timeout")
    for name, (verdict, codes, _) in found.items():
        if name.startswith("silent"):
            assert verdict == "fail", name
            assert "PF001" in codes, (name, codes)
            assert "PF004" not in codes, "a client that hangs has not given up yet"
        else:
            assert verdict == "pass", (name, codes)


def test_a_fault_that_never_fires_is_not_reached_and_fails_the_suite(postfault, scenario):
    text = "proto: smtp\nscenarios:\n  unasked:\n    fault: {at: VRFY, do: stall}\n    expect: {result: ok}\n"
    done = postfault("run", scenario(text))
    assert done.status == 1
    assert "1 not reached" in done.out


def test_a_client_that_cannot_talk_to_a_healthy_server_is_told_only_that(postfault, scenarios):
    done = postfault("run", *scenarios, "--patience", "2s", "--", "true", "{port}")
    assert done.status == 1
    assert "cannot talk to a healthy server" in done.out
    assert "PF001" not in done.out


def test_eof_busy_loop_is_caught_spinning_where_the_connection_ends_and_nowhere_else(judge, scenario):
    path = scenario(
        "proto: smtp\n"
        "scenarios:\n"
        "  ended:\n"
        "    fault: {at: EHLO, do: fin}\n"
        "    expect: {result: temp, stored: never}\n"
        "  silent:\n"
        "    fault: {at: EHLO, do: stall}\n"
        "    expect: {result: temp, stored: never}\n"
    )
    assert {verdict for verdict, _, _ in judge(path).values()} == {"pass"}
    found = judge(path, "--client-arg=--defect=eof_busy_loop")
    assert found["silent"][0] == "pass"
    assert found["ended"][0] == "fail"
    assert "PF003" in found["ended"][1]


def test_a_process_that_outlives_the_client_is_left_behind_and_ended(postfault, scenario):
    path = scenario("proto: smtp\nscenarios:\n  any:\n    fault: none\n    expect: {connects: 0}\n")
    done = postfault("run", path, "--no-sanity", "--", "sh", "-c", "setsid sleep 600.75 & exit 0", "{port}")
    assert done.status == 1, done.out + done.err
    assert "PF011" in done.out
    assert not processes_with("600.75")
