#include "harness/cli/locate.hpp"

#include "harness/cli/console.hpp"

namespace postfault::cli {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> find_folder(const fs::path& installed, const fs::path& in_source_tree) {
    std::error_code ignored;
    const fs::path here = program_folder();
    if (const fs::path path = here / ".." / "share" / "postfault" / installed; fs::is_directory(path, ignored))
        return path.lexically_normal();
    for (fs::path above = here; above.has_relative_path(); above = above.parent_path())
        if (fs::is_directory(above / in_source_tree, ignored) && fs::exists(above / "CMakeLists.txt", ignored))
            return above / in_source_tree;
    return std::nullopt;
}

// As short as a person would write it.
std::string shown(const fs::path& path) {
    std::error_code ignored;
    const fs::path relative = fs::proximate(path, ignored);
    return ignored || relative.string().size() > path.string().size() ? path.string() : relative.string();
}

} // namespace

fs::path program_folder() {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::optional<fs::path> bundled_scenarios() { return find_folder("scenarios", "scenarios"); }

std::optional<fs::path> bundled_profiles() {
    return find_folder("profiles", fs::path("client_under_test") / "profiles");
}

std::vector<std::string> scenario_paths(const std::vector<std::string>& given) {
    if (!given.empty())
        return given;
    if (const auto bundled = bundled_scenarios())
        return {shown(*bundled)};
    complain("the bundled scenarios are not where this program was installed; name a scenario file or folder");
    return {};
}

} // namespace postfault::cli
