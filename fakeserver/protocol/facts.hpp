#pragma once

#include <string>
#include <vector>

namespace postfault::protocol {

// What a session knows of who is talking, and about what. Empty what it does not know, or does not know yet.
struct Facts {
    std::string hello;                   // the name in EHLO, HELO or LHLO
    std::vector<std::string> recipients; // of the transaction, without brackets; at RCPT the one that it names
    std::string message_id;              // with angle brackets: announced, asked for, or in what was uploaded
    std::string group;                   // the newsgroup that is selected; at GROUP and LISTGROUP the one that it names
};

} // namespace postfault::protocol
