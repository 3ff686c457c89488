#pragma once

#include "client_under_test/conversation/result.hpp"

namespace refclient {

// Close to sysexits(3), so that mail systems understand them.
namespace exit_status {
constexpr int ok = 0;
constexpr int perm = 1;
constexpr int usage = 64;     // EX_USAGE
constexpr int no_input = 66;  // EX_NOINPUT: a message file cannot be read
constexpr int temp = 75;      // EX_TEMPFAIL
constexpr int uncertain = 76; // EX_PROTOCOL
} // namespace exit_status

// One status for several operations: perm says most, then uncertain, then temp.
int combine(int status, Outcome outcome);

} // namespace refclient
