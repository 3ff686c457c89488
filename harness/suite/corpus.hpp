#pragma once

#include "fakeserver/base/diagnostics.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace postfault::suite {

struct Corpus {
    std::vector<scenario::Scenario> scenarios; // by file name, then in the order of the file
    std::size_t files = 0;
};

// Reads scenario files: files, folders (all *.yaml below), or `FILE::NAME` for one scenario (without its matrix values:
// all of that matrix). Problems, a path that does not exist among them, go to the diagnostics.
Corpus load_corpus(const std::vector<std::string>& paths, Diagnostics& diagnostics);

// `smtp/silence` for …/scenarios/smtp/silence.yaml; the bare name for a file elsewhere.
std::string family_of(const std::filesystem::path& file);

} // namespace postfault::suite
