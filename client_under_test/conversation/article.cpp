#include "client_under_test/conversation/article.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace refclient {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

bool has_field(std::string_view message, std::string_view name) {
    while (!message.empty()) {
        const std::string_view line = message.substr(0, message.find_first_of("\r\n"));
        if (line.empty())
            return false; // the end of the header
        if (line.size() > name.size() && line[name.size()] == ':' &&
            std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) { return lower(a) == lower(b); }))
            return true;
        message.remove_prefix(line.size());
        message.remove_prefix(std::min<std::size_t>(message.size(), message.starts_with("\r\n") ? 2 : 1));
    }
    return false;
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
