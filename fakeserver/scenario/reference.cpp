#include "fakeserver/scenario/reference.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace postfault::scenario {

namespace {

std::string as_code(std::string_view forms) {
    std::string text;
    for (const std::string_view form : forms_of(forms))
        text += fmt::format("{}`{}`", text.empty() ? "" : ", ", form);
    return text;
}

std::string places_of(const ActionRow& row) {
    std::string text;
    bool everywhere = true;
    for (const PointRow& point : point_rows()) {
        if (!point.place)
            continue;
        if (row.where.contains(*point.place))
            text += fmt::format("{}`{}`", text.empty() ? "" : ", ", forms_of(point.forms).front());
        else
            everywhere = false;
    }
    return everywhere ? "everywhere" : text;
}

std::string keys(std::string_view title, Object object) {
    std::string text = fmt::format("\n| {} | forms | meaning |\n|---|---|---|\n", title);
    for (const KeyRow& row : key_rows(object))
        if (row.supported)
            text += fmt::format("| `{}` | {} | {} |\n", row.name, as_code(row.forms), row.meaning);
    return text;
}

template <class Value>
std::string words(std::string_view title, std::span<const WordRow<Value>> rows) {
    std::string text = fmt::format("\n| {} | meaning |\n|---|---|\n", title);
    for (const WordRow<Value>& row : rows)
        text += fmt::format("| `{}` | {} |\n", row.word, row.meaning);
    return text;
}

std::string points() {
    std::string text = "\n| point | meaning |\n|---|---|\n";
    for (const PointRow& row : point_rows())
        if (row.place)
            text += fmt::format("| {} | {} |\n", as_code(row.forms), row.meaning);
    return text;
}

std::string commands() {
    std::string text = "\n| protocol | commands |\n|---|---|\n";
    for (const ProtocolRow& row : protocol_rows())
        text += fmt::format("| {} | {} |\n", row.name, fmt::join(row.verbs, " "));
    return text;
}

std::string operations() {
    std::string text = "\n| operation | protocol | meaning |\n|---|---|---|\n";
    for (const OperationRow& row : operation_rows())
        text += fmt::format("| `{}` | {} | {} |\n", row.name, to_string(row.protocol), row.meaning);
    return text;
}

std::string log_in_methods() {
    std::string text = "\n| method | protocol | meaning |\n|---|---|---|\n";
    for (const LogInRow& row : log_in_rows())
        if (row.supported)
            text += fmt::format("| `{}` | {} | {} |\n", row.word, row.for_mail ? "smtp, lmtp" : "nntp", row.meaning);
    return text;
}

std::string actions() {
    std::string text = "\n| action | what it does | where |\n|---|---|---|\n";
    for (const ActionRow& row : action_rows())
        if (row.supported)
            text += fmt::format("| {} | {} | {} |\n", as_code(row.forms), row.meaning, places_of(row));
    return text;
}

} // namespace

std::vector<std::string_view> forms_of(std::string_view forms) {
    std::vector<std::string_view> parts;
    while (!forms.empty()) {
        std::size_t end = 0;
        for (int depth = 0; end < forms.size(); ++end) {
            if (forms[end] == '[' || forms[end] == '{')
                ++depth;
            else if (forms[end] == ']' || forms[end] == '}')
                --depth;
            else if (depth == 0 && forms.substr(end).starts_with(", "))
                break;
        }
        parts.push_back(forms.substr(0, end));
        forms.remove_prefix(std::min(end + 2, forms.size()));
    }
    return parts;
}

std::string reference_tables() {
    const std::string text =
        keys("key", Object::file) + operations() + keys("key of `fault`", Object::fault) +
        keys("key of `if`", Object::condition) + points() + commands() + actions() +
        keys("key of `expect`", Object::expect) + words("result", result_rows()) + words("close", close_rows()) +
        words("stored", stored_rows()) + words("received", received_rows()) + words("encoding", encoding_rows()) +
        keys("key of `message`", Object::message) + words("line_ends", line_ends_rows()) +
        words("smuggle", smuggle_rows()) + keys("key of `articles`", Object::articles) +
        keys("key of `server`", Object::server) + log_in_methods() + keys("key of `xfail`", Object::xfail);
    return text.substr(1);
}

} // namespace postfault::scenario
