"""Processes for the tests of this folder: started and ended by the test, waited for by their events."""

import json
import os
import re
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import postfault_items

# A test that hangs says nothing. Far above what any of them needs, also on a busy machine.
MOST_SECONDS = 120


@dataclass
class Finished:
    status: int
    out: str
    err: str


class Postfault:
    """The program under test."""

    def __init__(self, path, folder):
        self.path = Path(path)
        self.folder = folder  # where it is started
        self.served = []

    def __call__(self, *arguments, **options):
        """Runs it to its end."""
        done = subprocess.run(
            [self.path, *map(str, arguments)],
            cwd=options.pop("cwd", self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            check=False,
            **options,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def serve(self, *arguments, scenarios=1):
        """Starts `postfault serve` and returns when it listens."""
        served = Served([self.path, "serve", *map(str, arguments)], self.folder, scenarios)
        self.served.append(served)
        return served


class Served:
    """A running `postfault serve`."""

    LISTENING = re.compile(r"listening (\w+) (\S+):(\d+)\b")

    def __init__(self, command, folder, scenarios):
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.seen = []
        self.endpoints = []
        while len(self.endpoints) < scenarios:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"it ended with {self.process.wait()}: {self.process.stderr.read()}")
            self.seen.append(line)
            if found := self.LISTENING.match(line):
                self.endpoints.append((found[2], int(found[3])))

    @property
    def host(self):
        return self.endpoints[0][0]

    @property
    def port(self):
        return self.endpoints[0][1]

    def stop(self, number=signal.SIGTERM):
        """Ends it; all that it printed. Safe to call twice."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        out, self.err = self.process.communicate(timeout=MOST_SECONDS)
        self.seen.append(out)
        return "".join(self.seen)

    def end_by_force(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture(scope="session")
def program(pytestconfig):
    return postfault_items.find_postfault(pytestconfig)


@pytest.fixture
def postfault(program, tmp_path):
    """The program, started in a folder of this test; what it serves ends with the test."""
    made = Postfault(program, tmp_path)
    yield made
    for served in made.served:
        served.end_by_force()


@pytest.fixture
def runs_of(postfault, tmp_path):
    """{name: run} of what `postfault run` with these arguments writes to its results. Some may fail, but all are judged."""

    def run(*arguments):
        results = tmp_path / "results.json"
        done = postfault("run", "--json", results, *arguments)
        assert done.status in (0, 1), done.err
        return {run["id"].split("::")[1]: run for run in json.loads(results.read_text())["runs"]}

    return run


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario file: scenario(text, name='case') -> path."""

    def write(text, name="case"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def taken_port():
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def processes_with(word):
    """The command lines of all processes that hold this word, for `nothing is left running`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if word in line:
            found.append(line)
    return found
