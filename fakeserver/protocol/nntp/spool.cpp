#include "fakeserver/protocol/nntp/spool.hpp"

#include "fakeserver/base/check.hpp"
#include "fakeserver/protocol/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace postfault::protocol::nntp {

namespace {

constexpr std::uint64_t overhead = 1024; // of the smallest article

// An article is kept as it was sent, and as readers get it.
std::uint64_t kept_octets(const Stored& posted) { return 2 * (posted.content.size() + overhead); }

std::string with_crlf(std::string_view text) {
    std::string result;
    result.reserve(text.size() + text.size() / 32);
    for (const char letter : text) {
        if (letter == '\n' && !result.ends_with('\r'))
            result += '\r';
        result += letter;
    }
    if (!result.ends_with("\r\n"))
        result += "\r\n";
    return result;
}

} // namespace

std::string_view Article::head() const { return header_of(text); }

std::string_view Article::body() const { return body_of(text).value_or(std::string_view{}); }

std::uint64_t Article::lines() const {
    const std::string_view octets = body();
    const auto ends = static_cast<std::uint64_t>(std::count(octets.begin(), octets.end(), '\n'));
    return ends + (octets.empty() || octets.ends_with('\n') ? 0 : 1);
}

const Article* Group::find(std::uint64_t number) const {
    return number < low || number > high() ? nullptr : articles[number - low].get();
}

Spool::Spool(const Settings& settings) : hostname_(settings.hostname), most_octets_(settings.max_kept) {
    for (const GroupSettings& group_settings : settings.groups) {
        Group& group = groups_[group_settings.name];
        group.name = group_settings.name;
        group.description = group_settings.description;
        for (const std::string& text : group_settings.articles) {
            Article article{message_id(text), with_crlf(text)};
            if (article.message_id.empty()) {
                article.message_id = fresh_message_id();
                article.text.insert(0, fmt::format("Message-ID: {}\r\n", article.message_id));
            }
            group.articles.push_back(add(std::move(article)));
        }
    }
}

const Group* Spool::find_group(std::string_view name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : &found->second;
}

const Article* Spool::find_article(std::string_view message_id) const {
    const auto found = articles_.find(message_id);
    return found == articles_.end() ? nullptr : found->second.get();
}

std::string Spool::fresh_message_id() const {
    for (std::size_t number = articles_.size() + 1;; ++number) {
        std::string id = fmt::format("<{}.postfault@{}>", number, hostname_);
        if (find_article(id) == nullptr)
            return id;
    }
}

std::shared_ptr<const Stored> Spool::take(Stored posted, std::string_view added_fields) {
    POSTFAULT_CHECK(find_article(posted.message_id) == nullptr, "the caller has looked for duplicates");
    const auto article = add({posted.message_id, fmt::format("{}{}", added_fields, posted.content)});
    for (const std::string& name : posted.recipients) {
        const auto group = groups_.find(name);
        if (group != groups_.end() && (group->second.articles.empty() || group->second.articles.back() != article))
            group->second.articles.push_back(article);
    }
    posted_octets_ += kept_octets(posted);
    auto stored = posted_.emplace_back(std::make_shared<const Stored>(std::move(posted)));
    while (posted_octets_ > most_octets_ && !posted_.empty())
        forget_oldest();
    return stored;
}

void Spool::forget_oldest() {
    const Stored& oldest = *posted_.front();
    for (const std::string& name : oldest.recipients)
        if (const auto group = groups_.find(name); group != groups_.end())
            for (auto& article : group->second.articles)
                if (article && article->message_id == oldest.message_id)
                    article.reset();
    articles_.erase(oldest.message_id);
    posted_octets_ -= kept_octets(oldest);
    posted_.erase(posted_.begin());
}

std::shared_ptr<const std::string> Spool::expect(std::string message_id) {
    std::erase_if(expected_, [](const auto& past) { return past.expired(); });
    auto expected = std::make_shared<const std::string>(std::move(message_id));
    expected_.push_back(expected);
    return expected;
}

bool Spool::expects(std::string_view message_id) const {
    return std::any_of(expected_.begin(), expected_.end(), [message_id](const auto& each) {
        const auto expected = each.lock();
        return expected && *expected == message_id;
    });
}

// Gives the article that has the message-id already, if there is one.
std::shared_ptr<const Article> Spool::add(Article article) {
    auto& place = articles_[article.message_id];
    if (!place)
        place = std::make_shared<const Article>(std::move(article));
    return place;
}

} // namespace postfault::protocol::nntp
