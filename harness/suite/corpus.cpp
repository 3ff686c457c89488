#include "harness/suite/corpus.hpp"

#include "fakeserver/base/file.hpp"
#include "fakeserver/base/text.hpp"
#include "fakeserver/scenario/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace postfault::suite {

namespace fs = std::filesystem;

namespace {

// A larger file is not read to its end; the reader then says that it is too large.
constexpr std::size_t most_octets = (std::size_t{1} << 20) + 1;

struct Request {
    fs::path file;
    std::string name; // "" = all
};

bool is_scenario_file(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry :
         fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, ignored))
        if (entry.is_regular_file(ignored) && is_scenario_file(entry.path()))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

bool matches(const scenario::Scenario& scenario, const std::string& name) {
    return scenario.name == name || scenario.name.substr(0, name.size() + 2) == name + " [";
}

std::vector<scenario::Scenario> load(const Request& request, Diagnostics& diagnostics) {
    const std::string shown = request.file.string();
    const auto text = read_file(shown, most_octets);
    if (!text) {
        diagnostics.error({shown, 0, 0}, text.problem());
        return {};
    }
    std::vector<scenario::Scenario> all = scenario::read_scenarios(*text, family_of(request.file), shown, diagnostics);
    if (request.name.empty())
        return all;
    std::vector<scenario::Scenario> wanted;
    std::vector<std::string_view> names;
    for (scenario::Scenario& scenario : all) {
        names.push_back(scenario.name);
        if (matches(scenario, request.name))
            wanted.push_back(scenario);
    }
    if (wanted.empty() && !diagnostics.has_errors())
        diagnostics.error({shown, 0, 0},
                          fmt::format("there is no scenario '{}'{}", request.name, did_you_mean(request.name, names)));
    return wanted;
}

} // namespace

Corpus load_corpus(const std::vector<std::string>& paths, Diagnostics& diagnostics) {
    std::vector<Request> requests;
    for (const std::string& path : paths) {
        const std::size_t mark = path.find("::");
        const fs::path file = path.substr(0, mark);
        std::error_code ignored;
        if (mark + 2 == path.size()) {
            diagnostics.error({path, 0, 0}, "the name of a scenario is missing after '::'");
        } else if (fs::is_directory(file, ignored)) {
            if (mark != std::string::npos) {
                diagnostics.error({path, 0, 0}, "a scenario is named in its file, and this is a folder; '-k' selects "
                                                "in all of them");
                continue;
            }
            const auto found = files_below(file);
            if (found.empty())
                diagnostics.error({path, 0, 0}, "no scenario file (*.yaml) in this folder");
            for (const fs::path& below : found)
                requests.push_back({below, ""});
        } else {
            requests.push_back({file, mark == std::string::npos ? "" : path.substr(mark + 2)});
        }
    }
    Corpus corpus;
    std::set<std::string> seen;
    std::set<fs::path> files;
    for (const Request& request : requests) {
        // The same file may be named in two ways.
        std::error_code ignored;
        const fs::path file = fs::weakly_canonical(request.file, ignored);
        files.insert(file);
        for (scenario::Scenario& scenario : load(request, diagnostics)) {
            if (seen.insert(file.string() + "::" + scenario.id).second)
                corpus.scenarios.push_back(std::move(scenario));
        }
    }
    corpus.files = files.size();
    return corpus;
}

std::string family_of(const fs::path& file) {
    fs::path family;
    bool inside = false;
    for (const fs::path& part : fs::absolute(file).lexically_normal()) {
        if (inside)
            family /= part;
        if (part == "scenarios") {
            inside = true;
            family.clear();
        }
    }
    if (!inside)
        family = file.filename();
    return family.replace_extension().generic_string();
}

} // namespace postfault::suite
