#include "client_under_test/conversation/defects.hpp"

#include <array>

namespace refclient {

namespace {

constexpr std::size_t embedded_socket_buffers = 16384;

void class_confusion(Policy& policy) {
    policy.habits.meaning = by_guess;
    policy.news.refusal_means = classify_nntp_by_guess;
}

// The buffers are no mistake. With those of a large system, which take megabytes, the mistake shows only where nobody
// tests.
void pipeline_write_all_first(Policy& policy) {
    policy.habits.listening_in_group = Listening::when_all_is_written;
    policy.socket_buffers = embedded_socket_buffers;
}

constexpr std::array table{
    Defect{"bare_lf_on_wire", "sends the line ends of the message as they are", "CVE-2023-51764",
           [](Policy& policy) { policy.habits.line_ends = LineEnds::left_alone; }},
    Defect{"bdat_after_error", "sends the next chunk after one was refused", "Exim 2545",
           [](Policy& policy) { policy.habits.refused_chunk = RefusedChunk::is_followed_by_the_next; }},
    Defect{"body_without_354", "sends the message after any reply to DATA but a refusal, and without one at the limit",
           "swiftmailer#1143", [](Policy& policy) { policy.habits.go_ahead = GoAhead::is_taken_for_granted; }},
    Defect{"class_confusion", "goes by the text of a reply, tries 5yz again and gives up at 4yz",
           "zone-mta#496, listmonk#2206, simple-mail#28", class_confusion},
    Defect{"helo_after_421", "says HELO after any failure of EHLO", "simplesmtp#50, Postfix 2007-12-21",
           [](Policy& policy) { policy.habits.helo = Helo::after_any_failure; }},
    Defect{"mid_data_reply_lost", "passes over what the server says in the middle of a message",
           "KB 816866, Postfix 2006-12-03",
           [](Policy& policy) { policy.habits.early_reply = EarlyReply::is_passed_over; }},
    Defect{"no_dot_stuffing_at_boundary", "does not double a dot at which a block of the message begins",
           "MailKit#788, curl#2304", [](Policy& policy) { policy.habits.dot_stuffing = DotStuffing::within_blocks; }},
    Defect{"one_lmtp_reply", "takes the first reply to an LMTP message for that of all recipients", "cpython#76984",
           [](Policy& policy) { policy.habits.lmtp_replies = LmtpReplies::one; }},
    Defect{"pipeline_last_status_only", "looks at the last reply of a pipelined group only",
           "thunderbird-android#2338, courier#62",
           [](Policy& policy) { policy.habits.group_replies = GroupReplies::last_one_counts; }},
    Defect{"pipeline_write_all_first",
           "reads no reply before a pipelined group is written, with the small socket buffers of an embedded system",
           "Postfix 2010-12-22", pipeline_write_all_first},
    Defect{"reuse_after_timeout", "goes on to use a connection on which a reply did not come in time",
           "symfony#54169, swiftmailer#828",
           [](Policy& policy) { policy.habits.after_timeout = AfterTimeout::use_on; }},
};

} // namespace

std::span<const Defect> mail_defects() { return table; }

} // namespace refclient
