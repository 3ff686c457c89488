#pragma once

#include "fakeserver/base/script.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::scenario {

// What `script: |` says: turns for the server, faults at places in them, and what is asked of the client at the end.
struct ParsedScript {
    Script script;
    std::vector<Fault> faults;
    std::vector<CloseKind> close;      // of `-- expect close KIND`
    std::optional<TimeRange> gives_up; // of `-- expect close … within D`
};

// Problems go to `complain` with their offset in the text, all of them; reading goes on.
//
//     S: TEXT      the server says this line; CRLF is added unless it ends in <no-crlf>
//     C: GLOB      the client says a line that matches, whatever the case of its letters
//     -- upload    the client sends lines up to the one with a dot alone; stored if the answer begins with 2
//     -- store     the upload is stored, whatever is answered
//     -- delay D, -- stall, -- fin, -- reset
//     -- expect close [quit|fin|reset] [within D]
//     # text       for people
//
// In TEXT and GLOB, <CR>, <LF>, <NUL> and <xHH> stand for octets.
ParsedScript parse_script(std::string_view text,
                          const std::function<void(const std::string& problem, std::size_t offset)>& complain);

} // namespace postfault::scenario
