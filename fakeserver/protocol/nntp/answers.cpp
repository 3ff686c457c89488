#include "fakeserver/protocol/nntp/answers.hpp"

#include "fakeserver/protocol/message.hpp"

#include <utility>

namespace postfault::protocol::nntp {

Answer say(std::string line) {
    Answer answer;
    answer.reply = std::move(line);
    return answer;
}

Answer say_block(std::string line, std::string_view block) {
    append_dotted(line, block);
    return say(std::move(line));
}

} // namespace postfault::protocol::nntp
