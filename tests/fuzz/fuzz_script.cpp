// Whatever stands in a script, and whatever is said to the server that plays it: it is read without a crash, every
// problem lies inside of the text, and the same octets in one piece or one by one give the same steps.

#include "fakeserver/protocol/script/session.hpp"
#include "fakeserver/scenario/parse_script.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace postfault;

namespace {

std::string steps_of(const Script& script, std::string_view said, std::size_t piece) {
    protocol::script::Service service(script);
    const auto session = service.open();
    std::string steps;
    const auto take = [&] {
        while (const auto step = session->next_step())
            steps += step->subject + "\n" + step->text + "\n" + step->problem + "\n";
    };
    session->on_connected();
    take();
    for (std::size_t at = 0; at < said.size(); at += piece) {
        session->on_bytes(said.substr(at, piece));
        take();
    }
    return steps;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t border = std::min(all.find('\0'), all.size());
    const std::string_view text = all.substr(0, border);
    const std::string_view said = all.substr(std::min(border + 1, all.size()));
    const auto read = scenario::parse_script(text, [&](const std::string& problem, std::size_t offset) {
        if (problem.empty() || offset > text.size())
            std::abort();
    });
    if (steps_of(read.script, said, std::max<std::size_t>(said.size(), 1)) != steps_of(read.script, said, 1))
        std::abort();
    return 0;
}
