"""PF013: real clients break no rule in healthy runs, and one that does is told of."""

import json
import shutil
import sys

import pytest

MAIL = """\
proto: smtp
expect: {result: ok}
scenarios:
  healthy:
    message: {recipients: 3, size: 20KiB}
    fault: none
  healthy without pipelining:
    message: {recipients: 3}
    server: {capabilities: [8BITMIME]}
    fault: none
  healthy with nothing offered:
    server: {capabilities: []}
    fault: none
"""

NEWS = """\
proto: nntp
expect: {result: ok}
scenarios:
  post: {operation: post, fault: none}
  read: {operation: read, articles: {count: 5, size: 2KiB}, fault: none}
"""

CLIENTS = {
    "refclient": (MAIL, NEWS), "curl": (MAIL,), "msmtp": (MAIL,), "swaks": (MAIL,), "s-nail": (MAIL,), "smtplib": (MAIL,),
    "nntplib": (NEWS,), "suck": (NEWS,), "slrnpull": (NEWS,), "tin": (NEWS,),
}  # fmt: skip

# Says EHLO without waiting for the greeting, and ends a line of the message with LF alone.
RUDE = """\
import socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
replies = peer.makefile("rb")
def reply():
    while replies.readline()[3:4] == b"-":
        pass
peer.sendall(b"EHLO a\\r\\n")
reply()
reply()
for line in (b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"DATA", b"Subject: x\\r\\n\\r\\none\\ntwo\\r\\n.", b"QUIT"):
    peer.sendall(line + b"\\r\\n")
    reply()
"""


def runs_of(postfault, tmp_path, *arguments):
    results = tmp_path / "results.json"
    done = postfault("run", "--json", results, "--no-sanity", *arguments)
    assert done.status in (0, 1), done.err
    return json.loads(results.read_text())["runs"]


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_a_healthy_run_of_a_real_client_breaks_no_rule(postfault, scenario, tmp_path, client):
    program = {"refclient": "sh", "smtplib": "python3", "nntplib": "python3"}.get(client, client)
    if shutil.which(program) is None:
        pytest.skip(f"{client} is not installed; ci/install-packages clients has it")
    files = [scenario(text, f"file{number}") for number, text in enumerate(CLIENTS[client])]
    runs = runs_of(postfault, tmp_path, *files, "--client", client)
    for run in runs:
        assert not [reason for reason in run["reasons"] if reason["code"] == "PF013"], run["reasons"]
    assert any(run["verdict"] == "pass" for run in runs), runs


def test_a_client_that_breaks_rules_is_told_which(postfault, scenario, tmp_path):
    script = tmp_path / "rude.py"
    script.write_text(RUDE)
    text = "proto: smtp\nscenarios:\n  late:\n    fault: {at: greeting, do: delay 0.3T}\n    expect: {result: ok}\n"
    (run,) = runs_of(postfault, tmp_path, scenario(text), "--", sys.executable, script, "{port}")
    broken = [reason["text"] for reason in run["reasons"] if reason["code"] == "PF013"]
    assert len(broken) == 2, run["reasons"]
    assert "talks before the greeting" in broken[0]
    assert "at octet 0 of what it said on connection 1" in broken[0]
    assert "bare LF in the message" in broken[1]
