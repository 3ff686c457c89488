#include "client_under_test/conversation/defects.hpp"

#include <array>

namespace refclient {

namespace {

void nntp_4xx_is_missing_article(Policy& policy) { policy.news.missing = is_missing_or_anything; }

constexpr std::array table{
    Defect{"nntp_4xx_is_missing_article", "takes any refusal of ARTICLE, and 400 too, for 'no such article'",
           "infinidysk#390, sabnzbd#2807, tin CHANGES", nntp_4xx_is_missing_article},
    Defect{"nntp_partial_article_ok",
           "takes the end of the connection, or a dot at the end of what it has read, for the end of an article",
           "CVE-2005-1453, php-nntp#13",
           [](Policy& policy) { policy.news.block_end = BlockEnd::at_a_read_that_ends_in_dot; }},
    Defect{"nntp_repost_new_id",
           "posts again under a new message-id when the answer was lost, and fails on a duplicate",
           "Nyuu#147, pesto#23", [](Policy& policy) { policy.news.second_copy = SecondCopy::has_a_new_name; }},
    Defect{"nntp_stop_at_yend", "reads an article in yEnc only to its =yend line", "decypharr#357",
           [](Policy& policy) { policy.news.block_end = BlockEnd::behind_yend; }},
    Defect{"nntp_terminator_in_one_read", "finds the end of an article only if all of it comes with one read",
           "twisted#11329", [](Policy& policy) { policy.news.block_end = BlockEnd::at_its_terminator_in_one_read; }},
    Defect{"reconnect_for_quit", "opens a new connection to say QUIT when the old one has ended", "tin",
           [](Policy& policy) { policy.news.missed_farewell = MissedFarewell::is_made_up_for; }},
    Defect{"stream_reply_by_order_only", "takes a reply to CHECK or TAKETHIS for its own whatever article it names",
           "RFC 4644 2.4",
           [](Policy& policy) { policy.news.streamed_replies = StreamedReplies::count_by_their_order; }},
};

} // namespace

std::span<const Defect> news_defects() { return table; }

} // namespace refclient
