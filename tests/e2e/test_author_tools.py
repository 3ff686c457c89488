"""What `postfault` offers to those who write scenarios: check, explain, schema."""

import json
import os
import subprocess

from postfault_items import ROOT, SCENARIOS

WRONG = """\
proto: smtp
scenarios:
  ä typo:
    fault: {at: EHLO, do: drip 1B/200}
    expect: {result: temp}
"""

REMARK = "case.yaml:4:35: a duration needs a unit: us, ms, s or min; got '200' (in 'ä typo', fault.do)"


def on_a_terminal(postfault, *arguments, **environment):
    """Its stderr, as a person sees it."""
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [postfault.path, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", **environment},
            timeout=60,
            check=False,
        )
        os.set_blocking(ours, False)
        return done.returncode, os.read(ours, 65536).decode().replace("\r\n", "\n")
    finally:
        os.close(ours)
        os.close(theirs)


def test_check_in_a_pipe_says_one_line_for_each_error(postfault, scenario):
    path = scenario(WRONG)
    done = postfault("check", path)
    assert done.status == 2
    assert done.err == f"{path.parent}/{REMARK}\n"


def test_check_on_a_terminal_shows_the_place(postfault, scenario):
    path = scenario(WRONG)
    for settings, mark in [({"NO_COLOR": ""}, "\x1b[31m^\x1b[0m"), ({"NO_COLOR": "1"}, "^"), ({"TERM": "dumb"}, "^")]:
        status, text = on_a_terminal(postfault, "check", path, **settings)
        assert status == 2
        assert text == (
            f"{path.parent}/{REMARK}\n"
            "     4 |     fault: {at: EHLO, do: drip 1B/200}\n"
            f"       | {' ' * 34}{mark}\n"
        )


def test_explain_says_it_in_plain_sentences(postfault):
    done = postfault("explain", f"{SCENARIOS}/smtp/ehlo.yaml::stall after EHLO")
    assert done.status == 0, done.err
    page = (ROOT / "docs" / "scenario-language.md").read_text(encoding="utf-8")
    assert f"```\n{done.out}```\n" in page


def test_explain_takes_whole_files_and_refuses_what_is_not_there(postfault):
    whole = postfault("explain", SCENARIOS / "smtp" / "ehlo.yaml")
    assert whole.status == 0
    assert len(whole.out.split("\n\n")) == len(postfault("list", SCENARIOS / "smtp" / "ehlo.yaml").out.splitlines())
    missing = postfault("explain", f"{SCENARIOS}/smtp/ehlo.yaml::stall after HELO")
    assert missing.status == 2
    assert "did you mean" in missing.err


def test_schema_prints_the_one_of_the_corpus(postfault):
    done = postfault("schema")
    assert done.status == 0
    assert done.out == (SCENARIOS / "scenario.schema.json").read_text(encoding="utf-8")
    assert json.loads(done.out)["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_schema_prints_the_tables_of_the_manual(postfault):
    done = postfault("schema", "--markdown")
    assert done.status == 0
    page = (ROOT / "docs" / "scenario-language.md").read_text(encoding="utf-8")
    rows = [line for line in done.out.splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row not in page] == []
