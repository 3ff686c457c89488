#include "fakeserver/protocol/nntp/service.hpp"
#include "tests/fuzz/session_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return postfault::fuzz::check<postfault::protocol::nntp::Service>(data, size);
}
