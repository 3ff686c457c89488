#pragma once

#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::suite {

// A message or article that the harness made up, so that it can be recognised wherever it turns up.
struct Letter {
    std::string message_id;  // with angle brackets
    std::string text;        // as the client is given it
    std::string smuggled_id; // of the message that the text would have a server take; empty = none
};

// Whom a run writes as and to. All names are reserved for tests (RFC 2606).
extern const char* const sender;
extern const char* const newsgroup;

// Whom a server knows that wants a log-in.
extern const char* const user;
extern const char* const password;

std::string recipient(std::uint32_t number); // from 1

// The message of step number `step` (from 0). `run` is different for every run of a suite. The body holds lines that
// start with dots, so that a client that does not double them is noticed. The line ends are those that the scenario
// wants the client's file to have.
Letter mail(const scenario::Scenario& scenario, const std::string& run, std::size_t step);
Letter news(const scenario::Scenario& scenario, const std::string& run, std::size_t step);

// What the news server has in its group; the client is asked for one of them per step.
std::vector<Letter> spool(const scenario::Scenario& scenario, const std::string& run, std::uint64_t seed = 0);

// How many octets it has when every line ends in CRLF, the last one too.
std::size_t wire_octets(std::string_view text);

// The group that clients are told of, and that they post to.
std::string group_of(const scenario::Scenario& scenario);

} // namespace postfault::suite
