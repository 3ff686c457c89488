#pragma once

#include "fakeserver/protocol/etiquette.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace postfault::test {

// What goes over the wire, in order: `S` is one write of the server, `C` what the client says.
struct Turn {
    char who;
    std::string bytes;
};

using Dialogue = std::vector<Turn>;

inline std::vector<protocol::Violation> watched(protocol::Etiquette::Language language, const Dialogue& dialogue,
                                                std::size_t piece = std::string::npos) {
    protocol::Etiquette etiquette(language);
    std::vector<protocol::Violation> all;
    for (const Turn& turn : dialogue) {
        std::string_view rest = turn.bytes;
        if (turn.who == 'S') {
            etiquette.on_sent(rest);
        } else if (turn.who == '!') {
            etiquette.on_encrypted();
        } else {
            while (!rest.empty()) {
                const std::string_view some = rest.substr(0, piece);
                etiquette.on_bytes(some);
                rest.remove_prefix(some.size());
            }
        }
        for (auto& violation : etiquette.take())
            all.push_back(std::move(violation));
    }
    return all;
}

inline std::string rules(const std::vector<protocol::Violation>& violations) {
    std::string text;
    for (const auto& violation : violations)
        text += (text.empty() ? "" : "; ") + violation.rule;
    return text;
}

inline Dialogue operator+(Dialogue left, const Dialogue& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// The usual start, without or with PIPELINING.
inline Dialogue greeted(const std::string& extensions = "") {
    return {{'S', "220 ready\r\n"},
            {'C', "EHLO a\r\n"},
            {'S', extensions.empty() ? "250 mx\r\n" : "250-mx\r\n250 " + extensions + "\r\n"}};
}

inline Dialogue in_data(const std::string& extensions = "") {
    return greeted(extensions) + Dialogue{{'C', "MAIL FROM:<a@b>\r\n"}, {'S', "250 ok\r\n"}, {'C', "RCPT TO:<c@d>\r\n"},
                                          {'S', "250 ok\r\n"},          {'C', "DATA\r\n"},   {'S', "354 go\r\n"}};
}

} // namespace postfault::test
