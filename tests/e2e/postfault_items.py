"""The pytest driver: every scenario is a test item, and `postfault run` is the one judge.

    python3 -m pytest tests/e2e                        the whole corpus, and the tests beside this file
    python3 -m pytest scenarios/smtp -k greeting       some scenarios
    python3 -m pytest -n 2 --client curl scenarios/smtp --junitxml curl.xml
    PYTHONPATH=tests/e2e python3 -m pytest -p postfault_items mine.yaml      files outside of the repository

All selected scenarios of a session are run by one process, so that their waits overlap. With xdist the workers share it:
the first one that needs a verdict runs it, the others wait for its lock.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
HERE = Path(__file__).resolve().parent

session_key = pytest.StashKey["Session"]()


# ---- options -----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser):
    group = parser.getgroup("postfault", "scenarios of postfault")
    group.addoption("--client", metavar="NAME", help="client profile, profile file or command line (default: refclient)")
    group.addoption("--client-arg", metavar="ARG", action="append", default=[], help="one more argument for the client")
    group.addoption("--timeout", metavar="T", help="the limit that the client is told to use for each wait, e.g. 2s")
    group.addoption("--postfault", metavar="PATH", help="the program (default: $POSTFAULT, build/dev, build/release)")


def find_postfault(config):
    """The program to test. A pytest.UsageError if there is none."""
    named = config.getoption("--postfault") or os.environ.get("POSTFAULT")
    if named:
        path = Path(named)
        # As typed, or relative to the repository, for those who start pytest elsewhere.
        candidates = [path] if path.is_absolute() else [config.invocation_params.dir / path, ROOT / path]
    else:
        candidates = [ROOT / "build" / preset / "bin" / "postfault" for preset in ("dev", "release")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate.resolve()
    tried = ", ".join(str(candidate) for candidate in candidates)
    raise pytest.UsageError(f"no program at {tried}; build it (cmake --workflow --preset dev) or name it with --postfault")


def pytest_configure(config):
    # The corpus lies in a folder of its own, but belongs to these tests: who names them as a whole means both.
    named = [(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args]
    if HERE in named and SCENARIOS not in named:
        config.args.append(str(SCENARIOS))


# ---- collection --------------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path, parent):
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    # Other YAML files are only scenarios if somebody names them.
    if SCENARIOS in file_path.parents or parent.session.isinitpath(file_path):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    def collect(self):
        try:
            program = find_postfault(self.config)
        except pytest.UsageError as trouble:
            raise self.CollectError(str(trouble)) from None
        # There is one parser. It also knows what `matrix:` becomes.
        done = subprocess.run([program, "list", "--json", self.path], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise self.CollectError(done.stderr.strip() or f"postfault list ended with {done.returncode}")
        for entry in json.loads(done.stdout)["scenarios"]:
            yield ScenarioItem.from_parent(self, name=entry["name"], entry=entry)


class ScenarioItem(pytest.Item):
    def __init__(self, *, entry, **kwargs):
        super().__init__(**kwargs)
        self.entry = entry

    def runtest(self):
        verdict = session_of(self.session).verdict_of(self)
        if verdict.kind == "skipped":
            pytest.skip(verdict.reasons)
        if verdict.kind == "xfail":
            pytest.xfail(verdict.reasons)
        if verdict.kind not in ("pass", "xpass"):
            raise BadVerdict(verdict)
        if verdict.kind == "xpass":
            self.add_report_section("call", "verdict", "passed although known to fail: " + verdict.reasons)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, BadVerdict):
            return str(excinfo.value)
        if isinstance(excinfo.value, HarnessTrouble):
            return f"postfault could not judge this: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, self.entry["line"] - 1, self.entry["id"]


class BadVerdict(Exception):
    """Reads as what somebody needs who has to find out why."""

    def __init__(self, verdict):
        super().__init__(f"{verdict.kind}: {verdict.id}\n{verdict.reasons}\n\n{verdict.story}".rstrip())


class HarnessTrouble(Exception):
    """No verdicts at all."""


# ---- verdicts ----------------------------------------------------------------------------------------------------------


class Verdict:
    """One run of the JSON results; its time line and the command that repeats it come from the JUnit file."""

    def __init__(self, run, story):
        self.id = run["id"]
        self.kind = run["verdict"]
        reasons = [f"{reason['code']} {reason['text']}" for reason in run["reasons"]]
        self.reasons = "\n".join(reasons + run.get("notes", []))
        self.story = story or "repeat: " + run["repeat"]


def session_of(session):
    if session_key not in session.stash:
        session.stash[session_key] = Session(session)
    return session.stash[session_key]


class Session:
    """The verdicts of all scenarios that are selected in this pytest session."""

    def __init__(self, session):
        # The same in every worker: each of them collects and deselects everything itself.
        self.items = [item for item in session.items if isinstance(item, ScenarioItem)]
        self.config = session.config
        self.verdicts = None

    def verdict_of(self, item):
        if self.verdicts is None:
            self.verdicts = self.read(self.run_once())
        key = (str(item.path), item.entry["id"])
        if key not in self.verdicts:
            raise HarnessTrouble(f"the results have no run {item.entry['id']}")
        return self.verdicts[key]

    def command(self):
        option = self.config.getoption
        command = [str(find_postfault(self.config)), "run"]
        for item in self.items:
            command.append(f"{item.path}::{item.entry['name']}")
        if option("--client"):
            command += ["--client", option("--client")]
        for argument in option("--client-arg"):
            command.append(f"--client-arg={argument}")
        if option("--timeout"):
            command += ["--timeout", option("--timeout")]
        return command

    def folder(self):
        """A folder that all workers of this session share, and no other session."""
        factory = self.config._tmp_path_factory  # what the fixture tmp_path_factory hands out
        base = factory.getbasetemp()
        return base.parent if hasattr(self.config, "workerinput") else base

    def run_once(self):
        """Runs the suite unless another worker has; the stem of its result files."""
        command = self.command()
        key = hashlib.sha256("\0".join(command).encode()).hexdigest()[:16]
        stem = self.folder() / f"postfault-{key}"
        with open(f"{stem}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # gone with this process, however it ends
            end = Path(f"{stem}.end")
            if not end.exists():
                files = ["--json", f"{stem}.json", "--junit", f"{stem}.xml"]
                # Behind the options, so that a bare `--` in a client's command line cannot take them.
                done = subprocess.run(
                    command[:2] + files + command[2:], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
                )
                end.write_text(json.dumps({"status": done.returncode, "stderr": done.stderr}), encoding="utf-8")
        return stem

    def read(self, stem):
        end = json.loads(Path(f"{stem}.end").read_text(encoding="utf-8"))
        if end["status"] not in (0, 1):
            raise HarnessTrouble(end["stderr"].strip() or f"exit status {end['status']}")
        results = json.loads(Path(f"{stem}.json").read_text(encoding="utf-8"))
        if results.get("baseline_trouble"):
            raise HarnessTrouble(f"{results['client']} cannot talk to a healthy server: {results['baseline_trouble']}")
        stories = {}
        for case in ElementTree.parse(f"{stem}.xml").iter("testcase"):
            stories[f"{case.get('classname')}::{case.get('name')}"] = case.findtext("system-out", "").rstrip()
        # Runs come in the order in which their scenarios were named. IDs alone may repeat, in files outside of the corpus.
        runs = results["runs"]
        if [run["id"] for run in runs] != [item.entry["id"] for item in self.items]:
            raise HarnessTrouble("the results are not those of the scenarios that were asked for")
        return {
            (str(item.path), run["id"]): Verdict(run, stories.get(run["id"])) for item, run in zip(self.items, runs)
        }
