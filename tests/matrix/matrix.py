#!/usr/bin/env python3
"""The detection matrix: every specimen of the reference client against the whole corpus.

    matrix.py                  run everything and compare with expected.yaml; exit status 1 if something differs
    matrix.py NAME…            only these specimens
    matrix.py --record         write what was measured to expected.yaml; look at the diff
    matrix.py --stress N       run what must fail N times, quietly and beside busy loops in turn, and name what ever passed
    matrix.py --write-docs     write the table to docs/detection-matrix.md; runs nothing

expected.yaml says for each specimen which scenarios must fail, by code, and which may fail, with a reason. All others must pass.
waivers.yaml names the scenarios that no specimen has to fail, with a reason.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
EXPECTED = HERE / "expected.yaml"
WAIVERS = HERE / "waivers.yaml"
DOCS = ROOT / "docs" / "detection-matrix.md"

# Runs that never reach the fault have tested nothing; they are a verdict of their own.
UNREACHED = "not reached"

# Each runs a hundred clients at once and more, and has a tail in which hanging clients are waited for: two overlap. More only make the
# machine late.
PROCESSES = 2

# Clients that spin take the cores from each other and from all else, and a spin without a core is none.
JOBS = {"eof_busy_loop": 24, "write_on_dead_socket": 24}

# Of T, as `postfault run` holds it.
MOST_LATENESS = 0.05

# The same random octets each time: some are a line to a client that is wrong, and some are not.
SEED = "1"


def matches(pattern, scenario):
    """`*` stands for anything; names have brackets, so nothing else is special."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), scenario) is not None


@dataclass
class Expectation:
    """What one specimen must and may fail."""

    must: dict = field(default_factory=dict)  # "CODE" or "CODE or CODE" -> patterns
    allowed: list = field(default_factory=list)  # of `may`: {scenario, why}, and `codes` if only those
    unproven: str = ""  # why nothing has to catch it

    def must_codes(self, scenario):
        return {code for code, patterns in self.must.items() if any(matches(one, scenario) for one in patterns)}

    def may(self, scenario):
        return [entry for entry in self.allowed if matches(entry["scenario"], scenario)]

    def may_fail(self, scenario, codes):
        return any("codes" not in entry or set(codes) <= set(entry["codes"]) for entry in self.may(scenario))


def read_expected(text):
    result = {}
    for name, entry in (yaml.safe_load(text) or {}).items():
        entry = entry or {}
        unknown = set(entry) - {"must", "may", "unproven"}
        if unknown:
            raise ValueError(f"{name}: unknown key {sorted(unknown)[0]}")
        for allowed in entry.get("may") or []:
            if set(allowed) - {"codes"} != {"scenario", "why"} or not allowed["why"]:
                raise ValueError(f"{name}: an entry of may has `scenario`, `why` and perhaps `codes`: {allowed}")
        if not entry.get("must") and not entry.get("unproven"):
            raise ValueError(f"{name}: must fail nothing, and `unproven` does not say why")
        result[name] = Expectation(entry.get("must") or {}, entry.get("may") or [], entry.get("unproven") or "")
    return result


@dataclass(frozen=True)
class Cell:
    """The verdict of one specimen in one scenario."""

    verdict: str
    codes: tuple = ()
    text: str = ""
    late: bool = False  # the machine was: a limit that is kept and one that is not may look alike then

    @property
    def failed(self):
        return self.verdict in ("fail", UNREACHED)


def cell_of(run):
    codes = tuple(sorted({reason["code"] for reason in run["reasons"]}))
    text = "; ".join(f"{reason['code']} {reason['text']}" for reason in run["reasons"])
    verdict = run["verdict"]
    if verdict == UNREACHED:
        codes = (UNREACHED,)
    late = run["doubtful"] or run["uncertainty_s"] > MOST_LATENESS * run["limit_s"]
    return Cell(verdict, codes, text, late)


def difference(expectation, scenario, cell):
    """What is wrong with this cell, or nothing."""
    if cell.verdict == "skipped":
        return f"skipped: {cell.text}" if expectation.must_codes(scenario) else ""
    if cell.verdict == "error":
        return f"no verdict: {cell.text}"
    must = expectation.must_codes(scenario)
    if must:
        if not cell.failed:
            return f"missed: must fail with {', '.join(sorted(must))}, but passed"
        if not all(set(code.split(" or ")) & set(cell.codes) for code in must):
            return f"wrong code: must fail with {', '.join(sorted(must))}, got {cell.text}"
        return ""
    if cell.failed and not expectation.may_fail(scenario, cell.codes):
        return f"false alarm: {cell.text}"
    return ""


