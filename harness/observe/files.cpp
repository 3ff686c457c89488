#include "harness/observe/files.hpp"

#include "fakeserver/base/text.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace postfault::observe {

std::string read_whole_file(const std::string& path) {
    std::string content;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return content;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = ::read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        content.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(file);
    return content;
}

std::string read_link(const std::string& path) {
    std::array<char, 256> buffer{};
    const ssize_t got = ::readlink(path.c_str(), buffer.data(), buffer.size());
    return got <= 0 ? std::string{} : std::string(buffer.data(), static_cast<std::size_t>(got));
}

std::vector<int> numbers_in(const std::string& directory) {
    std::vector<int> found;
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr)
        return found;
    while (const dirent* entry = ::readdir(stream)) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name(&entry->d_name[0]);
        int number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc{} && end == name.data() + name.size())
            found.push_back(number);
    }
    ::closedir(stream);
    return found;
}

long long StatLine::number(std::size_t field) const {
    constexpr std::size_t first = 3;
    long long value = 0;
    if (field >= first && field - first < fields.size()) {
        const std::string& text = fields[field - first];
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
    return value;
}

std::optional<StatLine> parse_stat(std::string_view text) {
    const std::size_t open = text.find('(');
    const std::size_t close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    StatLine line;
    line.name = std::string(text.substr(open + 1, close - open - 1));
    for (const std::string_view word : words(text.substr(close + 1)))
        line.fields.emplace_back(word);
    if (line.fields.empty())
        return std::nullopt;
    line.state = line.fields.front().front();
    return line;
}

} // namespace postfault::observe
