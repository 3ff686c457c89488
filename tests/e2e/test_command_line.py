"""The contract of the command line: exit statuses, one clear line for each trouble, nothing left running."""

import json
import os
import re
import signal
import subprocess

import pytest
from conftest import processes_with
from postfault_items import ROOT, SCENARIOS

SILENT_GREETING = """\
proto: smtp
scenarios:
  silent greeting:
    fault: {at: greeting, do: stall}
    expect: {result: temp, stored: never}
"""

HEALTHY = """\
proto: smtp
scenarios:
  healthy:
    fault: none
    expect: {result: ok, stored: once}
"""


def one_line(text):
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]


# ---- exit status -------------------------------------------------------------------------------------------------------


def test_0_if_all_is_as_expected(postfault, scenario):
    done = postfault("run", scenario(HEALTHY))
    assert done.status == 0, done.out + done.err
    assert "1 passed" in done.out


def test_1_if_a_verdict_failed_and_the_evidence_is_printed(postfault, scenario):
    done = postfault("run", scenario(SILENT_GREETING), "--timeout", "500ms", "--client-arg=--defect=no_read_timeout")
    assert done.status == 1, done.out + done.err
    assert "PF001" in done.out
    assert "what happened" in done.out
    assert re.search(r"^  repeat: .* run .*case\.yaml::silent greeting", done.out, re.M), done.out


def test_the_repeat_command_repeats_the_run(postfault, scenario, tmp_path):
    results = tmp_path / "out.json"
    first = postfault(
        "run", scenario(SILENT_GREETING), "--timeout", "500ms", "--client-arg=--defect=no_read_timeout", "--json", results
    )
    assert first.status == 1, first.out + first.err
    repeat = json.loads(results.read_text())["runs"][0]["repeat_argv"]
    second = postfault(*repeat[1:])
    assert second.status == 1
    assert "PF001" in second.out


@pytest.mark.parametrize("arguments", [["--nonsense"], ["run", "--nonsense"], ["nonsense"], [], ["run", "--jobs", "many"]])
def test_2_if_the_command_line_is_wrong(postfault, arguments):
    done = postfault(*arguments)
    assert done.status == 2
    assert done.err + done.out


@pytest.mark.parametrize(
    "option, value, complaint",
    [
        ("--timeout", "200", "unit"),
        ("--patience", "soon", "--patience"),
        ("--shard", "3/2", "--shard"),
        ("-k", "greeting and", "-k"),
        ("-k", "no-such-scenario", "no-such-scenario"),
        ("--baseline", "no/such/file.json", "no/such/file.json"),
    ],
)
def test_2_if_an_option_has_no_meaning(postfault, scenario, option, value, complaint):
    done = postfault("run", scenario(HEALTHY), option, value)
    assert done.status == 2
    assert complaint in one_line(done.err)


# ---- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault, wrong, complaint",
    [
        ("{at: greeting, do: stall, nht: 1}", "nht", "did you mean 'nth'?"),
        ("{at: greeting, do: stall, do: fin}", "do: fin", "do"),
        ("{at: greeting, do: delay 200}", "200", "unit"),
        ("{at: GROUP, do: stall}", "GROUP", "GROUP"),
    ],
    ids=["unknown key", "duplicate key", "missing unit", "impossible point"],
)
@pytest.mark.parametrize("command", ["run", "check", "list", "serve"])
def test_a_wrong_scenario_is_named_with_its_place_and_nothing_runs(postfault, scenario, command, fault, wrong, complaint):
    line_of_fault = f"    fault: {fault}"
    path = scenario(f"{HEALTHY}  wrong:\n{line_of_fault}\n    expect: {{result: temp}}\n")
    done = postfault(command, path)
    assert done.status == 2
    line = one_line(done.err)
    assert line.startswith(f"{path}:7:{line_of_fault.index(wrong) + 1}: ")
    assert complaint in line
    assert "passed" not in done.out


