"""A pipelined group at a server that reads nothing before its replies are taken (RFC 2920 3.1)."""

import json
from pathlib import Path

import pytest

LARGE_GROUP = f"{Path(__file__).parents[2] / 'scenarios/smtp/pipelining.yaml'}::large group"


@pytest.mark.parametrize(
    ("option", "codes"),
    [
        ("--socket-buffers=16KiB", []),  # small buffers are no mistake
        ("--socket-buffers=64MiB", []),
        ("--defect=pipeline_write_all_first", ["expect.result", "expect.stored"]),
    ],
)
def test_a_client_that_reads_while_it_writes_is_never_stuck(postfault, tmp_path, option, codes):
    results = tmp_path / "results.json"
    done = postfault("run", "--no-sanity", "--json", results, LARGE_GROUP, f"--client-arg={option}")
    assert done.status == (1 if codes else 0), done.out + done.err
    (run,) = json.loads(results.read_text())["runs"]
    assert [reason["code"] for reason in run["reasons"]] == codes, done.out
    assert len(run["connections"]) == (2 if codes else 1)
