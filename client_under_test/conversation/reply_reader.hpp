#pragma once

#include "client_under_test/conversation/policy.hpp"
#include "client_under_test/conversation/reply.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace refclient {

enum class ReplyForm {
    single_line, // NNTP: RFC 3977 3.2
    multi_line,  // SMTP: RFC 5321 4.2.1, "250-" on all lines but the last
};

// Puts replies together from octets that arrive in any pieces. A reply is complete when the line end of its last line
// has arrived, never earlier: "250 O" is not yet a 250.
class ReplyReader {
public:
    enum class Progress { more, complete, broken };

    ReplyReader(ReplyForm form, const Caps& caps, ReplyEnds ends = ReplyEnds::with_last_line)
        : form_(form), caps_(caps), ends_(ends) {}

    // Takes octets from the front of `bytes`, at most up to the end of one reply; what is left there came after it.
    // When complete, take() the reply before feeding on; when broken, trouble() tells why and nothing more can be read.
    Progress feed(std::string_view& bytes);

    Reply take();

    const std::string& trouble() const { return trouble_; }

    // The part of a reply that has arrived so far, for error messages.
    std::string partial() const;

    // Called with each whole line, without its line end.
    void set_trace(std::function<void(std::string_view line)> trace) { trace_ = std::move(trace); }

private:
    Progress take_as_whole(std::string_view& bytes);
    Progress add_line(std::string_view line);
    Progress fail(std::string trouble);

    ReplyForm form_;
    Caps caps_;
    ReplyEnds ends_;
    std::string line_; // incomplete
    Reply reply_;
    std::string trouble_;
    std::function<void(std::string_view)> trace_;
};

} // namespace refclient