def test_all_errors_of_all_files_are_reported_at_once(postfault, scenario):
    one = scenario("proto: smtp\nscenarios:\n  a:\n    fault: {at: greeting, do: stal}\n    expect: {result: temp}\n", "one")
    two = scenario("proto: smtp\nscenarios:\n  b:\n    fault: {at: grating, do: stall}\n    expect: {result: temp, stord: never}\n", "two")
    done = postfault("run", one, two)
    assert done.status == 2
    assert [line.split(".yaml:")[0].split("/")[-1] for line in done.err.splitlines()] == ["one", "two", "two"]


@pytest.mark.parametrize("command", ["run", "check", "list", "serve"])
def test_a_path_that_does_not_exist_is_named(postfault, command):
    done = postfault(command, "no/such.yaml")
    assert done.status == 2
    assert "no/such.yaml" in one_line(done.err)


def test_a_profile_without_a_command_is_named_with_its_place(postfault, scenario, tmp_path):
    profile = tmp_path / "mine.yaml"
    profile.write_text("about: mine\noperations:\n  send:\n    recipient: --to {to}\n")
    done = postfault("run", scenario(HEALTHY), "--client", profile)
    assert done.status == 2
    assert one_line(done.err).startswith(f"{profile}:")
    assert "command" in done.err


def test_an_unknown_profile_is_named_with_the_likely_one(postfault, scenario):
    done = postfault("run", scenario(HEALTHY), "--client", "refcleint")
    assert done.status == 2
    assert "did you mean 'refclient'?" in one_line(done.err)


@pytest.mark.parametrize("how", [["--client", "no-such-client {host} {port}"], ["--", "no-such-client", "{host}", "{port}"]])
def test_a_client_that_is_not_installed_is_named(postfault, scenario, how):
    done = postfault("run", scenario(HEALTHY), *how)
    assert done.status == 2
    assert "no-such-client" in one_line(done.err)


def test_an_unknown_placeholder_is_named(postfault, scenario):
    done = postfault("run", scenario(HEALTHY), "--", "true", "{prot}")
    assert done.status == 2
    assert "did you mean 'port'?" in one_line(done.err)


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_a_results_file_that_cannot_be_written_is_named_before_anything_runs(postfault, scenario, tmp_path, option):
    target = tmp_path / "no" / "such" / "folder" / "out"
    done = postfault("run", scenario(HEALTHY), option, target)
    assert done.status == 2
    assert str(target) in one_line(done.err)
    assert "passed" not in done.out


def test_a_taken_port_is_named(postfault, scenario, taken_port):
    done = postfault("serve", scenario(HEALTHY), "--listen", f"127.0.0.1:{taken_port}")
    assert done.status == 3
    assert f"127.0.0.1:{taken_port}: Address already in use" in one_line(done.err)


@pytest.mark.parametrize("listen", ["2525", "127.0.0.1", "127.0.0.1:99999", "somewhere:25"])
def test_an_address_that_is_none_is_named(postfault, scenario, listen):
    done = postfault("serve", scenario(HEALTHY), "--listen", listen)
    assert done.status == 2
    assert f"'{listen}'" in one_line(done.err)


def test_nothing_is_left_running_after_clients_that_had_to_be_ended(postfault, scenario, tmp_path):
    marker = f"left-behind-{os.getpid()}"
    client = tmp_path / marker
    # A client with a child that ignores the polite signal.
    client.write_text("#!/bin/sh\ntrap '' TERM\n(trap '' TERM; exec tail -f /dev/null) &\nexec tail -f /dev/null\n")
    client.chmod(0o755)
    done = postfault("run", "--no-sanity", scenario(SILENT_GREETING), "--patience", "1s", "--", client, "{port}")
    assert done.status == 1
    assert not processes_with(marker)


# ---- check, list, clients ----------------------------------------------------------------------------------------------


def test_check_accepts_the_corpus(postfault):
    done = postfault("check", SCENARIOS)
    assert done.status == 0, done.err
    assert done.err == ""


def test_list_without_a_path_is_the_bundled_corpus(postfault):
    everywhere = postfault("list")
    assert everywhere.status == 0
    assert everywhere.out == postfault("list", SCENARIOS).out
    assert "smtp/greeting::silent greeting" in everywhere.out.splitlines()


