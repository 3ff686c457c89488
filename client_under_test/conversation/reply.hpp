#pragma once

#include <string>
#include <vector>

namespace refclient {

// One complete reply of a server. A client decides by the code alone; the text is for people (RFC 5321 4.2, RFC
// 3977 3.2).
struct Reply {
    int code = 0;
    std::vector<std::string> lines; // without code, separator and line end; at least one

    int first_digit() const { return code / 100; }

    bool operator==(const Reply&) const = default;
};

// "250 2.0.0 queued", printable and bounded; of several lines the first and the last.
std::string to_text(const Reply& reply);

} // namespace refclient
