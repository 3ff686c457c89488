#!/usr/bin/env python3
"""Checks that knowledge flows one way, and a few more rules that no compiler checks.

    ci/check_layers.py [REPOSITORY]

Layers: an include may only point to a layer that the picture in docs/architecture.md allows, and only to one that the
CMakeLists.txt of the folder names in DEPENDS (or that one of those names). The two must agree, so that neither can be
widened by accident.

Each finding is one line, `file:line: what is wrong`. The exit status is 1 if there is any.
"""

import re
import sys
from pathlib import Path

# What each layer may know, besides itself and the standard library.
SERVER = ["base", "scenario", "journal", "protocol", "fault", "tls", "transport"]
HARNESS = ["process", "client", "observe", "judge", "report", "suite"]
MAY_KNOW = {
    "fakeserver/base": [],
    "fakeserver/scenario": ["fakeserver/base"],
    "fakeserver/journal": ["fakeserver/base"],
    "fakeserver/tls": ["fakeserver/base"],
    "fakeserver/protocol": ["fakeserver/base", "fakeserver/scenario"],
    "fakeserver/fault": ["fakeserver/base", "fakeserver/scenario", "fakeserver/protocol"],
    "fakeserver/transport": [f"fakeserver/{name}" for name in SERVER],
    "harness/process": ["fakeserver/base"],
    "harness/observe": ["fakeserver/base"],
    "harness/client": ["fakeserver/base", "fakeserver/scenario"],
    "harness/judge": ["fakeserver/base", "fakeserver/scenario", "fakeserver/journal", "harness/observe"],
    "harness/report": ["fakeserver/base", "fakeserver/scenario", "fakeserver/journal", "harness/observe", "harness/judge"],
    "harness/suite": [f"fakeserver/{name}" for name in SERVER] + [f"harness/{name}" for name in HARNESS],
    "harness/cli": [f"fakeserver/{name}" for name in SERVER] + [f"harness/{name}" for name in HARNESS],
    # The reference client knows nothing of the server or the harness, and they know nothing of it.
    "client_under_test/tls": [],
    "client_under_test/sasl": ["client_under_test/tls"],
    "client_under_test/conversation": [f"client_under_test/{name}" for name in ["sasl", "tls"]],
    "client_under_test/driver": [f"client_under_test/{name}" for name in ["conversation", "sasl", "tls"]],
    "client_under_test/cli": [f"client_under_test/{name}" for name in ["conversation", "driver", "sasl", "tls"]],
}

# Headers with few readers: the start of the include, and who may have it.
DOORS = {
    "boost/": ["fakeserver/transport"],
    "fakeserver/transport/asio.hpp": ["fakeserver/transport", "harness/suite", "harness/cli"],
    "yaml-cpp/": ["fakeserver/scenario"],
    "openssl/": ["fakeserver/tls", "client_under_test/tls"],
    "pugixml.hpp": ["harness/report"],
    "CLI/": ["harness/cli", "client_under_test/cli"],
}

# Waits are events. Here the wait is what the user asked for.
MAY_SLEEP = {
    "client_under_test/cli/settings.cpp": "--hold, --wait and --backoff",
    "tests/e2e/test_busy_machine.py": "a client that takes its time is what is tested",
}

