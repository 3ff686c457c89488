#pragma once

#include <memory>
#include <string>

namespace postfault::cli {

// A file that is written at the end of a run and that must not turn out to be impossible only then. It appears whole or
// not at all: written beside its place and renamed.
class ResultFile {
public:
    // Empty path: nothing is wanted and every call does nothing. Check problem() before use.
    explicit ResultFile(std::string path);
    ~ResultFile();
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;

    // `cannot write PATH: No such file or directory`; empty = all is well.
    const std::string& problem() const { return problem_; }

    // True if the file is in its place.
    bool write(const std::string& text);

private:
    std::string path_;
    std::string temporary_;
    std::string problem_;
    bool opened_ = false;
};

} // namespace postfault::cli