def undetectable(expected, scenarios, waivers):
    """Scenarios that no specimen has to fail and nobody has waived; and waivers that nobody needs."""
    without = [
        scenario for scenario in scenarios if not any(one.must_codes(scenario) for one in expected.values())
    ]
    missing = [scenario for scenario in without if not any(matches(pattern, scenario) for pattern in waivers)]
    useless = [pattern for pattern in waivers if not any(matches(pattern, scenario) for scenario in without)]
    return missing, useless


def dead_patterns(expected, scenarios):
    """Patterns that match no scenario at all: renamed, probably."""
    dead = []
    for name, one in expected.items():
        patterns = [pattern for patterns in one.must.values() for pattern in patterns]
        patterns += [entry["scenario"] for entry in one.allowed]
        dead += [f"{name}: {pattern}" for pattern in patterns if not any(matches(pattern, scenario) for scenario in scenarios)]
    return dead


def contradictions(expected, scenarios):
    """Cells that must fail and may: nobody could say then whether a race decides them. `*` alone stands for all others."""
    return [
        f"{name} in {scenario}"
        for name, one in expected.items()
        for scenario in scenarios
        if one.must_codes(scenario) and any(entry["scenario"] != "*" for entry in one.may(scenario))
    ]


# ---- what is written -----------------------------------------------------------------------------------------------------


def compressed(failing, scenarios):
    """As few patterns as stand for exactly these scenarios: whole files, whole matrices, and single names."""
    failing = set(failing)
    patterns = []
    for prefix in [name.split("::")[0] + "::" for name in scenarios] + [name.split(" [")[0] + " [" for name in scenarios if " [" in name]:
        group = {name for name in scenarios if name.startswith(prefix)}
        if group & failing and group <= failing and len(group) > 1:
            patterns.append(prefix + "*")
            failing -= group
    return sorted(patterns) + sorted(failing)


def known_by(cell):
    """One code is enough to know a failure by; an invariant says more than what follows from it."""
    invariants = [code for code in cell.codes if code.startswith("PF")]
    return (invariants or list(cell.codes))[0]


def settled(expectation, first, second):
    """{scenario: code} of what must fail from now on: what was expected, changed where both looks say something else."""
    must = {}
    for scenario, cell in first.items():
        codes = expectation.must_codes(scenario)
        if scenario in second and difference(expectation, scenario, second[scenario]):
            again = second[scenario]
            if not again.failed or expectation.may_fail(scenario, again.codes):
                continue
            both = Cell(again.verdict, tuple(code for code in again.codes if code in cell.codes))
            must[scenario] = known_by(both if both.codes else again)
        elif codes:
            must[scenario] = min(codes)
    return must


def recorded(must, scenarios, before):
    """The text of expected.yaml for {specimen: {scenario: code}}; entries of `may` stay."""
    document = {}
    for name in sorted(must):
        known = before.get(name, Expectation())
        by_code = {}
        for scenario, code in must[name].items():
            by_code.setdefault(code, []).append(scenario)
        entry = {"must": {code: compressed(by_code[code], scenarios) for code in sorted(by_code)}}
        if known.allowed:
            entry["may"] = known.allowed
        if not by_code:
            entry["unproven"] = known.unproven or "no scenario of the corpus catches it"
        document[name] = entry
    head = "# What each specimen must fail, by code, and what it may fail, with a reason. Everything else must pass.\n"
    head += "# `*` stands for anything. tests/matrix/matrix.py checks it, and --record writes what was measured.\n"
    return head + yaml.safe_dump(document, sort_keys=False, width=1000, allow_unicode=True)


def with_codes(entry):
    return f" ({', '.join(entry['codes'])})" if "codes" in entry else ""


def table(expected, specimens):
    """The page of the docs."""
    lines = [
        "# The detection matrix",
        "",
        "A harness is worth what it detects. Each specimen is the reference client with one classic defect (`refclient defects`). It must fail",
        "the scenarios that should catch it, with the right code, and pass all others. `ci/test` runs `tests/matrix/matrix.py`, which runs all of",
        "them and compares with `tests/matrix/expected.yaml`, where the scenarios stand one by one; this page is written from that file by",
        "`tests/matrix/matrix.py --write-docs`. [Verdicts](verdicts.md) explains the codes.",
        "",
        "What differs is looked at twice more, a few runs at once. The expectations are what was measured, without the cells that a race decides (below), and",
        "`tests/matrix/catalogue.yaml` says for each specimen which situations must catch it. `tests/matrix/waivers.yaml` names the scenarios that no specimen has to fail.",
        "",
        "| specimen | what it does | caught by |",
        "|---|---|---|",
    ]
    for name in sorted(expected):
        caught = []
        for code, patterns in sorted(expected[name].must.items()):
            families = sorted({pattern.split("::")[0] for pattern in patterns})
            caught.append(f"{code} in {', '.join(families)}")
        by = "; ".join(caught) if caught else f"nothing yet: {expected[name].unproven}"
        lines.append(f"| `{name}` | {specimens.get(name, '')} | {by} |")
    may = [(name, entry) for name in sorted(expected) for entry in expected[name].allowed]
    if may:
        lines += ["", "## What may fail besides", ""]
        lines += [f"- `{name}`{with_codes(entry)} in {entry['scenario']}: {entry['why']}" for name, entry in may]
    return "\n".join(lines) + "\n"


