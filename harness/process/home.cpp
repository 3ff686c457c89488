#include "harness/process/home.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace postfault::process {

namespace fs = std::filesystem;

Made<Home> Home::create() {
    const char* configured = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): nothing here sets the environment
    const fs::path below = configured != nullptr && *configured != '\0' ? configured : "/tmp";
    std::error_code error;
    std::string name = (fs::absolute(below, error) / "postfault-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        return Made<Home>::failed(fmt::format("cannot make a directory in '{}': {}", below.string(), strerror(errno)));
    return Home(fs::path(name));
}

Home::Home(Home&& other) noexcept : path_(std::move(other.path_)), keep_(other.keep_) { other.path_.clear(); }

Home& Home::operator=(Home&& other) noexcept {
    if (this == &other)
        return *this;
    remove();
    path_ = std::move(other.path_);
    keep_ = other.keep_;
    other.path_.clear();
    return *this;
}

Home::~Home() { remove(); }

void Home::remove() noexcept {
    if (path_.empty() || keep_)
        return;
    try {
        std::error_code error;
        fs::remove_all(path_, error);
        if (!error)
            return;
        // A client may have taken the rights to a directory away from itself.
        fs::permissions(path_, fs::perms::owner_all, fs::perm_options::add, error);
        for (auto entry = fs::recursive_directory_iterator(path_, error); entry != fs::recursive_directory_iterator();
             entry.increment(error)) {
            if (error)
                break;
            if (entry->is_directory(error) && !entry->is_symlink(error))
                fs::permissions(entry->path(), fs::perms::owner_all, fs::perm_options::add, error);
        }
        fs::remove_all(path_, error);
    } catch (...) { // NOLINT(bugprone-empty-catch): out of memory; a directory more in /tmp does no harm
    }
}

} // namespace postfault::process
