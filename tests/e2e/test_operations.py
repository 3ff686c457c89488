"""Operations beyond send, post and read, several of them in one step, and servers that want a log-in: with real clients."""

import json
import shutil
import subprocess

import pytest

LMTP = """
proto: lmtp
scenarios:
  delivery: {fault: none, expect: {result: ok, stored: once}}
  refused for now: {fault: {at: MAIL, do: reply 451 4.3.0 later}, expect: {result: temp, stored: never}}
  the greeting is another: {fault: {at: LHLO, do: delay 0.2T}, expect: {result: ok, stored: once, never: any}}
"""

LOG_IN = """
proto: nntp
server: {auth: [USER]}
scenarios:
  post: {operation: post, fault: none, expect: {result: ok, stored: once}}
  read: {operation: read, fault: none, expect: {result: ok, received: intact}}
  wrong password: {operation: post, fault: {at: AUTHINFO, nth: 2, do: reply 481 no}, expect: {result: perm, stored: never}}
"""


def verdicts(results):
    return {run["id"].split("::")[1]: run["verdict"] for run in json.loads(results.read_text())["runs"]}


# msmtp leaves without QUIT after a refusal, in the middle of the replies to its pipelined commands.
@pytest.mark.parametrize("client, fails", [("msmtp", {"refused for now"}), ("swaks", set()), ("smtplib", set())])
def test_real_clients_deliver_by_lmtp(postfault, scenario, tmp_path, client, fails):
    if client != "smtplib" and shutil.which(client) is None:
        pytest.skip(f"{client} is not installed; ci/install-packages clients has it")
    results = tmp_path / "results.json"
    done = postfault("run", scenario(LMTP), "--client", client, "--json", results)
    assert done.status == (1 if fails else 0), done.out + done.err
    found = verdicts(results)
    assert {name for name, verdict in found.items() if verdict == "fail"} == fails, done.out
    assert set(found.values()) <= {"pass", "fail"}
    assert all(reason["code"] == "PF012" for run in json.loads(results.read_text())["runs"] for reason in run["reasons"])


def test_a_news_client_logs_in_where_it_must(postfault, scenario, tmp_path):
    if subprocess.run(["/usr/bin/python3", "-W", "ignore", "-c", "import nntplib"], check=False).returncode != 0:
        pytest.skip("this Python has no nntplib")
    results = tmp_path / "results.json"
    done = postfault("run", scenario(LOG_IN), "--client", "nntplib", "--json", results)
    assert done.status == 0, done.out + done.err
    assert set(verdicts(results).values()) == {"pass"}


def test_a_client_without_log_in_is_skipped_and_told_why(postfault, scenario):
    done = postfault("run", scenario(LOG_IN), "--client", "tin", "-k", "read", "-v")
    if "is not installed" in done.err or "no program" in done.err:
        pytest.skip("tin is not installed")
    assert done.status == 0, done.out + done.err
    assert "the server wants a log-in, and the profile of tin says no 'login' for 'read'" in done.out


def test_a_hundred_failures_in_one_process_and_then_a_success(postfault, scenario, tmp_path):
    path = scenario("""
proto: smtp
scenarios:
  hundred:
    steps: [send x100, send]
    fault: {at: MAIL, do: reply 451 4.3.0 later}
    expect: {result: temp, stored: never, connects: 100}
""")
    results = tmp_path / "results.json"
    done = postfault("run", path, "--no-sanity", "--json", results)
    assert done.status == 0, done.out + done.err
    run = json.loads(results.read_text())["runs"][0]
    assert run["verdict"] == "pass"
    assert len(run["connections"]) == 101
    assert run["stored"] == 1
