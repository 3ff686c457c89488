#pragma once

#include "harness/judge/judge.hpp"
#include "tests/support/record_builder.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace postfault::test {

inline judge::Verdict judge_it(ScenarioBuilder& scenario, RecordBuilder& run) {
    return judge::judge(scenario.scenario(), run.record());
}

// The codes of the reasons, in order, with blanks between them.
inline std::string codes(const std::vector<judge::Reason>& reasons) {
    std::string text;
    for (const auto& reason : reasons)
        text += (text.empty() ? "" : " ") + reason.code;
    return text;
}

inline std::string codes(const judge::Verdict& verdict) { return codes(verdict.reasons); }

inline bool says(const std::vector<judge::Reason>& reasons, const std::string& text) {
    return std::any_of(reasons.begin(), reasons.end(),
                       [&](const judge::Reason& reason) { return reason.text.find(text) != std::string::npos; });
}

inline bool says(const std::vector<std::string>& notes, const std::string& text) {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

// Silence after EHLO, and a client that does everything right: gives up at its limit, closes, says so, lives on.
inline RecordBuilder stalled_and_correct() {
    using namespace std::chrono_literals;
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "220 ready").command(3ms, "EHLO a").fault(3ms);
    run.client_fin(2003ms).returned(2004ms, "temp", "no reply").snapshot(2500ms, "after return").exits(5s, 75);
    return run;
}

// As above, but the socket stays open until the process ends.
inline RecordBuilder stalled_and_kept() {
    using namespace std::chrono_literals;
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "220 ready").command(3ms, "EHLO a").fault(3ms);
    run.returned(2004ms, "temp").snapshot(2500ms, "after return", "ESTABLISHED").client_fin(4999ms).exits(5s, 75);
    return run;
}

// As above, but waits for ever.
inline RecordBuilder stalled_and_hanging() {
    using namespace std::chrono_literals;
    RecordBuilder run;
    run.connected(1ms).reply(2ms, "greeting", "220 ready").command(3ms, "EHLO a").fault(3ms);
    run.cut_off(11s).client_fin(11001ms);
    return run;
}

// A message sent without any trouble, the acknowledgement read, the connection closed after QUIT.
inline RecordBuilder delivered_well() {
    using namespace std::chrono_literals;
    RecordBuilder run;
    run.talk_to_data(1ms).stored(10ms).reply(11ms, "accepted", "250 ok").exchange(12ms, "QUIT", "221 bye");
    run.server_fin(12ms).client_fin(13ms).returned(14ms, "ok").exits(2s, 0);
    return run;
}

} // namespace postfault::test
