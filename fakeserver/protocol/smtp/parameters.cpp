#include "fakeserver/protocol/smtp/parameters.hpp"

#include "fakeserver/base/text.hpp"
#include "fakeserver/protocol/smtp/delivery_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace postfault::protocol::smtp {

namespace {

// Which parameters belong to which command, and the extension that has to be offered for them.
struct Parameter {
    std::string_view verb;
    std::string_view name;
    std::string_view extension;
};

constexpr Parameter parameters[] = {
    {"MAIL", "SIZE", "SIZE"},         // RFC 1870
    {"MAIL", "BODY", "8BITMIME"},     // RFC 6152
    {"MAIL", "BODY", "BINARYMIME"},   // RFC 3030 section 3
    {"MAIL", "SMTPUTF8", "SMTPUTF8"}, // RFC 6531
    {"MAIL", "AUTH", "AUTH"},         // RFC 4954 section 5
    {"MAIL", "RET", "DSN"},           // RFC 3461
    {"MAIL", "ENVID", "DSN"},         {"RCPT", "NOTIFY", "DSN"}, {"RCPT", "ORCPT", "DSN"},
};

// `name` is in upper case. Sizes are checked elsewhere.
bool is_value(std::string_view name, std::string_view value, const Settings& settings, bool utf8) {
    if (name == "BODY") // RFC 6152 section 2, RFC 3030 section 3
        return equals_ignoring_case(value, "7BIT") ||
               (equals_ignoring_case(value, "8BITMIME") && settings.offers("8BITMIME")) ||
               (equals_ignoring_case(value, "BINARYMIME") && settings.offers("BINARYMIME") &&
                settings.offers("CHUNKING"));
    if (name == "RET")
        return is_returned_part(value);
    if (name == "ENVID")
        return is_envelope_id(value);
    if (name == "NOTIFY")
        return is_notify(value);
    if (name == "ORCPT")
        return is_original_recipient(value, utf8);
    return true;
}

} // namespace

Parameters read_parameters(std::string_view verb, const PathArgument& path, const Settings& settings,
                           const Extended& extended) {
    Parameters found;
    const auto refuse = [](int code, std::string_view status, std::string text) {
        Parameters refused;
        refused.refusal = Refusal{code, status, std::move(text)};
        return refused;
    };
    std::vector<std::string> seen;
    for (const std::string_view parameter : words(path.parameters)) {
        const std::size_t equals = parameter.find('=');
        const std::string name = to_upper(parameter.substr(0, equals));
        const bool has_value = equals != std::string_view::npos;
        const std::string_view value = has_value ? parameter.substr(equals + 1) : std::string_view{};

        // RFC 5321 4.1.1.11: 555 if not recognized. After HELO no extension is in use.
        const bool known =
            extended.in_use && std::any_of(std::begin(parameters), std::end(parameters), [&](const Parameter& row) {
                return row.verb == verb && row.name == name && settings.offers(row.extension);
            });
        if (!known)
            return refuse(555, "5.5.4", "Parameter not recognized");
        if (std::find(seen.begin(), seen.end(), name) != seen.end())
            return refuse(501, "5.5.4", fmt::format("{} stated twice", name));
        seen.push_back(name);
        if (name == "SMTPUTF8") {
            if (has_value)
                return refuse(501, "5.5.4", "SMTPUTF8 has no value");
            found.utf8 = true;
        } else if (name == "SIZE") {
            const auto size = parse_octets(value);
            if (!size)
                return refuse(501, "5.5.4", "Syntax: SIZE=octets");
            if (*size > settings.size_limit())
                return refuse(552, "5.3.4", "Message size exceeds the maximum size");
        } else if (value.empty() || !is_value(name, value, settings, extended.utf8))
            return refuse(501, "5.5.4", fmt::format("Bad value of {}", name));
        found.binary = found.binary || (name == "BODY" && equals_ignoring_case(value, "BINARYMIME"));
    }
    // RFC 6531 3.5. What MAIL has said holds for its recipients.
    const bool utf8 = verb == "MAIL" ? found.utf8 : extended.utf8;
    if (path.has_non_ascii && !utf8)
        return refuse(553, "5.6.7", "Non-ASCII addresses need SMTPUTF8");
    return found;
}

std::optional<std::uint64_t> parse_octets(std::string_view text) {
    if (text.empty() || text.size() > 20 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t size = UINT64_MAX; // 20 digits may be more than that, and are too large in any case
    std::from_chars(text.data(), text.data() + text.size(), size);
    return size;
}

} // namespace postfault::protocol::smtp
