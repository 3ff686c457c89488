#include "client_under_test/conversation/news_conversation.hpp"
#include "client_under_test/conversation/post_task.hpp"
#include "client_under_test/conversation/read_task.hpp"
#include "tests/fuzz/refclient_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view article = "From: a@client.example\r\nNewsgroups: misc.test\r\nSubject: "
                                         "fuzz\r\nMessage-ID: <1@client.example>\r\n\r\ntext\r\n";
    const refclient::Login login{"reader", "secret"};
    refclient::PostTask post(article);
    post.before_repeat({refclient::Outcome::uncertain, {}});
    refclient::NewsConversation posting(post, refclient::Policy{}, login);
    refclient::fuzz::converse(posting, input);
    refclient::ReadTask read({"misc.test", "<1@client.example>"});
    refclient::NewsConversation reading(read, refclient::Policy{}, login);
    refclient::fuzz::converse(reading, input);
    return 0;
}
