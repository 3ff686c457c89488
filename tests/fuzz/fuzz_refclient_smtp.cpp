#include "client_under_test/conversation/send_conversation.hpp"
#include "tests/fuzz/refclient_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view message = "Subject: fuzz\r\n\r\n.\r\ntext\r\n";
    refclient::SendConversation conversation(
        {"client.example", "a@client.example", {"b@server.example", "c@server.example"}, message}, refclient::Policy{});
    refclient::fuzz::converse(conversation, {reinterpret_cast<const char*>(data), size});
    return 0;
}
