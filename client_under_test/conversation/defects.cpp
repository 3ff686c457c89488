#include "client_under_test/conversation/defects.hpp"

#include <algorithm>
#include <array>

namespace refclient {

namespace {

void leak_socket_on_timeout(Policy& policy) { policy.closing[Ending::timed_out] = Release::keep_open; }

void no_read_timeout(Policy& policy) {
    for (const Wait wait : {Wait::greeting, Wait::hello, Wait::mail, Wait::rcpt, Wait::go_ahead, Wait::final_reply,
                            Wait::command, Wait::article, Wait::quit})
        policy.limits[wait] = std::nullopt;
}

void eof_busy_loop(Policy& policy) { policy.end_of_stream = EndOfStream::try_again; }

constexpr std::array table{
    Defect{"eof_busy_loop", "takes the end of the connection for 'try again' and spins until the limit",
           "keepalived#136, swiftmailer#469, hmailserver#568", eof_busy_loop},
    Defect{"leak_socket_on_timeout", "after a time-out returns the error but leaves the connection open",
           "KB Q254795, mail-api#10, nodemailer#52", leak_socket_on_timeout},
    Defect{"no_read_timeout", "waits for ever for any reply and for the rest of any article",
           "golang/go#16436, PHPMailer#604, CVE-2005-1911", no_read_timeout},
};

} // namespace

std::span<const Defect> defects() { return table; }

const Defect* find_defect(std::string_view name) {
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Defect& defect) { return defect.name == name; });
    return found == table.end() ? nullptr : &*found;
}

} // namespace refclient
