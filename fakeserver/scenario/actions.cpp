#include "fakeserver/scenario/actions.hpp"

#include <fmt/format.h>

namespace postfault::scenario {

namespace {

// `1B`, `64KiB`: where a bare number would look odd.
std::string with_unit(std::uint64_t octets) {
    const std::string text = size_to_string(octets);
    return text.back() >= '0' && text.back() <= '9' ? text + "B" : text;
}

// What parse_action undoes: backslash, anything that is not printable ASCII, and `also`.
std::string spelled(const std::string& text, char also = '\\') {
    std::string result;
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (byte == '\r')
            result += "\\r";
        else if (byte == '\n')
            result += "\\n";
        else if (byte == '\t')
            result += "\\t";
        else if (byte == '\\' || byte == also)
            (result += '\\') += byte;
        else if (code >= 0x20 && code < 0x7f)
            result += byte;
        else
            result += fmt::format("\\x{:02x}", code);
    }
    return result;
}

std::string lasting(const char* name, const std::optional<TimeValue>& time) {
    return time ? fmt::format("{} {}", name, to_string(*time)) : name;
}

struct Printer {
    std::string operator()(const Stall& stall) const { return lasting("stall", stall.lasts); }

    std::string operator()(const Deaf& deaf) const { return lasting("deaf", deaf.lasts); }

    std::string operator()(const Freeze& freeze) const { return lasting("freeze", freeze.lasts); }

    std::string operator()(const Delay& delay) const { return "delay " + to_string(delay.by); }

    std::string operator()(const Drip& drip) const {
        return fmt::format("drip {}/{}", with_unit(drip.octets), to_string(drip.every));
    }

    std::string operator()(const Throttle& throttle) const {
        return fmt::format("throttle {}/s", with_unit(throttle.octets_per_second));
    }

    std::string operator()(const Split& split) const {
        return split.octets == 0 ? "split lines" : "split " + size_to_string(split.octets);
    }

    std::string operator()(const Reply& reply) const {
        const std::string code = fmt::format("reply {}", reply.code);
        return reply.text.empty() ? code : code + " " + spelled(reply.text);
    }

    std::string operator()(const Edit& edit) const {
        switch (edit.how) {
        case Edit::How::add_line:
            return "edit + " + spelled(edit.what);
        case Edit::How::remove_word:
            return "edit - " + spelled(edit.what);
        case Edit::How::substitute:
            break;
        }
        return fmt::format("edit s/{}/{}/", spelled(edit.what, '/'), spelled(edit.by, '/'));
    }

    std::string operator()(const Inject& inject) const { return "inject " + spelled(inject.line); }

    std::string operator()(const Garbage& garbage) const { return "garbage " + size_to_string(garbage.octets); }

    std::string operator()(const Flood& flood) const {
        return fmt::format("flood {} {}", size_to_string(flood.octets),
                           flood.shape == Flood::Shape::lines ? "lines" : "line");
    }

    std::string operator()(const Flip& flip) const { return fmt::format("flip @{}", flip.at); }

    std::string operator()(const Refuse&) const { return "refuse"; }

    std::string operator()(const Blackhole&) const { return "blackhole"; }

    std::string operator()(const AcceptLate& late) const { return "accept-late " + to_string(late.by); }

    std::string operator()(const Fin&) const { return "fin"; }

    std::string operator()(const HalfClose&) const { return "half-close"; }

    std::string operator()(const Reset&) const { return "reset"; }

    std::string operator()(const Cut&) const { return "cut"; }

    std::string operator()(const Alert& alert) const { return "alert " + alert.name; }

    std::string operator()(const Cert& cert) const { return fmt::format("cert {}", to_string(cert.kind)); }

    std::string operator()(const SpeakTls&) const { return "tls"; }
};

} // namespace

std::string to_string(const Action& action) { return std::visit(Printer{}, action); }

} // namespace postfault::scenario
