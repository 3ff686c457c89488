#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

// Small readers that proc and waits share.
namespace postfault::observe {

// Empty if it cannot be read: processes come and go while we look.
std::string read_whole_file(const std::string& path);

std::string read_link(const std::string& path);

// The names in a directory that are numbers, in no particular order.
std::vector<int> numbers_in(const std::string& directory);

// /proc/PID/stat and /proc/PID/task/TID/stat: `pid (name) state ppid …`; the name may contain anything.
struct StatLine {
    std::string name;
    char state = '?';
    std::vector<std::string> fields; // from the state on: fields[0] is the third of proc(5)

    // Counted as in proc(5), from 3.
    long long number(std::size_t field) const;
};

std::optional<StatLine> parse_stat(std::string_view text);

} // namespace postfault::observe
