#include "client_under_test/conversation/post_conversation.hpp"
#include "client_under_test/conversation/read_conversation.hpp"
#include "tests/fuzz/refclient_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    constexpr std::string_view article = "From: a@client.example\r\nNewsgroups: misc.test\r\nSubject: "
                                         "fuzz\r\nMessage-ID: <1@client.example>\r\n\r\ntext\r\n";
    refclient::PostConversation post({article}, refclient::Policy{});
    refclient::fuzz::converse(post, input);
    refclient::ReadConversation read({"misc.test", "<1@client.example>"}, refclient::Policy{});
    refclient::fuzz::converse(read, input);
    return 0;
}
