"""What a machine that stands still for a while does to the verdicts: a stopped harness is as late as one can be."""

import json
import os
import select
import signal
import subprocess
import sys

import pytest

PATIENCE = 2  # seconds

SCENARIO = """
proto: smtp
scenarios:
  nothing happens:
    why: only the client's own end is of interest
    refs: [KB Q254795]
    fault: none
    expect: {exit: 75}
"""

# Says when it has started and when it has been there for longer than the patience; then ends, or does not.
CLIENT = """
import sys, time
def say(word):
    with open(sys.argv[1], "w") as fifo:
        fifo.write(word + "\\n")
say("started")
time.sleep(float(sys.argv[2]))
say("late")
time.sleep(float(sys.argv[3]))
sys.exit(75)
"""


class Fifo:
    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        self.end = os.open(path, os.O_RDWR)  # never waits, and never sees an end

    def hear(self):
        assert select.select([self.end], [], [], 60)[0], "nothing was said"
        return os.read(self.end, 100).decode().strip()


@pytest.mark.parametrize(("still_there", "verdict"), [(0.5, "pass"), (60, "fail")])
def test_time_that_the_machine_lost_is_no_hang(program, tmp_path, still_there, verdict):
    (tmp_path / "still.yaml").write_text(SCENARIO)
    (tmp_path / "client.py").write_text(CLIENT)
    fifo = Fifo(tmp_path / "fifo")
    command = [program, "run", "still.yaml", "--no-sanity", "--no-repeat", "--patience", f"{PATIENCE}s", "--json", "results.json", "--"]
    client = [sys.executable, tmp_path / "client.py", fifo.path, str(PATIENCE + 1), str(still_there)]
    with subprocess.Popen([*command, *client], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as harness:
        try:
            assert fifo.hear() == "started"
            harness.send_signal(signal.SIGSTOP)
            assert fifo.hear() == "late"
        finally:
            harness.send_signal(signal.SIGCONT)
        assert harness.wait(60) == (0 if verdict == "pass" else 1)
    os.close(fifo.end)
    run = json.loads((tmp_path / "results.json").read_text())["runs"][0]
    assert run["verdict"] == verdict
    assert [reason["code"] for reason in run["reasons"]] == ([] if verdict == "pass" else ["PF001"])
    assert run["took_s"] < 6 * PATIENCE
