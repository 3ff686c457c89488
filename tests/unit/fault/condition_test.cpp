#include "tests/unit/fault/played.hpp"

namespace postfault::test {

namespace {

scenario::Fault only_if(scenario::Fault fault, scenario::Condition condition) {
    fault.only_if = std::move(condition);
    return fault;
}

constexpr scenario::Protocol news = scenario::Protocol::nntp;

} // namespace

TEST_CASE("if: a recipient at RCPT is the one that it names", "[fault][if]") {
    Played played({only_if(fault("RCPT", {"reply 550 no"}), {"", "slow*@*", ""})});
    played.after("EHLO c\r\nMAIL FROM:<a@b>\r\n");
    CHECK(played.client("RCPT TO:<fast@b>\r\n") == Ops{R"(send "250 Recipient ok\r\n" ends RCPT)"});
    CHECK(played.client("RCPT TO:<SLOW-1@b>\r\n") == Ops{"fired 0", R"(send "550 no\r\n" ends RCPT)"});
    CHECK(played.client("RCPT TO:<fast@b>\r\n").size() == 1);
    CHECK(played.client("RCPT slow@b\r\n").size() == 1); // no recipient at all
}

TEST_CASE("if: behind RCPT any recipient of the transaction will do", "[fault][if]") {
    const scenario::Condition slow{"", "slow*", ""};
    Played played({only_if(fault("DATA", {"delay 1s"}), slow), only_if(fault("body@5", {"delay 2s"}), slow),
                   only_if(fault("dot", {"delay 3s"}), slow), only_if(fault("accepted done", {"delay 4s"}), slow)});
    const auto one_message_to = [&](const std::string& second) {
        std::string fired;
        for (const std::string& op : played.client("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<" + second +
                                                   ">\r\nDATA\r\n" + std::string(letter_on_wire)))
            if (op.starts_with("fired"))
                fired += op.substr(6);
        return fired;
    };
    played.after(hello);
    CHECK(one_message_to("slow@d") == "0123");
    CHECK(one_message_to("fast@d") == "");
    CHECK(one_message_to("slow2@d") == "0123");
}

TEST_CASE("if: the client's name, also of the EHLO that has only just come", "[fault][if]") {
    const scenario::Condition phone{"phone*", "", ""};
    Played played({only_if(fault("EHLO", {"delay 1s"}), phone), only_if(fault("MAIL", {"delay 1s"}), phone),
                   only_if(fault("idle 1s", {"fin"}), phone)});
    played.connect();
    CHECK(played.client("EHLO desk\r\nMAIL FROM:<a@b>\r\n").size() == 2);
    played.conversation().on_silence(std::chrono::seconds{1});
    CHECK(played.take().empty());
    CHECK(played.client("EHLO Phone.example\r\n")[0] == "fired 0");
    CHECK(played.client("MAIL FROM:<a@b>\r\n")[0] == "fired 1");
    played.conversation().on_silence(std::chrono::seconds{1});
    CHECK(played.take() == Ops{"fired 2", "fin"});
}

TEST_CASE("if: the message-id of what was uploaded", "[fault][if]") {
    const auto fires = [](const std::string& glob, const std::string& letter) {
        Played played({only_if(fault("dot", {"reply 451 again"}), {"", "", glob})});
        played.after(std::string(to_data));
        return played.client(letter).size() > 1;
    };
    CHECK(fires("*dup*", "Message-ID: <a-dup-1@b>\r\n\r\nx\r\n.\r\n"));
    CHECK(fires("<a-dup-1@b>", "Message-ID: <a-dup-1@b>\r\n\r\nx\r\n.\r\n"));
    CHECK(fires("a-dup-1@b", "Message-ID: <a-dup-1@b>\r\n\r\nx\r\n.\r\n"));
    CHECK_FALSE(fires("*DUP*", "Message-ID: <a-dup-1@b>\r\n\r\nx\r\n.\r\n"));
    CHECK_FALSE(fires("*", "Subject: none\r\n\r\nx\r\n.\r\n"));
}

TEST_CASE("if: an article that is announced or asked for", "[fault][if]") {
    const scenario::Condition dup{"", "", "*dup*"};
    Played played({only_if(news_fault("IHAVE", {"reply 435 no"}), dup), only_if(news_fault("CHECK", {"delay 1s"}), dup),
                   only_if(news_fault("body@3", {"delay 1s"}), dup), only_if(news_fault("accepted", {"delay 1s"}), dup),
                   only_if(news_fault("ARTICLE", {"delay 1s"}), {"", "", "1@x"})},
                  {}, news);
    played.connect();
    CHECK(played.client("IHAVE <dup@x>\r\n")[0] == "fired 0");
    CHECK(played.client("IHAVE <2@x>\r\n").size() == 1);
    CHECK(played
              .client("Message-ID: <2@x>\r\nFrom: a@b\r\nNewsgroups: misc.test\r\nSubject: x\r\nDate: Thu, 01 Jan "
                      "2026 00:00:00 +0000\r\nPath: x\r\n\r\nx\r\n.\r\n")
              .size() == 1);
    CHECK(played.client("CHECK <dup@x>\r\n")[0] == "fired 1");
    CHECK(played.client("CHECK <3@x>\r\n").size() == 1);
    CHECK(played.client("ARTICLE <1@x>\r\n")[0] == "fired 4");
    CHECK(played.client("GROUP misc.test\r\n").size() == 1);
    CHECK(played.client("ARTICLE 1\r\n")[0] == "fired 4"); // by its number
    CHECK(played.client("ARTICLE\r\n")[0] == "fired 4");   // the current one
    CHECK(played.client("ARTICLE 7\r\n").size() == 1);
}

} // namespace postfault::test
