#pragma once

#include "fakeserver/protocol/nntp/settings.hpp"
#include "fakeserver/protocol/step.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::protocol::nntp {

// As readers get it.
struct Article {
    std::string message_id;
    std::string text; // CRLF line ends

    // The field lines without the empty line, as HEAD sends them.
    std::string_view head() const;
    std::string_view body() const;
    std::uint64_t lines() const; // of the body
};

// Articles are numbered without gaps from 1 and never expire.
struct Group {
    std::string name;
    std::string description;
    std::vector<std::shared_ptr<const Article>> articles;

    std::uint64_t count() const { return articles.size(); }

    // RFC 3977 6.1.1.2: in an empty group the high water mark is one below the low one.
    static constexpr std::uint64_t low = 1;

    std::uint64_t high() const { return articles.size(); }

    // Null if there is no such number.
    const Article* find(std::uint64_t number) const;
};

// The groups and articles of one server, shared by its sessions. Groups stay where they are; articles are only added.
class Spool {
public:
    explicit Spool(const Settings& settings);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // By name.
    const std::map<std::string, Group, std::less<>>& groups() const { return groups_; }

    const Group* find_group(std::string_view name) const;
    const Article* find_article(std::string_view message_id) const;

    // What an article without one gets, from the number of articles: the same in every run.
    std::string fresh_message_id() const;

    // Adds a posted article to those of its groups that exist. Readers see the content behind `added_fields` (lines
    // with CRLF); the record keeps it as it was sent. The message-id must be new.
    std::shared_ptr<const Stored> take(Stored posted, std::string_view added_fields);

    const std::vector<std::shared_ptr<const Stored>>& posted() const { return posted_; }

    // Octets of all posted articles, about.
    std::uint64_t posted_octets() const { return posted_octets_; }

    // Notes that the article is on its way to a session, as long as that session keeps the message-id it gets.
    std::shared_ptr<const std::string> expect(std::string message_id);

    bool expects(std::string_view message_id) const;

private:
    std::shared_ptr<const Article> add(Article article);
    void forget_oldest();

    std::string hostname_;
    std::map<std::string, Group, std::less<>> groups_;
    std::map<std::string, std::shared_ptr<const Article>, std::less<>> articles_; // by message-id
    std::vector<std::shared_ptr<const Stored>> posted_;
    std::uint64_t most_octets_;
    std::uint64_t posted_octets_ = 0;
    std::vector<std::weak_ptr<const std::string>> expected_;
};

} // namespace postfault::protocol::nntp
