"""ci/check_layers.py is itself a check, so each of its rules is broken here once."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load():
    spec = importlib.util.spec_from_file_location("check_layers", ROOT / "ci" / "check_layers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_layers = load()

# A small tree that keeps all the rules.
GOOD = {
    "fakeserver/base/CMakeLists.txt": "postfault_layer(pf_base DEPENDS fmt::fmt)\n",
    "fakeserver/base/text.hpp": "#pragma once\n#include <string>\n",
    "fakeserver/scenario/CMakeLists.txt": "postfault_layer(pf_scenario DEPENDS pf_base)\n",
    "fakeserver/scenario/point.hpp": '#pragma once\n#include "fakeserver/base/text.hpp"\n',
    "fakeserver/transport/CMakeLists.txt": "postfault_layer(pf_transport DEPENDS pf_scenario)\n",
    "fakeserver/transport/asio.hpp": "#pragma once\n#include <boost/asio/buffer.hpp>\n",
    "fakeserver/transport/listener.cpp": '#include "fakeserver/base/text.hpp"\n',
    "harness/judge/CMakeLists.txt": "postfault_layer(pf_judge DEPENDS pf_scenario)\n",
    "harness/judge/judge.cpp": '#include "fakeserver/scenario/point.hpp"\n',
    "client_under_test/cli/main.cpp": "#include <CLI/CLI.hpp>\n",
    "tests/sweep/sweep_test.cpp": '#include "fakeserver/base/text.hpp"\n#include "client_under_test/cli/x.hpp"\n',
}


def findings(folder, changes):
    for name, text in {**GOOD, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return check_layers.check(folder)


def test_a_tree_that_keeps_the_rules_has_no_findings(tmp_path):
    assert findings(tmp_path, {}) == []


def test_the_repository_itself_has_no_findings():
    assert check_layers.check(ROOT) == []


@pytest.mark.parametrize(
    "name, text, complaint",
    [
        ("fakeserver/base/bad.cpp", '#include "fakeserver/scenario/point.hpp"\n', "may not know fakeserver/scenario"),
        ("harness/judge/bad.cpp", '#include "fakeserver/transport/listener.hpp"\n', "may not know fakeserver/transport"),
        ("client_under_test/driver/bad.cpp", '#include "fakeserver/base/text.hpp"\n', "may not know fakeserver/base"),
        ("harness/suite/bad.cpp", '#include "client_under_test/driver/a.hpp"\n', "may not know client_under_test/driver"),
        ("fakeserver/fault/bad.cpp", "#include <boost/asio/buffer.hpp>\n", "only fakeserver/transport may include boost/"),
        ("harness/observe/bad.cpp", '#include "fakeserver/transport/asio.hpp"\n', "may include fakeserver/transport/asio.hpp"),
        ("harness/judge/bad.cpp", '#include "fakeserver/journal/event.hpp"\n', "does not depend on fakeserver/journal"),
        ("harness/new/thing.cpp", "#include <string>\n", "harness/new is not in the table"),
        ("fakeserver/base/bad.cpp", '#include "text.hpp"\n', "from the root of the repository"),
        ("fakeserver/base/bad.hpp", "#include <string>\n", "#pragma once"),
        ("fakeserver/base/bad.cpp", "std::this_thread::sleep_for" + "(1s);\n", "never sleeps"),
        ("tests/e2e/bad.py", "time.sleep" + "(1)\n", "never sleeps"),
        ("docs/bad.md", "see /" + "work/main/README.md\n", "a path of one machine"),
        ("ci/bad", "cd /" + "root/postfault\n", "a path of one machine"),
    ],
)
def test_a_broken_rule_is_found_with_its_place(tmp_path, name, text, complaint):
    found = findings(tmp_path, {name: text})
    assert len(found) == 1
    assert complaint in found[0]
    assert found[0].startswith(f"{name}:1: ")


def test_an_arrow_against_the_picture_is_found_in_cmake_too(tmp_path):
    found = findings(tmp_path, {"fakeserver/base/CMakeLists.txt": "postfault_layer(pf_base DEPENDS pf_scenario)\n"})
    assert found == ["fakeserver/base/CMakeLists.txt:1: fakeserver/base may not depend on fakeserver/scenario"]