PRODUCT = ("fakeserver", "harness", "client_under_test")
TEXTS = {".cpp", ".hpp", ".py", ".sh", ".yaml", ".yml", ".md", ".txt", ".cmake", ".json", ".ini", ".toml", ""}
NOT_OURS = {"build", ".git", ".cache", "__pycache__", ".pytest_cache"}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|\b(time|asyncio)\.sleep\s*\(")
# Home folders of whoever wrote it. Assembled, so that this line is none.
MACHINE_PATH = re.compile(r"(?<![\w.\-/$}])/(?:" + "work|root|home" + r")/\w")
LAYER = re.compile(r"^\s*postfault_layer\(\s*(\w+)(?:\s+DEPENDS\s+([^)]*))?\)", re.M)
PROGRAM = re.compile(r"^\s*target_link_libraries\(\s*(?:postfault|refclient)\s+PRIVATE\s+([^)]*)\)", re.M)


def files_of(root):
    """All files that are ours, in order."""
    for path in sorted(root.iterdir()):
        if path.name in NOT_OURS or path.is_symlink():
            continue
        if path.is_dir():
            yield from files_of(path)
        elif path.suffix in TEXTS:
            yield path


def layer_of(name):
    """`fakeserver/protocol` for fakeserver/protocol/smtp/session.hpp; None outside of the layers."""
    parts = name.split("/")
    layer = "/".join(parts[:2])
    return layer if len(parts) > 2 and parts[0] in PRODUCT else None


def read_dependencies(root):
    """{folder: [folders that it names in CMake, and theirs]}, and the findings about the names."""
    named, folder_of = {}, {}
    for folder in MAY_KNOW:
        lists = root / folder / "CMakeLists.txt"
        text = lists.read_text() if lists.exists() else ""
        if match := LAYER.search(text):
            folder_of[match[1]] = folder
            named[folder] = (match[2] or "").split()
        elif match := PROGRAM.search(text):
            named[folder] = match[1].split()
    findings, direct = [], {}
    for folder, targets in named.items():
        direct[folder] = [folder_of[target] for target in targets if target in folder_of]
        for other in direct[folder]:
            if other not in MAY_KNOW[folder]:
                findings.append(f"{folder}/CMakeLists.txt:1: {folder} may not depend on {other}")

    def below(folder, seen):
        for other in direct.get(folder, []):
            if other not in seen:
                seen.add(other)
                below(other, seen)
        return seen

    return {folder: below(folder, set()) for folder in direct}, findings


def check_include(name, layer, mark, included, dependencies):
    """What is wrong with one include, or None."""
    if mark == '"' and "/" not in included:
        return f'write includes from the root of the repository, not "{included}"'
    for start, readers in DOORS.items():
        if included.startswith(start) and layer is not None and layer not in readers:
            return f"only {', '.join(readers)} may include {start if start.endswith('/') else included}"
    other = layer_of(included)
    if mark != '"' or layer is None or other is None or other == layer:
        return None
    if layer not in MAY_KNOW:
        return f"{layer} is not in the table of ci/check_layers.py"
    if other not in MAY_KNOW[layer]:
        return f"{layer} may not know {other} ({included})"
    if layer in dependencies and other not in dependencies[layer]:
        return f"{layer} includes {included}, but its CMakeLists.txt does not depend on {other}"
    return None


def check(root):
    """All findings in the tree below `root`."""
    dependencies, findings = read_dependencies(root)
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # octets for a test
        is_source = path.suffix in (".cpp", ".hpp")
        layer = layer_of(name)
        if is_source and layer is not None and layer not in MAY_KNOW:
            findings.append(f"{name}:1: the folder {layer} is not in the table of ci/check_layers.py")
            continue
        if path.suffix == ".hpp" and "#pragma once" not in text:
            findings.append(f"{name}:1: a header begins with #pragma once")
        for number, line in enumerate(text.splitlines(), 1):
            if is_source and (match := INCLUDE.match(line)):
                if problem := check_include(name, layer, match[1], match[2], dependencies):
                    findings.append(f"{name}:{number}: {problem}")
            if MACHINE_PATH.search(line):
                findings.append(f"{name}:{number}: a path of one machine: {line.strip()[:80]}")
            if (is_source and layer or path.suffix == ".py") and name not in MAY_SLEEP and SLEEP.search(line):
                findings.append(f"{name}:{number}: waits are events, never sleeps: {line.strip()[:80]}")
    return findings


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    findings = check(root)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings." if findings else "Layers and rules hold.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
