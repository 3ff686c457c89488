#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace postfault::protocol::nntp {

struct GroupSettings {
    std::string name;
    std::string description;

    // Whole articles (RFC 5536), numbered from 1. LF alone may end their lines, and a missing message-id is made up.
    // One that names the message-id of another group's article is that article, crossposted.
    std::vector<std::string> articles;
};

struct Settings {
    std::string hostname = "news.example.test";
    std::vector<GroupSettings> groups = {{"misc.test", "For tests", {}}};

    // Whether POST is allowed.
    bool posting = true;

    // In octets, of posted articles.
    std::uint64_t max_article_size = 64 * 1024 * 1024;

    // Octets of posted articles that are kept; the oldest go first, and their numbers stay empty.
    std::uint64_t max_kept = UINT64_MAX;

    // In octets, of all posted articles together: a server must not fill the memory of the machine.
    std::uint64_t max_stored = std::uint64_t{1} << 30;

    // Whether MODE STREAM, CHECK and TAKETHIS are known (RFC 4644).
    bool streaming = true;

    // RFC 4642: STARTTLS is offered until TLS is up.
    bool starttls = false;

    // By user name (RFC 4643). None = AUTHINFO is not offered. Who has an empty password is let in by USER alone.
    std::map<std::string, std::string, std::less<>> passwords;

    // Until the client has authenticated itself only CAPABILITIES, MODE READER, DATE, HELP, AUTHINFO and QUIT work.
    bool authentication_required = false;

    // Lines of LIST DISTRIB.PATS, such as `10:misc.*:world` (RFC 3977 7.6.5). None = the list is not kept.
    std::vector<std::string> distribution_patterns;

    // The lines of the CAPABILITIES list below VERSION; none = what the server can do.
    std::optional<std::vector<std::string>> capabilities;

    // What the server takes for the present; groups and articles are as old. It does not advance: no clock in here.
    std::chrono::sys_seconds now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
};

} // namespace postfault::protocol::nntp
