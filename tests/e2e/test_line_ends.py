"""Line ends of the message: who sends what is in the client's file, and who makes CRLF of it."""

import json
import shutil
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "scenarios"

# What the server takes for the end of the message is CRLF.CRLF, so a client that sends dots as they are ends its message there.
NAIVE = """\
import smtplib, sys
host, port, sender, recipient, path = sys.argv[1:]
with smtplib.SMTP(host, int(port)) as client:
    client.ehlo("client.example")
    client.mail(sender)
    client.rcpt(recipient)
    client.docmd("DATA")
    client.send(open(path, "rb").read() + b".\\r\\n")
    codes = [client.getreply()[0] for _ in range({replies})]
sys.exit(0 if 250 in codes else 1)
"""


@pytest.fixture
def judge(runs_of):
    """{name: codes} of the runs."""

    def run(*arguments):
        runs = runs_of(*arguments)
        assert {run["verdict"] for run in runs.values()} <= {"pass", "fail"}, runs
        return {name: [reason["code"] for reason in run["reasons"]] for name, run in runs.items()}

    return run


def test_bare_lf_on_wire_fails_where_the_file_has_bare_line_ends_and_nowhere_else(judge):
    found = judge(SCENARIOS / "smtp/line-ends.yaml", "-k", "send or edges or chunks", "--client-arg=--defect=bare_lf_on_wire")
    assert len(found) == 17
    for name, codes in found.items():
        harmless = any(word in name for word in ("unfinished", "CRLF.CRLF", "chunks"))
        assert ("PF013" in codes) == (not harmless), (name, codes)
        assert codes or harmless


# By the versions of Debian 12. What is in the set is sent as it is in the file.
@pytest.mark.parametrize(
    ("client", "sends"), [("refclient", set()), ("msmtp", {"CR"}), ("swaks", {"CR"}), ("s-nail", set()), ("curl", {"LF", "CR"}), ("smtplib", {"LF", "CR"})]
)
def test_what_a_client_makes_of_bare_line_ends(judge, client, sends):
    program = {"refclient": "sh", "smtplib": "python3"}.get(client, client)
    if shutil.which(program) is None:
        pytest.skip(f"{client} is not installed; ci/install-packages clients has it")
    found = judge(SCENARIOS / "smtp/line-ends.yaml", "-k", "send", "--client", client)
    for name, codes in found.items():
        value = name.rsplit("=", 1)[-1].rstrip("]") if "=" in name else ""
        ends = {"lf": {"LF"}, "mixed": {"LF"}, "unfinished": set()}.get(value, {part for part in value.split(".") if part in ("LF", "CR")})
        if "lines that end in CR" in name:
            ends = {"CR"}
        assert ("PF013" in codes) == bool(ends & sends), (name, codes)
        if not ends & sends:
            assert codes == [], (name, codes)


@pytest.mark.parametrize("replies", [1, 6])
def test_a_message_that_is_smuggled_in_as_text_is_found(postfault, scenario, tmp_path, replies):
    script = tmp_path / "naive.py"
    script.write_text(NAIVE.format(replies=replies))
    path = scenario("proto: smtp\nscenarios:\n  a: {message: {smuggle: CRLF.CRLF}, fault: none, expect: {stored: at most once}}\n")
    results = tmp_path / "results.json"
    words = ["--", "/usr/bin/python3", "-I", script, "{host}", "{port}", "{from}", "{to}", "{message}"]
    done = postfault("run", "--no-sanity", "--json", results, path, *words)
    assert done.status == 1, done.out + done.err
    (run,) = json.loads(results.read_text())["runs"]
    texts = [reason["text"] for reason in run["reasons"] if reason["code"] == "PF013"]
    assert any("the text of the message ended it early" in text for text in texts), run["reasons"]
