#include "client_under_test/conversation/smtp_capabilities.hpp"

#include <algorithm>
#include <string_view>

namespace refclient {

namespace {

// Keywords are case-insensitive (RFC 5321 4.1.1.1). Not std::toupper: the locale must not matter.
std::string in_capitals(std::string_view text) {
    std::string capitals{text};
    for (char& c : capitals)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return capitals;
}

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0)
            words.push_back(in_capitals(line.substr(0, end)));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

} // namespace

SmtpCapabilities read_smtp_capabilities(const Reply& reply) {
    SmtpCapabilities offered;
    // The first line is the server's name.
    for (std::size_t i = 1; i < reply.lines.size(); ++i) {
        const std::vector<std::string> words = words_of(reply.lines[i]);
        if (words.empty())
            continue;
        const std::string& keyword = words.front();
        offered.size = offered.size || keyword == "SIZE";
        offered.eight_bit_mime = offered.eight_bit_mime || keyword == "8BITMIME";
        offered.pipelining = offered.pipelining || keyword == "PIPELINING";
        offered.chunking = offered.chunking || keyword == "CHUNKING";
        offered.starttls = offered.starttls || keyword == "STARTTLS";
        if (keyword == "AUTH")
            offered.auth.assign(words.begin() + 1, words.end());
    }
    return offered;
}

} // namespace refclient