def test_list_selects_by_name_as_pytest_does(postfault):
    done = postfault("list", "-k", "GREETING and not (slow or drip)")
    assert done.status == 0
    assert done.out
    for line in done.out.lower().splitlines():
        assert "greeting" in line and "slow" not in line and "drip" not in line


def test_list_as_json_says_where_a_scenario_stands(postfault):
    scenarios = json.loads(postfault("list", "--json", SCENARIOS / "smtp" / "greeting.yaml").out)["scenarios"]
    first = scenarios[0]
    assert first["id"] == f"smtp/greeting::{first['name']}"
    assert (first["protocol"], first["operation"]) == ("smtp", "send")
    lines = (SCENARIOS / "smtp" / "greeting.yaml").read_text().splitlines()
    assert first["name"] in lines[first["line"] - 1]


def test_ids_are_unique_in_the_corpus(postfault):
    ids = postfault("list").out.splitlines()
    assert len(ids) == len(set(ids))


def test_clients_lists_the_bundled_profiles(postfault):
    done = postfault("clients")
    assert done.status == 0
    for profile in (ROOT / "client_under_test" / "profiles").glob("*.yaml"):
        assert re.search(rf"^{profile.stem}\b", done.out, re.M)


# ---- serve -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_when_asked_to(postfault, scenario, number):
    served = postfault.serve(scenario(HEALTHY))
    served.stop(number)
    assert served.process.returncode == 0
    assert served.err == ""


def test_serve_gives_every_scenario_a_port_of_its_own(postfault, scenario):
    text = HEALTHY + "  other:\n    fault: {at: EHLO, do: stall}\n    expect: {result: temp}\n"
    served = postfault.serve(scenario(text), scenarios=2)
    assert len(set(served.endpoints)) == 2


def test_serve_takes_one_scenario_of_a_file(postfault, scenario):
    text = HEALTHY + "  other:\n    fault: {at: EHLO, do: stall}\n    expect: {result: temp}\n"
    served = postfault.serve(f"{scenario(text)}::other")
    assert "case::other" in served.stop()
    assert len(served.endpoints) == 1


# ---- results -----------------------------------------------------------------------------------------------------------


def test_results_follow_the_published_form(postfault, scenario, tmp_path):
    results = tmp_path / "out.json"
    assert postfault("run", scenario(SILENT_GREETING), "--timeout", "500ms", "--json", results).status == 0
    out = json.loads(results.read_text())
    assert out["schema"] == "postfault.results/1"
    (run,) = out["runs"]
    assert (run["id"], run["client"], run["verdict"], run["stored"]) == ("case::silent greeting", "refclient", "pass", 0)
    assert run["fault"]["fired"] is True
    assert run["client_process"]["exit"] == 75
    (connection,) = run["connections"]
    assert connection["client_close"] in ("quit", "fin", "reset")
    assert 0.4 <= connection["gives_up_s"] <= 2
    assert run["reasons"] == []
    assert "repeat" in run


def test_the_exit_status_and_the_results_do_not_depend_on_the_working_directory(postfault, tmp_path):
    done = postfault("list", cwd="/")
    assert done.status == 0
    assert done.out == postfault("list").out


# ---- interrupted -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(program, scenario, tmp_path, number):
    started = tmp_path / "started"
    os.mkfifo(started)
    homes = tmp_path / "homes"
    homes.mkdir()
    client = ["sh", "-c", 'echo x > "$0"; exec sleep 600.25', str(started)]
    run = subprocess.Popen(
        [program, "run", scenario(SILENT_GREETING), "--no-sanity", "--patience", "10min", "--", *client],
        env={**os.environ, "TMPDIR": str(homes)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        started.read_text()  # returns when the client runs
        run.send_signal(number)
        out, err = run.communicate(timeout=60)
    finally:
        if run.poll() is None:
            run.kill()
            run.communicate()
    assert run.returncode == -number, out + err
    assert "interrupted" in err
    assert not processes_with("600.25")
    assert not list(homes.iterdir())
