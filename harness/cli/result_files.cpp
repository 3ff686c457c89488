#include "harness/cli/result_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <unistd.h>

namespace postfault::cli {

ResultFile::ResultFile(std::string path) : path_(std::move(path)) {
    if (path_.empty())
        return;
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) {
        problem_ = fmt::format("cannot write {}: {}", path_, std::strerror(EISDIR));
        return;
    }
    // A device such as /dev/stdout cannot be replaced, only written to.
    const bool replace = !std::filesystem::exists(path_, ignored) || std::filesystem::is_regular_file(path_, ignored);
    temporary_ = replace ? fmt::format("{}.{}.tmp", path_, ::getpid()) : path_;
    errno = 0;
    if (std::ofstream file(temporary_, std::ios::binary | std::ios::app); !file)
        problem_ = fmt::format("cannot write {}: {}", path_, std::strerror(errno));
    else
        opened_ = true;
}

ResultFile::~ResultFile() {
    if (opened_ && temporary_ != path_)
        std::remove(temporary_.c_str());
}

bool ResultFile::write(const std::string& text) {
    if (path_.empty())
        return true;
    errno = 0;
    std::ofstream file(temporary_, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file || (temporary_ != path_ && std::rename(temporary_.c_str(), path_.c_str()) != 0)) {
        problem_ = fmt::format("cannot write {}: {}", path_, std::strerror(errno));
        return false;
    }
    opened_ = false;
    return true;
}

} // namespace postfault::cli
