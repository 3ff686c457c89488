#pragma once

#include "fakeserver/protocol/line_session.hpp"
#include "fakeserver/protocol/nntp/settings.hpp"
#include "fakeserver/protocol/nntp/spool.hpp"

namespace postfault::protocol::nntp {

// The server side of one NNTP connection (RFC 3977, AUTHINFO USER of RFC 4643, streaming of RFC 4644, and XOVER and
// XHDR of RFC 2980), always well behaved.
class Session final : public LineSession {
public:
    Session(const Settings& settings, Spool& spool); // both outlive the session

private:
    using Arguments = std::vector<std::string_view>;

    enum class Part { article, head, body, stat };

    // An article by number in the selected group, or by message-id with the number 0.
    struct Numbered {
        std::uint64_t number = 0;
        const Article* article = nullptr;
    };

    // What an argument stands for, or the reply that says why it stands for nothing.
    struct Selection {
        std::vector<Numbered> articles;
        std::string refusal;
    };

    std::string greeting() const override;
    Answer answer(const Command& command) override;
    Receipt receive(const std::string& text, bool too_large) override;
    void on_upload_over() override;
    std::string shown(const Command& command) const override;
    Facts known(const Command* command) const override;
    void forget_client() override;

    Answer respond(const Command& command);

    bool offers_starttls() const { return settings_.starttls && !is_secured(); }

    bool must_authenticate() const { return settings_.authentication_required && !authenticated_; }

    std::string list_names() const;

    Answer authinfo(const Arguments& arguments);
    Answer capabilities(const Arguments& arguments);
    Answer mode(const Arguments& arguments);
    Answer group(const Arguments& arguments);
    Answer listgroup(const Arguments& arguments);
    Answer list(const Arguments& arguments);

    Answer article(const Arguments& arguments) { return send_part(Part::article, arguments); }

    Answer head(const Arguments& arguments) { return send_part(Part::head, arguments); }

    Answer body(const Arguments& arguments) { return send_part(Part::body, arguments); }

    Answer stat(const Arguments& arguments) { return send_part(Part::stat, arguments); }

    Answer next(const Arguments& arguments);
    Answer last(const Arguments& arguments);
    Answer over(const Arguments& arguments);
    Answer xover(const Arguments& arguments);
    Answer hdr(const Arguments& arguments);
    Answer xhdr(const Arguments& arguments);
    Answer newgroups(const Arguments& arguments);
    Answer newnews(const Arguments& arguments);
    Answer post(const Arguments& arguments);
    Answer ihave(const Arguments& arguments);
    Answer check(const Arguments& arguments);
    Answer takethis(const Arguments& arguments);
    Answer date(const Arguments& arguments);
    Answer help(const Arguments& arguments);
    Answer starttls(const Arguments& arguments);
    Answer quit(const Arguments& arguments);

    Answer send_part(Part part, const Arguments& arguments);
    Answer step_to(std::uint64_t number, std::string refusal);
    Answer overview(const Selection& selection) const;

    // By message-id, by number, or the current one.
    Selection select_one(const Arguments& arguments) const;

    // By message-id, by range, or the current one.
    Selection select_range(const Arguments& arguments) const;
    Selection select_by_id(std::string_view message_id) const;
    Selection select_current() const;

    // Why the article cannot be taken; empty if it can.
    std::string problem_with(const std::string& text, bool too_large) const;

    const Settings& settings_;
    Spool& spool_;
    const Group* group_ = nullptr;
    std::uint64_t current_ = 0;                    // article number, 0 = invalid
    std::shared_ptr<const std::string> announced_; // by IHAVE or TAKETHIS, while its article is being sent
    bool streamed_ = false;                        // by TAKETHIS
    std::optional<std::string> user_;              // of AUTHINFO USER, until AUTHINFO PASS
    bool authenticated_ = false;
};

} // namespace postfault::protocol::nntp