# ---- what is run ---------------------------------------------------------------------------------------------------------


class Programs:
    def __init__(self, folder):
        self.postfault = folder / "postfault"
        self.refclient = folder / "refclient"

    def specimens(self):
        """{name: what it does}, without the bug that it stands for."""
        text = subprocess.run([self.refclient, "defects"], capture_output=True, text=True, check=True).stdout
        found = {}
        for line in text.splitlines():
            name, _, what = line.partition(" ")
            found[name] = what.strip().rsplit(" (", 1)[0]
        return found

    def scenarios(self):
        text = subprocess.run([self.postfault, "list"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
        return [line.split("  ")[0].strip() for line in text.splitlines() if "::" in line]

    def run(self, specimen, only=(), jobs=0, repeat=True):
        """{scenario: Cell} of this specimen; what the machine was too late for is looked at again only with `repeat`."""
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder) / "results.json"
            words = [self.postfault, "run", *only, "--no-sanity", "--seed", SEED, "--json", results]
            words += [] if repeat else ["--no-repeat"]
            words += [f"--client-arg=--defect={specimen}"] if specimen else []
            jobs = jobs or JOBS.get(specimen, 0)
            words += ["--jobs", str(jobs)] if jobs else []
            done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
            if done.returncode not in (0, 1):
                sys.exit(f"{specimen}: postfault failed with {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
            return {run["id"]: cell_of(run) for run in json.loads(results.read_text())["runs"]}


def measure(programs, specimens, processes, say=lambda text: None):
    results = {}

    def one(name):
        started = time.monotonic()
        # Most failures are expected, and those that are not get a second look of their own.
        results[name] = programs.run(name, repeat=False)
        failed = sum(cell.failed for cell in results[name].values())
        say(f"{len(results):3} of {len(specimens)}  {name}: {failed} of {len(results[name])} failed, {time.monotonic() - started:.0f} s")

    with ThreadPoolExecutor(processes) as pool:
        for _ in pool.map(one, specimens):
            pass
    return {name: results[name] for name in specimens}


def files_of(programs):
    """Where each scenario can be found on the command line."""
    return {scenario: f"scenarios/{scenario.split('::')[0]}.yaml::{scenario.split('::')[1]}" for scenario in programs.scenarios()}


def looks_again(programs, expected, results, processes, jobs):
    """{specimen: {scenario: Cell}} of what differs, run with only so many at once."""
    places = files_of(programs)

    def again(name):
        expectation = expected.get(name, Expectation())
        differs = [scenario for scenario, cell in results[name].items() if difference(expectation, scenario, cell)]
        return programs.run(name, [places[scenario] for scenario in differs], jobs=jobs) if differs else {}

    with ThreadPoolExecutor(processes) as pool:
        return dict(zip(results, pool.map(again, results)))


@dataclass
class Comparison:
    wrong: list = field(default_factory=list)  # differs each time
    flaky: list = field(default_factory=list)  # differed at first, and the machine was not to blame
    late: int = 0  # differed at first, when the machine was too late for the verdict to count


@contextmanager
def busy_loops(count):
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


# {runs at once, busy loops beside them}: what a race looks like depends on who has to wait for whom.
CONDITIONS = [(32, 0), (32, 2), (64, 0), (16, 4)]


def stress(programs, expected, names, passes, processes):
    """{(specimen, scenario): [what was wrong]} of the passes that did not fail as they must, though the machine kept up."""
    places = files_of(programs)
    missed = {}
    for number in range(passes):
        jobs, loops = CONDITIONS[number % len(CONDITIONS)]
        started = time.monotonic()

        def one(name, jobs=jobs):
            must = [scenario for scenario in places if expected[name].must_codes(scenario)]
            cells = programs.run(name, [places[scenario] for scenario in must], jobs=jobs, repeat=False) if must else {}
            differ = [scenario for scenario, cell in cells.items() if difference(expected[name], scenario, cell) and not cell.late]
            return [(name, scenario, difference(expected[name], scenario, cells[scenario])) for scenario in differ]

        with busy_loops(loops), ThreadPoolExecutor(processes) as pool:
            found = [cell for cells in pool.map(one, names) for cell in cells]
        for name, scenario, why in found:
            missed.setdefault((name, scenario), []).append(why)
        print(f"pass {number + 1}, {jobs} at once, {loops} busy loops: {len(found)} cells, {time.monotonic() - started:.0f} s", flush=True)
    return missed


def compare(expected, results, looks):
    found = Comparison()
    for name, second in looks.items():
        for scenario, cell in second.items():
            first = results[name][scenario]
            still = difference(expected[name], scenario, cell)
            if still:
                found.wrong.append(f"{name} in {scenario}: {still}")
            elif first.late:
                found.late += 1
            else:
                found.flaky.append(f"{name} in {scenario}: {difference(expected[name], scenario, first)}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specimens", nargs="*", metavar="NAME")
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "dev" / "bin", help="where postfault and refclient are")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write all verdicts to this file, too")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--stress", type=int, metavar="N")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--strict", action="store_true", help="a cell that differed only the first time is wrong, too")
    options = parser.parse_args()

    programs = Programs(options.bin)
    specimens, scenarios = programs.specimens(), programs.scenarios()
    expected = read_expected(EXPECTED.read_text()) if EXPECTED.exists() else {}
    if options.write_docs:
        DOCS.write_text(table(expected, specimens))
        return 0
    chosen = options.specimens or sorted(specimens)
    for name in chosen:
        if name not in specimens:
            parser.error(f"there is no specimen '{name}'")

    if options.stress:
        missed = stress(programs, expected, chosen, options.stress, options.processes)
        for (name, scenario), why in sorted(missed.items()):
            print(f"{len(why):3} of {options.stress}  {name} in {scenario}: {why[0]}")
        return 1 if missed else 0

    started = time.monotonic()
    results = measure(programs, chosen, options.processes, lambda text: print(text, flush=True))
    if options.save:
        options.save.write_text(json.dumps({name: {key: vars(cell) for key, cell in cells.items()} for name, cells in results.items()}))
    looks = looks_again(programs, expected, results, 2 * options.processes, jobs=8)  # mostly waiting
    if options.record:
        must = {name: settled(expected.get(name, Expectation()), results[name], looks[name]) for name in results}
        text = recorded(must, scenarios, expected)
        if options.specimens:
            document = yaml.safe_load(EXPECTED.read_text()) | yaml.safe_load(text)
            head = "".join(line + "\n" for line in text.splitlines() if line.startswith("#"))
            text = head + yaml.safe_dump(dict(sorted(document.items())), sort_keys=False, width=1000, allow_unicode=True)
        EXPECTED.write_text(text)
        print(f"recorded {len(results)} specimens in {time.monotonic() - started:.0f} s")
        return 0

    problems = [f"no expectation for {name}" for name in chosen if name not in expected]
    problems += [f"there is no specimen {name} any more" for name in expected if name not in specimens]
    problems += [f"matches no scenario: {text}" for text in dead_patterns(expected, scenarios)]
    problems += [f"must fail and may fail: {text}" for text in contradictions(expected, scenarios)]
    if not options.specimens:
        waivers = yaml.safe_load(WAIVERS.read_text()) or {}
        missing, useless = undetectable(expected, scenarios, waivers)
        problems += [f"no specimen can fail {scenario}" for scenario in missing]
        problems += [f"nobody needs the waiver for {pattern}" for pattern in useless]
    for text in problems:
        print(f"WRONG   {text}")
    known = {name: cells for name, cells in results.items() if name in expected}
    # A race that goes wrong twice is no rarity among so many cells; what is wrong is wrong each time.
    third = looks_again(programs, expected, looks, options.processes, jobs=2)
    found = compare(expected, known, {name: looks[name] | third[name] for name in known})
    for text in found.flaky:
        print(f"flaky   {text}")
    for text in found.wrong:
        print(f"WRONG   {text}")
    hits = sum(bool(expected[name].must_codes(scenario)) for name in known for scenario in known[name])
    print(f"{len(results)} specimens, {sum(map(len, results.values()))} runs in {time.monotonic() - started:.0f} s: "
          f"{hits} cells must fail, {len(found.wrong)} wrong, {len(found.flaky)} flaky, {found.late} only once the machine kept up, "
          f"{len(problems)} other problems")
    return 1 if found.wrong or problems or (options.strict and found.flaky) else 0


if __name__ == "__main__":
    sys.exit(main())
