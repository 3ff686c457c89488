#include "harness/cli/client_choice.hpp"

#include "fakeserver/base/file.hpp"
#include "fakeserver/base/text.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/locate.hpp"
#include "harness/client/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <unistd.h>

namespace postfault::cli {

namespace fs = std::filesystem;

namespace {

// A larger file is not read to its end; the reader then says that it is too large.
constexpr std::size_t most_octets = (std::size_t{1} << 20) + 1;

std::vector<fs::path> bundled_files() {
    std::vector<fs::path> files;
    std::error_code ignored;
    if (const auto folder = bundled_profiles())
        for (const auto& entry : fs::directory_iterator(*folder, ignored))
            if (entry.path().extension() == ".yaml")
                files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<client::Profile> load(const fs::path& path) {
    const auto text = read_file(path.string(), most_octets);
    if (!text) {
        complain(fmt::format("cannot read the profile {}: {}", path.string(), text.problem()));
        return std::nullopt;
    }
    Diagnostics diagnostics;
    client::Profile profile = client::read_profile(*text, path.stem().string(), path.string(), diagnostics);
    if (print(diagnostics))
        return std::nullopt;
    return profile;
}

std::optional<client::Profile> from_command(std::vector<std::string> command, scenario::Operation operation) {
    for (const std::string& word : command)
        if (const auto checked = client::check_template(word); !checked) {
            complain(checked.problem());
            return std::nullopt;
        }
    if (command.empty()) {
        complain("the client's command line is empty");
        return std::nullopt;
    }
    return client::profile_of_command(std::move(command), operation);
}

std::optional<client::Profile> by_name(const std::string& name) {
    std::vector<std::string> names;
    for (const fs::path& file : bundled_files()) {
        if (file.stem() == name)
            return load(file);
        names.push_back(file.stem().string());
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    complain(fmt::format(
        "there is no client profile '{}'{}; `postfault clients` lists them, a file is named with its .yaml, and "
        "a command line holds {{host}} and {{port}}",
        name, did_you_mean(name, candidates)));
    return std::nullopt;
}

std::optional<client::Profile> choose(const ClientChoice& choice) {
    if (!choice.command.empty())
        return from_command(choice.command, choice.operation);
    if (choice.client.find_first_of(" {") != std::string::npos) {
        const auto words = client::split_command(choice.client);
        if (!words) {
            complain(words.problem());
            return std::nullopt;
        }
        return from_command(*words, choice.operation);
    }
    if (choice.client.find('/') != std::string::npos || fs::path(choice.client).extension() == ".yaml")
        return load(choice.client);
    return by_name(choice.client);
}

bool programs_are_there(const client::Profile& profile) {
    for (const auto& [operation, how] : profile.operations) {
        const std::string& program = how.command.front();
        if (find_program(program))
            continue;
        const std::string cure =
            profile.package.empty() ? "" : fmt::format("; Debian's package '{}' has it", profile.package);
        complain(fmt::format("the client '{}' cannot be run: there is no program '{}'{}", profile.name, program, cure));
        return false;
    }
    return true;
}

} // namespace

std::optional<client::Profile> choose_client(const ClientChoice& choice) {
    std::optional<client::Profile> profile = choose(choice);
    if (!profile || !programs_are_there(*profile))
        return std::nullopt;
    profile->extra_arguments = choice.arguments;
    return profile;
}

std::vector<client::Profile> bundled_clients() {
    std::vector<client::Profile> profiles;
    for (const fs::path& file : bundled_files())
        if (auto profile = load(file))
            profiles.push_back(std::move(*profile));
    return profiles;
}

std::optional<fs::path> find_program(const std::string& name) {
    const auto runs = [](const fs::path& path) { return ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path); };
    if (name.find('/') != std::string::npos)
        return runs(name) ? std::optional(fs::path(name)) : std::nullopt;
    const char* path = std::getenv("PATH");
    std::vector<fs::path> folders{program_folder()};
    for (const std::string_view folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ':'))
        folders.emplace_back(folder);
    for (const fs::path& folder : folders)
        if (runs(folder / name))
            return folder / name;
    return std::nullopt;
}

} // namespace postfault::cli
