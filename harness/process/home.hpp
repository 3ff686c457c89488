#pragma once

#include "harness/process/made.hpp"

#include <filesystem>

namespace postfault::process {

// The home directory of one run, `postfault-XXXXXX` below $TMPDIR or /tmp. It goes with the object, contents included,
// unless it was asked to stay.
class Home {
public:
    static Made<Home> create();

    Home(Home&& other) noexcept;
    Home& operator=(Home&& other) noexcept;
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;
    ~Home();

    const std::filesystem::path& path() const { return path_; }

    // Something failed: a person wants to look into it.
    void keep() { keep_ = true; }

private:
    explicit Home(std::filesystem::path path) : path_(std::move(path)) {}

    void remove() noexcept;

    std::filesystem::path path_; // empty after a move
    bool keep_ = false;
};

} // namespace postfault::process
