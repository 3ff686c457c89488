#include "fakeserver/fault/matching.hpp"

#include "fakeserver/base/glob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace postfault::fault {

namespace {

using scenario::Point;

// Octets from the start of an upload. Its size is only an expectation, so a plain count is taken as it is: a place
// beyond the end is never reached, and that is what the verdict should say.
std::uint64_t place_in_upload(const scenario::Offset& offset, std::uint64_t size) {
    return offset.unit == scenario::Offset::Unit::octet ? offset.count : offset.within(size);
}

bool keeps_out(const scenario::Fault& fault) {
    return std::any_of(fault.actions.begin(), fault.actions.end(), [](const scenario::Action& action) {
        return std::holds_alternative<scenario::Refuse>(action) || std::holds_alternative<scenario::Blackhole>(action);
    });
}

bool matches_id(const std::string& id, const std::string& glob) {
    const std::string_view bare = id.size() > 2 ? std::string_view(id).substr(1, id.size() - 2) : id;
    return matches_glob(id, glob) || matches_glob(bare, glob);
}

bool holds(const scenario::Condition& condition, const protocol::Facts& facts) {
    if (!condition.hello.empty() && !matches_glob(facts.hello, condition.hello, Letters::either_case))
        return false;
    if (!condition.message_id.empty() &&
        (facts.message_id.empty() || !matches_id(facts.message_id, condition.message_id)))
        return false;
    return condition.recipient.empty() ||
           std::any_of(facts.recipients.begin(), facts.recipients.end(), [&](const std::string& recipient) {
               return matches_glob(recipient, condition.recipient, Letters::either_case);
           });
}

} // namespace

Matching::Matching(const scenario::Scenario& scenario, const Occasion& occasion)
    : scenario_(scenario), occasion_(occasion), may_choose_(occasion.choose != nullptr),
      connection_(occasion.connection), upload_octets_(occasion.upload_octets), opened_armed_(armed()) {
    if (may_choose_)
        chosen_.emplace();
}

bool Matching::on_received(const protocol::Step& step, const std::function<protocol::Facts()>& facts) {
    learn(step, facts);
    const bool has_chosen = let_choose();
    count(step.subject);
    return has_chosen;
}

// The end of an upload knows more than what comes behind it: by then the transaction may be over.
void Matching::learn(const protocol::Step& step, const std::function<protocol::Facts()>& facts) {
    const auto& faults = scenario().faults;
    const bool asked =
        std::any_of(faults.begin(), faults.end(), [](const scenario::Fault& fault) { return fault.only_if.asks(); });
    if (!asked && !may_choose_)
        return; // what is known of ten thousand recipients is not copied for nothing
    if (!step.stored) {
        facts_ = facts();
        return;
    }
    facts_.message_id = step.stored->message_id;
    if (facts_.recipients.empty())
        facts_.recipients = step.stored->recipients;
}

bool Matching::let_choose() {
    const std::optional<Choice> choice = may_choose_ ? occasion_.choose(facts_) : std::nullopt;
    if (!choice)
        return false;
    may_choose_ = false;
    chosen_ = *choice->scenario;
    connection_ = choice->connection;
    upload_octets_ = chosen_->message.size;
    return true;
}

// A client may make up as many verbs as it likes: only those that a fault names are counted.
void Matching::count(const std::string& subject) {
    const auto& faults = scenario().faults;
    if (std::any_of(faults.begin(), faults.end(),
                    [&](const scenario::Fault& fault) { return fault.at.subject == subject; }))
        ++occurrences_[subject];
}

std::uint32_t Matching::counted(std::string_view subject) const {
    const auto found = occurrences_.find(subject);
    return found == occurrences_.end() ? 1 : found->second;
}

std::vector<std::uint64_t> Matching::upload_places() const {
    std::vector<std::uint64_t> offsets;
    for (const scenario::Fault& fault : scenario().faults)
        if (fault.at.kind == Point::Kind::body && fault.at.offset)
            offsets.push_back(place_in_upload(*fault.at.offset, upload_octets_));
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    return offsets;
}

std::vector<Due> Matching::at_connect() const {
    std::vector<Due> found = due([](const Point& point) { return point.kind == Point::Kind::connect; }, connection_);
    std::erase_if(found, [](const Due& due_fault) { return keeps_out(*due_fault.fault); });
    return found;
}

std::vector<Due> Matching::at(Point::Kind kind, std::string_view subject) const {
    return due([&](const Point& point) { return point.kind == kind && point.subject == subject; }, counted(subject));
}

std::vector<Due> Matching::at_upload(std::uint64_t offset) {
    const auto here = [&](const Point& point) {
        return point.kind == Point::Kind::body && point.offset &&
               place_in_upload(*point.offset, upload_octets_) == offset;
    };
    return due(here, ++occurrences_[fmt::format("body@{}", offset)]);
}

std::optional<Duration> Matching::idle_limit() const {
    if (!opened_armed_)
        return std::nullopt;
    std::optional<Duration> next;
    for (const scenario::Fault& fault : scenario().faults)
        if (const Duration after = fault.at.after.at(occasion_.limit);
            fault.at.kind == Point::Kind::idle && after > silence_)
            next = next ? std::min(*next, after) : after;
    return next;
}

std::vector<Due> Matching::on_silence(Duration silent) {
    const Duration before = std::exchange(silence_, silent);
    const auto& faults = scenario().faults;
    std::vector<Due> found;
    for (std::size_t number = 0; number < faults.size(); ++number) {
        const Duration after = faults[number].at.after.at(occasion_.limit);
        if (faults[number].at.kind != Point::Kind::idle || after <= before || after > silent)
            continue;
        // Each silence that is long enough is an occurrence, and each fault counts its own.
        if (is_due(number, ++occurrences_[fmt::format("idle, fault {}", number)]))
            found.push_back({number, &faults[number]});
    }
    return found;
}

bool Matching::armed() const { return !occasion_.faults_armed || occasion_.faults_armed(); }

// A client may tell its result in the same moment in which it says QUIT, and then which of the two is seen first would
// decide.
bool Matching::stays_armed(const scenario::Fault& fault) const { return opened_armed_ && fault.at.subject == "QUIT"; }

std::vector<Due> Matching::due(const std::function<bool(const Point&)>& at, std::uint32_t occurrence) const {
    const auto& faults = scenario().faults;
    std::vector<Due> found;
    const bool all = armed();
    for (std::size_t number = 0; number < faults.size(); ++number) {
        const scenario::Fault& fault = faults[number];
        if ((all || stays_armed(fault)) && at(fault.at) && is_due(number, occurrence))
            found.push_back({number, &fault});
    }
    return found;
}

bool Matching::is_due(std::size_t number, std::uint32_t occurrence) const {
    const scenario::Fault& fault = scenario().faults[number];
    if ((fault.conn && !fault.conn->matches(connection_)) || (fault.nth && !fault.nth->matches(occurrence)) ||
        (fault.address && fault.address != occasion_.address))
        return false;
    if (!holds(fault.only_if, facts_))
        return false;
    return fault.probability >= 1 ||
           occasion_.rng.fork(fmt::format("fault {} occurrence {}", number, occurrence)).chance(fault.probability);
}

} // namespace postfault::fault
