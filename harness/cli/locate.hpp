#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postfault::cli {

// The folder that this program lies in; clients that were built with it are found there.
std::filesystem::path program_folder();

// The corpus and the profiles that came with this program: installed beside it (../share/postfault) or in the source
// tree that it was built in (a folder above it).
std::optional<std::filesystem::path> bundled_scenarios();
std::optional<std::filesystem::path> bundled_profiles();

// The given paths, or the bundled corpus if there are none. Empty with a complaint if that cannot be found.
std::vector<std::string> scenario_paths(const std::vector<std::string>& given);

} // namespace postfault::cli
