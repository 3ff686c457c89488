#include "fakeserver/base/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault {

void Diagnostics::error(SourcePosition at, std::string text) {
    found_.push_back({std::move(at), Severity::error, std::move(text)});
}

void Diagnostics::warning(SourcePosition at, std::string text) {
    found_.push_back({std::move(at), Severity::warning, std::move(text)});
}

bool Diagnostics::has_errors() const {
    return std::any_of(found_.begin(), found_.end(),
                       [](const Diagnostic& found) { return found.severity == Severity::error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const {
    std::vector<Diagnostic> all = found_;
    std::stable_sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::string to_string(const Diagnostic& diagnostic) {
    std::string text;
    if (!diagnostic.at.file.empty())
        text += diagnostic.at.file + ":";
    if (diagnostic.at.line > 0)
        text += fmt::format("{}:{}:", diagnostic.at.line, diagnostic.at.column);
    if (!text.empty())
        text += " ";
    if (diagnostic.severity == Severity::warning)
        text += "warning: ";
    return text + diagnostic.text;
}

} // namespace postfault
