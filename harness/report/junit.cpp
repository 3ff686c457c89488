#include "harness/report/junit.hpp"

#include "harness/report/shell_line.hpp"
#include "harness/report/time_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include <pugixml.hpp>

namespace postfault::report {

namespace {

using judge::VerdictKind;

std::string seconds(Duration duration) { return fmt::format("{:.3f}", to_seconds(duration)); }

void set(pugi::xml_node node, const char* attribute, std::string_view value) {
    node.append_attribute(attribute).set_value(fit_for_xml(value).c_str());
}

void set_text(pugi::xml_node node, std::string_view text) { node.text().set(fit_for_xml(text).c_str()); }

// `smtp/silence::stall after EHLO` → family and scenario.
std::pair<std::string, std::string> parts(const std::string& id) {
    const std::size_t at = id.find("::");
    if (at == std::string::npos)
        return {"postfault", id};
    return {id.substr(0, at), id.substr(at + 2)};
}

std::string all(const std::vector<judge::Reason>& reasons) {
    std::string text;
    for (const auto& reason : reasons)
        text += reason.code + " " + reason.text + "\n";
    return text;
}

void add_outcome(pugi::xml_node node, const judge::Verdict& verdict) {
    const auto add = [&](const char* element, std::string_view type) {
        pugi::xml_node child = node.append_child(element);
        set(child, "type", type);
        set(child, "message",
            verdict.reasons.empty() ? std::string(to_string(verdict.kind))
                                    : verdict.reasons.front().code + " " + verdict.reasons.front().text);
        set_text(child, all(verdict.reasons));
    };
    switch (verdict.kind) {
    case VerdictKind::pass:
    case VerdictKind::xpass:
        break;
    case VerdictKind::fail:
        add("failure", verdict.reasons.empty() ? "fail" : verdict.reasons.front().code);
        break;
    case VerdictKind::not_reached:
        add("failure", "not reached");
        break;
    case VerdictKind::xfail:
        add("skipped", "xfail");
        break;
    case VerdictKind::skipped:
        add("skipped", "skipped");
        break;
    case VerdictKind::error:
        add("error", verdict.reasons.empty() ? "error" : verdict.reasons.front().code);
        break;
    }
}

std::string out_text(const RunResult& run) {
    std::string text = time_line(run);
    for (const std::string& note : run.verdict.notes)
        text += "note: " + note + "\n";
    for (const auto& reason : run.verdict.not_observable)
        text += fmt::format("not observable: {}, {}\n", reason.code, reason.text);
    if (!run.record.repeat.empty())
        text += "repeat: " + shell_line(run.record.repeat) + "\n";
    return text;
}

std::string err_text(const RunResult& run) {
    std::string text;
    for (const auto& client : run.record.clients)
        for (const auto& line : client.output)
            text += line.text + "\n";
    return text;
}

bool is_allowed(char32_t point) {
    return point == '\t' || point == '\n' || (point >= 0x20 && point < 0xd800) || (point > 0xdfff && point < 0xfffe) ||
           (point > 0xffff && point <= 0x10ffff);
}

// The length of the UTF-8 sequence at the start, and its code point; 0 if it is none.
std::size_t decode(std::string_view bytes, char32_t& point) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const unsigned char first = byte(0);
    std::size_t length = 1;
    char32_t smallest = 0;
    if (first < 0x80) {
        point = first;
        return 1;
    }
    if (first >= 0xc0 && first < 0xe0) {
        length = 2;
        smallest = 0x80;
        point = first & 0x1fU;
    } else if (first >= 0xe0 && first < 0xf0) {
        length = 3;
        smallest = 0x800;
        point = first & 0x0fU;
    } else if (first >= 0xf0 && first < 0xf8) {
        length = 4;
        smallest = 0x10000;
        point = first & 0x07U;
    } else {
        return 0;
    }
    if (bytes.size() < length)
        return 0;
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xc0U) != 0x80U)
            return 0;
        point = (point << 6U) | (byte(index) & 0x3fU);
    }
    return point < smallest ? 0 : length;
}

} // namespace

std::string to_junit(const SuiteResult& result) {
    const auto count = [&](auto&& condition) {
        return std::to_string(std::count_if(result.runs.begin(), result.runs.end(),
                                            [&](const RunResult& run) { return condition(run.verdict.kind); }));
    };
    pugi::xml_document document;
    pugi::xml_node declaration = document.prepend_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node suites = document.append_child("testsuites");
    pugi::xml_node suite = suites.append_child("testsuite");
    set(suite, "name", result.client.empty() ? "postfault" : "postfault." + result.client);
    const bool baseline_failed = !result.baseline_trouble.empty();
    set(suite, "tests", std::to_string(result.runs.size() + (baseline_failed ? 1 : 0)));
    set(suite, "failures",
        count([](VerdictKind kind) { return kind == VerdictKind::fail || kind == VerdictKind::not_reached; }));
    set(suite, "errors",
        std::to_string(std::stoul(count([](VerdictKind kind) { return kind == VerdictKind::error; })) +
                       (baseline_failed ? 1 : 0)));
    set(suite, "skipped",
        count([](VerdictKind kind) { return kind == VerdictKind::skipped || kind == VerdictKind::xfail; }));
    set(suite, "time", seconds(result.took));

    pugi::xml_node properties = suite.append_child("properties");
    pugi::xml_node seed = properties.append_child("property");
    set(seed, "name", "seed");
    set(seed, "value", std::to_string(result.seed));

    if (baseline_failed) {
        pugi::xml_node node = suite.append_child("testcase");
        set(node, "classname", "postfault");
        set(node, "name", "healthy server");
        set(node, "time", "0.000");
        pugi::xml_node error = node.append_child("error");
        set(error, "type", "baseline");
        set(error, "message", result.baseline_trouble);
        set_text(error, result.baseline_trouble);
    }
    for (const RunResult& run : result.runs) {
        const auto [family, name] = parts(run.scenario.id);
        pugi::xml_node node = suite.append_child("testcase");
        set(node, "classname", family);
        set(node, "name", name);
        set(node, "time", seconds(took(run)));
        add_outcome(node, run.verdict);
        if (run.verdict.kind == VerdictKind::skipped)
            continue;
        set_text(node.append_child("system-out"), out_text(run));
        if (const std::string output = err_text(run); !output.empty())
            set_text(node.append_child("system-err"), output);
    }
    std::ostringstream text;
    document.save(text, "  ", pugi::format_default, pugi::encoding_utf8);
    return text.str();
}

std::string fit_for_xml(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        char32_t point = 0;
        const std::size_t length = decode(bytes, point);
        if (length != 0 && is_allowed(point)) {
            text.append(bytes.substr(0, length));
            bytes.remove_prefix(length);
            continue;
        }
        text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
        bytes.remove_prefix(1);
    }
    return text;
}

} // namespace postfault::report
