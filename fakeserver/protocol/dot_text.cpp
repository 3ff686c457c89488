#include "fakeserver/protocol/dot_text.hpp"

namespace postfault::protocol {

std::size_t DotReader::take(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && !ended()) {
        const char next = bytes[at];
        switch (place_) {
        case Place::line_start:
            place_ = next == '.' ? Place::dot : Place::inside;
            at += next == '.' ? 1 : 0;
            break;
        case Place::dot:
            // Whatever follows, this dot is not part of the text.
            place_ = next == '\r' ? Place::dot_cr : Place::inside;
            at += next == '\r' ? 1 : 0;
            break;
        case Place::dot_cr:
            if (next == '\n') {
                place_ = Place::ended;
                ++at;
                break;
            }
            keep("\r");
            place_ = Place::inside;
            break;
        case Place::after_cr:
            place_ = Place::inside;
            if (next == '\n') {
                keep("\n");
                place_ = Place::line_start;
                ++at;
            }
            break;
        case Place::inside:
            at += take_inside(bytes.substr(at));
            break;
        case Place::ended:
            break;
        }
    }
    octets_ += at;
    return at;
}

// Whole lines at a time, up to one that begins with a dot: this is where megabytes go through.
std::size_t DotReader::take_inside(std::string_view bytes) {
    std::size_t at = 0;
    for (;;) {
        const std::size_t lf = bytes.find('\n', at);
        if (lf == std::string_view::npos) {
            if (bytes.back() == '\r')
                place_ = Place::after_cr;
            at = bytes.size();
            break;
        }
        const bool line_ends = lf > 0 && bytes[lf - 1] == '\r';
        at = lf + 1;
        if (line_ends && (at == bytes.size() || bytes[at] == '.')) {
            place_ = Place::line_start;
            break;
        }
        if (at == bytes.size())
            break;
    }
    keep(bytes.substr(0, at));
    return at;
}

void DotReader::keep(std::string_view bytes) {
    if (dropping_)
        return;
    if (bytes.size() > most_kept_ - text_.size()) {
        too_large_ = true;
        drop();
        return;
    }
    text_.append(bytes);
}

void DotReader::drop() {
    dropping_ = true;
    text_ = std::string{};
}

void append_dotted(std::string& reply, std::string_view text) {
    reply.reserve(reply.size() + text.size() + text.size() / 64 + 8);
    while (!text.empty()) {
        if (text.front() == '.')
            reply += '.';
        // Up to the next line that begins with a dot.
        const std::size_t dot = text.find("\r\n.");
        const std::size_t end = dot == std::string_view::npos ? text.size() : dot + 2;
        reply.append(text.substr(0, end));
        if (end == text.size() && !text.ends_with("\r\n"))
            reply += "\r\n";
        text.remove_prefix(end);
    }
    reply += ".\r\n";
}

} // namespace postfault::protocol
