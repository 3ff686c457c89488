#include "client_under_test/conversation/policy.hpp"

#include <algorithm>

namespace refclient {

Limits::Limits() {
    using namespace std::chrono_literals;
    Limits& self = *this;
    self[Wait::look_up] = 1min;
    self[Wait::connect] = 5min;
    self[Wait::greeting] = 5min; // RFC 5321 4.5.3.2.1
    self[Wait::hello] = 5min;    // no value in the RFC: as for MAIL
    self[Wait::starttls] = 5min; // no values in RFC 3207: as for EHLO
    self[Wait::handshake] = 5min;
    self[Wait::log_in] = 5min;       // nor in RFC 4954
    self[Wait::mail] = 5min;         // 4.5.3.2.2
    self[Wait::rcpt] = 5min;         // 4.5.3.2.3
    self[Wait::go_ahead] = 2min;     // 4.5.3.2.4
    self[Wait::block] = 3min;        // 4.5.3.2.5
    self[Wait::chunk] = 5min;        // no value in RFC 3030
    self[Wait::final_reply] = 10min; // 4.5.3.2.6: too short a wait makes duplicates
    // RFC 3977 gives no limits; these are close to the ones above.
    self[Wait::command] = 5min;
    self[Wait::article] = 3min;
    self[Wait::quit] = 30s;
}

void Limits::set_all(Duration limit) {
    const Limit quit = (*this)[Wait::quit];
    limits_.fill(limit);
    if (quit)
        (*this)[Wait::quit] = std::min(*quit, limit);
}

void Limits::halve_all() {
    for (Limit& limit : limits_)
        if (limit)
            *limit /= 2;
}

} // namespace refclient
