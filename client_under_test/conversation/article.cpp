#include "client_under_test/conversation/article.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace refclient {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What follows the colon of the first field of that name in the header, to the end of the message.
std::optional<std::string_view> find_field(std::string_view message, std::string_view name) {
    while (!message.empty()) {
        const std::string_view line = message.substr(0, message.find_first_of("\r\n"));
        if (line.empty())
            return std::nullopt; // the end of the header
        if (line.size() > name.size() && line[name.size()] == ':' &&
            std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) { return lower(a) == lower(b); }))
            return message.substr(name.size() + 1);
        message.remove_prefix(line.size());
        message.remove_prefix(std::min<std::size_t>(message.size(), message.starts_with("\r\n") ? 2 : 1));
    }
    return std::nullopt;
}

} // namespace

bool has_field(std::string_view message, std::string_view name) { return find_field(message, name).has_value(); }

std::string field_value(std::string_view message, std::string_view name) {
    std::string_view rest = find_field(message, name).value_or(std::string_view{});
    std::string value;
    for (bool first = true; !rest.empty(); first = false) {
        // RFC 5322 2.2.3: a line that begins with a blank belongs to the field before it.
        if (!first && rest.front() != ' ' && rest.front() != '\t')
            break;
        const std::string_view line = rest.substr(0, rest.find_first_of("\r\n"));
        value += line;
        rest.remove_prefix(line.size());
        rest.remove_prefix(std::min<std::size_t>(rest.size(), rest.starts_with("\r\n") ? 2 : 1));
    }
    const std::size_t begin = value.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : value.substr(begin, value.find_last_not_of(" \t") + 1 - begin);
}

std::string complete_article(std::string article, std::string_view id, std::string_view date) {
    std::string added;
    if (!has_field(article, "Message-ID"))
        added += fmt::format("Message-ID: {}\r\n", id);
    if (!has_field(article, "Date"))
        added += fmt::format("Date: {}\r\n", date);
    return added.empty() ? std::move(article) : std::move(added) + article;
}

} // namespace refclient
