"""The bundled profiles of real clients: each talks to a healthy server, and a few verdicts are what they must be.

What the whole corpus says about these clients is in docs/real-clients.md. Here are only verdicts that do not depend on how busy
the machine is.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest
from postfault_items import ROOT, SCENARIOS

PROFILES = ROOT / "client_under_test" / "profiles"

# Enough for a healthy run on a busy machine; a client that hangs costs this much.
PATIENCE = "8s"


@dataclass
class Case:
    """What a client needs to be run, and {scenario: code of the failure, None for a pass}."""

    program: str
    verdicts: dict
    module: str = ""  # of Python, that must be there


CASES = {
    "curl": Case("curl", {
        "smtp/greeting::slow but legal greeting": None,
        "smtp/quit::no reply to QUIT": "PF001",  # it waits two minutes, whatever --max-time says
    }),
    "msmtp": Case("msmtp", {
        "smtp/greeting::slow but legal greeting": None,
        "smtp/dot::refusal after the dot [row=554]": "expect.close",  # it leaves without QUIT
    }),
    "nntplib": Case("/usr/bin/python3", {
        "nntp/post::article refused": None,
        "nntp/post::slow but legal reply to the article": None,
        "nntp/read::article without its terminator [place=-3]": None,
        "nntp/read::split terminator [place=-2]": None,
    }, "nntplib"),
    "s-nail": Case("s-nail", {
        "smtp/greeting::greeting in segments": None,
        "smtp/quit::end instead of the reply to QUIT [how=reply 421 4.3.2 Closing]": "expect.result",
    }),
    "slrnpull": Case("slrnpull", {
        "nntp/post::article refused": None,
        "nntp/post::posting not allowed": "expect.result",  # it keeps the article and tries again the next time
    }),
    "smtplib": Case("/usr/bin/python3", {
        "smtp/greeting::slow but legal greeting": None,
        "smtp/greeting::dripping greeting": "PF001",  # its limit is for each octet
    }, "smtplib"),
    "suck": Case("suck", {
        "nntp/post::article refused": None,
        "nntp/status::no such article [reply=430 No article with that message-id]": None,
        "nntp/read::split terminator [place=-2]": None,
    }),
    "swaks": Case("swaks", {
        "smtp/greeting::slow but legal greeting": None,
        "smtp/quit::end instead of the reply to QUIT [how=fin]": "expect.result",  # exit 6, as for any other end
    }),
    "tin": Case("tin", {
        "nntp/read::split terminator [place=-2]": None,
        "nntp/read::article breaks off [how=fin]": "PF001",  # it asks for ever whether to reconnect
    }),
}  # fmt: skip


def need(case):
    if shutil.which(case.program) is None:
        pytest.skip(f"{case.program} is not installed; ci/install-packages clients has it")
    if case.module:
        command = [case.program, "-W", "ignore", "-c", f"import {case.module}"]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip(f"this Python has no {case.module}")


def path_of(identity):
    file, name = identity.split("::")
    return f"{SCENARIOS / file}.yaml::{name}"


@pytest.mark.parametrize("name", CASES)
def test_a_bundled_profile_works_and_its_client_is_judged_as_known(postfault, tmp_path, name):
    case = CASES[name]
    need(case)
    results = tmp_path / "results.json"
    done = postfault(
        "run", "--client", name, "--timeout", "2s", "--patience", PATIENCE, "--json", results,
        *(path_of(identity) for identity in case.verdicts),
    )  # fmt: skip
    assert "cannot talk to a healthy server" not in done.out, done.out
    assert done.status in (0, 1), done.out + done.err
    expected = {identity: ("fail" if code else "pass", code) for identity, code in case.verdicts.items()}
    found = {}
    for run in json.loads(results.read_text())["runs"]:
        codes = [reason["code"] for reason in run["reasons"]]
        code = case.verdicts.get(run["id"])
        found[run["id"]] = (run["verdict"], code if code in codes else (codes or [None])[0])
    assert found == expected, done.out


def test_every_bundled_profile_is_listed_tested_and_described(postfault):
    names = {path.stem for path in PROFILES.glob("*.yaml")}
    assert names == {*CASES, "refclient"}
    listed = postfault("clients")
    assert listed.status == 0, listed.err
    assert {line.split()[0] for line in listed.out.splitlines()} == names
    described = (ROOT / "docs" / "real-clients.md").read_text(encoding="utf-8")
    assert {name for name in CASES if f"`{name}`" not in described} == set()


def test_a_client_that_is_not_installed_is_named_with_its_package(postfault, tmp_path):
    empty = tmp_path / "bin"
    empty.mkdir()
    done = postfault("run", "--client", "msmtp", SCENARIOS / "smtp" / "quit.yaml", env={**os.environ, "PATH": str(empty)})
    assert done.status == 2
    assert re.search(r"no program 'msmtp'.*package 'msmtp'", done.err), done.err
