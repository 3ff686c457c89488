#include "fakeserver/base/text.hpp"
#include "fakeserver/journal/json.hpp"
#include "harness/judge/run_record.hpp"
#include "harness/observe/json.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace postfault::judge {

namespace {

using nlohmann::json;

constexpr const char* schema = "postfault.record/1";

constexpr std::array<std::pair<Match, std::string_view>, 4> match_names{{
    {Match::identical, "identical"},
    {Match::extended, "extended"},
    {Match::altered, "altered"},
    {Match::unknown, "unknown"},
}};

std::string_view name(Match match) {
    for (const auto& [known, text] : match_names)
        if (known == match)
            return text;
    return "unknown";
}

Match match_from(const json& from) {
    const auto text = from.get<std::string>();
    for (const auto& [match, known] : match_names)
        if (known == text)
            return match;
    throw json::other_error::create(501, "unknown kind of match: " + text, &from);
}

std::int64_t microseconds(Instant instant) { return instant.time_since_epoch().count(); }

Instant instant_from(const json& from) { return Instant{Duration{from.get<std::int64_t>()}}; }

Duration duration_from(const json& from) { return Duration{from.get<std::int64_t>()}; }

json step_to_json(std::size_t step) { return step == StoredCopy::npos ? json(nullptr) : json(step); }

std::size_t step_from(const json& from) { return from.is_null() ? StoredCopy::npos : from.get<std::size_t>(); }

// Escaped: what a peer or a command line says need not be UTF-8.
json texts(const std::vector<std::string>& from) {
    json list = json::array();
    for (const std::string& text : from)
        list.push_back(escaped(text));
    return list;
}

std::vector<std::string> texts_from(const json& from) {
    std::vector<std::string> list;
    for (const json& text : from)
        list.push_back(unescaped(text.get<std::string>()));
    return list;
}

json to_json(const StoredCopy& copy) {
    json result = {{"at_us", microseconds(copy.at)},  {"connection", copy.connection},
                   {"step", step_to_json(copy.step)}, {"message_id", escaped(copy.message_id)},
                   {"octets", copy.octets},           {"match", name(copy.match)},
                   {"detail", escaped(copy.detail)}};
    if (!copy.recipients.empty())
        result["recipients"] = texts(copy.recipients);
    if (copy.smuggled)
        result["smuggled"] = true;
    return result;
}

StoredCopy stored_from(const json& from) {
    StoredCopy copy;
    copy.at = instant_from(from.at("at_us"));
    copy.connection = from.at("connection").get<int>();
    copy.step = step_from(from.at("step"));
    copy.message_id = unescaped(from.at("message_id").get<std::string>());
    copy.octets = from.at("octets").get<std::uint64_t>();
    copy.match = match_from(from.at("match"));
    copy.detail = unescaped(from.at("detail").get<std::string>());
    if (const auto recipients = from.find("recipients"); recipients != from.end())
        copy.recipients = texts_from(*recipients);
    copy.smuggled = from.value("smuggled", false);
    return copy;
}

json to_json(const DeliveredCopy& copy) {
    return {{"step", step_to_json(copy.step)},
            {"present", copy.present},
            {"octets", copy.octets},
            {"match", name(copy.match)},
            {"detail", escaped(copy.detail)}};
}

DeliveredCopy delivered_from(const json& from) {
    DeliveredCopy copy;
    copy.step = step_from(from.at("step"));
    copy.present = from.at("present").get<bool>();
    copy.octets = from.at("octets").get<std::uint64_t>();
    copy.match = match_from(from.at("match"));
    copy.detail = unescaped(from.at("detail").get<std::string>());
    return copy;
}

json to_json(const ClientAbilities& abilities) {
    return {{"limit_known", abilities.limit_known},
            {"returns_by_line", abilities.returns_by_line},
            {"steps_in_one_process", abilities.steps_in_one_process},
            {"ok_means_queued", abilities.ok_means_queued},
            {"delivery_visible", abilities.delivery_visible},
            {"delivers_as_stream", abilities.delivers_as_stream},
            {"results", texts(abilities.results)}};
}

ClientAbilities abilities_from(const json& from) {
    ClientAbilities abilities;
    abilities.limit_known = from.at("limit_known").get<bool>();
    abilities.returns_by_line = from.at("returns_by_line").get<bool>();
    abilities.steps_in_one_process = from.at("steps_in_one_process").get<bool>();
    abilities.ok_means_queued = from.at("ok_means_queued").get<bool>();
    abilities.delivery_visible = from.at("delivery_visible").get<bool>();
    abilities.delivers_as_stream = from.value("delivers_as_stream", false);
    abilities.results = texts_from(from.at("results"));
    return abilities;
}

} // namespace

json to_json(const RunRecord& record) {
    json clients = json::array();
    for (const auto& client : record.clients)
        clients.push_back(observe::to_json(client));
    json stored = json::array();
    for (const StoredCopy& copy : record.stored)
        stored.push_back(to_json(copy));
    json delivered = json::array();
    for (const DeliveredCopy& copy : record.delivered)
        delivered.push_back(to_json(copy));
    json lateness = json::array();
    for (const Lateness& late : record.lateness)
        lateness.push_back({{"at_us", microseconds(late.at)}, {"by_us", late.by.count()}});

    return {{"schema", schema},
            {"id", escaped(record.id)},
            {"client", escaped(record.client)},
            {"seed", record.seed},
            {"limit_us", record.limit.count()},
            {"patience_us", record.patience.count()},
            {"abilities", to_json(record.abilities)},
            {"repeat", texts(record.repeat)},
            {"journal", journal::to_json(record.journal)},
            {"clients", std::move(clients)},
            {"stored", std::move(stored)},
            {"delivered", std::move(delivered)},
            {"lateness", std::move(lateness)},
            {"cut_off", record.cut_off},
            {"cut_off_at_us", record.cut_off_at ? json(microseconds(*record.cut_off_at)) : json(nullptr)},
            {"harness_trouble", escaped(record.harness_trouble)}};
}

RunRecord record_from_json(const json& from) {
    if (from.at("schema") != schema)
        throw json::other_error::create(501, std::string("a run record's schema is ") + schema, &from);
    RunRecord record;
    record.id = unescaped(from.at("id").get<std::string>());
    record.client = unescaped(from.at("client").get<std::string>());
    record.seed = from.at("seed").get<std::uint64_t>();
    record.limit = duration_from(from.at("limit_us"));
    record.patience = duration_from(from.at("patience_us"));
    record.abilities = abilities_from(from.at("abilities"));
    record.repeat = texts_from(from.at("repeat"));
    record.journal = journal::from_json(from.at("journal"));
    for (const json& client : from.at("clients"))
        record.clients.push_back(observe::from_json(client));
    for (const json& copy : from.at("stored"))
        record.stored.push_back(stored_from(copy));
    for (const json& copy : from.at("delivered"))
        record.delivered.push_back(delivered_from(copy));
    for (const json& late : from.at("lateness"))
        record.lateness.push_back({instant_from(late.at("at_us")), duration_from(late.at("by_us"))});
    record.cut_off = from.at("cut_off").get<bool>();
    if (!from.at("cut_off_at_us").is_null())
        record.cut_off_at = instant_from(from.at("cut_off_at_us"));
    record.harness_trouble = unescaped(from.at("harness_trouble").get<std::string>());
    return record;
}

} // namespace postfault::judge
