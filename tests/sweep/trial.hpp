#pragma once

#include "client_under_test/conversation/feed_task.hpp"
#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/post_task.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "client_under_test/conversation/send_conversation.hpp"
#include "fakeserver/protocol/nntp/service.hpp"
#include "fakeserver/protocol/smtp/service.hpp"
#include "tests/support/pair.hpp"

#include <string>
#include <string_view>

namespace postfault::test {

// As scenarios name them.
using Task = scenario::Operation;

// One letter serves as mail and as article. Its dots are what transparency (RFC 5321 4.5.2) is about.
inline std::string short_letter() {
    return "From: a@b.test\r\nTo: c@d.test\r\nNewsgroups: misc.test\r\nSubject: sweep\r\nMessage-ID: <1@b.test>\r\n"
           "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n"
           "one\r\n.\r\n..\r\n.two\r\n\r\nend.\r\n";
}

// About 3 KB.
inline std::string medium_letter() {
    std::string letter = short_letter();
    for (int line = 0; letter.size() < 3000; ++line)
        letter += std::string(static_cast<std::size_t>(line % 4), '.') +
                  std::string(static_cast<std::size_t>(line * 7 % 60), 'x') + "\r\n";
    return letter;
}

inline refclient::Policy policy_with(Duration limit) {
    refclient::Policy policy;
    policy.limits.set_all(limit);
    return policy;
}

inline PairSettings settings_with(Delivery delivery) {
    PairSettings settings;
    settings.delivery = delivery;
    settings.policy = policy_with(settings.limit);
    return settings;
}

struct Trial {
    PairRun run;
    std::string article; // what a reader was given
    bool intact = false; // the stored message, or the article that was read, is the letter
};

inline Trial attempt(Task task, const std::string& letter, const PairSettings& settings) {
    Trial trial;
    const auto is_letter = [&](const std::vector<std::shared_ptr<const protocol::Stored>>& stored) {
        return stored.size() == 1 && stored.front()->content == letter;
    };
    switch (task) {
    case Task::send: {
        protocol::smtp::Service service;
        refclient::SendConversation client({"client.test", "a@b.test", {"c@d.test"}, letter}, settings.policy);
        trial.run = Pair(client, service, settings).run();
        trial.intact = is_letter(service.stored());
        break;
    }
    case Task::post: {
        protocol::nntp::Service service;
        refclient::PostTask poster(letter);
        refclient::NewsConversation client(poster, settings.policy);
        trial.run = Pair(client, service, settings).run();
        trial.intact = is_letter(service.stored());
        break;
    }
    case Task::read: {
        protocol::nntp::Settings server;
        server.groups.front().articles = {letter};
        protocol::nntp::Service service(server);
        refclient::ReadTask reader({"misc.test", "1"});
        refclient::NewsConversation client(reader, settings.policy);
        trial.run = Pair(client, service, settings).run();
        trial.article = reader.article();
        trial.intact = trial.article == letter;
        break;
    }
    case Task::relay: { // in one group
        protocol::smtp::Service service;
        refclient::SendConversation client({"client.test", "a@b.test", {"c@d.test"}, letter}, settings.policy,
                                           {true, std::nullopt});
        trial.run = Pair(client, service, settings).run();
        trial.intact = is_letter(service.stored());
        break;
    }
    case Task::deliver: {
        protocol::smtp::Settings server;
        server.lmtp = true;
        protocol::smtp::Service service(server);
        refclient::SendConversation client({"client.test", "a@b.test", {"c@d.test"}, letter}, settings.policy, {},
                                           refclient::Dialect::lmtp);
        trial.run = Pair(client, service, settings).run();
        trial.intact = is_letter(service.stored());
        break;
    }
    case Task::feed: {
        protocol::nntp::Service service;
        refclient::FeedTask feeder(letter);
        refclient::NewsConversation client(feeder, settings.policy);
        trial.run = Pair(client, service, settings).run();
        trial.intact = is_letter(service.stored());
        break;
    }
    }
    return trial;
}

// Octets of the letter on the wire, terminator included.
inline std::uint64_t upload_octets(const std::string& letter) {
    refclient::BodyEncoder encoder(letter);
    std::uint64_t octets = 0;
    for (std::string block = encoder.next_block(); !block.empty(); block = encoder.next_block())
        octets += block.size();
    return octets;
}

} // namespace postfault::test
