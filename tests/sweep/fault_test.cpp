// The same question asked through the scenario language: every subject, every kind of point, every action that can
// stand there.

#include "fakeserver/scenario/rules.hpp"
#include "tests/sweep/trial.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace postfault::test {

namespace {

using namespace std::chrono_literals;
using refclient::Outcome;
using scenario::Action;
using scenario::Fault;
using scenario::Offset;
using scenario::Point;

// Longer than any conversation of this client can last when every single wait takes its whole limit.
constexpr int most_limits = 12;

constexpr Task tasks[] = {Task::send, Task::relay, Task::deliver, Task::post, Task::read};

std::vector<std::string> subjects_of(Task task) {
    switch (task) {
    case Task::send:
    case Task::relay:
        return {"greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot", "accepted", "QUIT"};
    case Task::deliver:
        return {"greeting", "LHLO", "MAIL", "RCPT", "DATA", "dot", "accepted", "QUIT"};
    case Task::post:
        return {"greeting", "MODE", "POST", "dot", "accepted", "QUIT"};
    case Task::read:
        return {"greeting", "MODE", "GROUP", "ARTICLE", "QUIT"};
    default:
        break; // not among the tasks
    }
    return {};
}

std::vector<Point> points_of(Task task, std::uint64_t upload) {
    constexpr Offset offsets[] = {{Offset::Unit::octet, 0},    {Offset::Unit::octet, 1},    {Offset::Unit::percent, 50},
                                  {Offset::Unit::from_end, 2}, {Offset::Unit::from_end, 1}, {Offset::Unit::line, 2},
                                  {Offset::Unit::octet, 1000}};
    std::vector<Point> points{{Point::Kind::connect, "", {}}};
    for (const std::string& subject : subjects_of(task)) {
        points.push_back({Point::Kind::received, subject, {}});
        if (subject == "dot")
            continue;
        points.push_back({Point::Kind::done, subject, {}});
        for (const Offset& offset : offsets)
            points.push_back({Point::Kind::reply, subject, offset});
    }
    if (task != Task::read)
        for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{1}, upload / 2, upload - 1, upload})
            points.push_back({Point::Kind::body, "", Offset{Offset::Unit::octet, at}});
    return points;
}

struct Row {
    std::vector<Action> actions;
    bool harmless = false; // slow or odd, but correct: the operation must succeed
};

TimeValue limits(double count) { return {Duration{0}, count}; }

std::vector<Row> rows() {
    using namespace scenario;
    using How = Edit::How;
    return {
        {{Stall{}}},
        {{Stall{limits(0.5)}}, true},
        {{Stall{limits(1.5)}}},
        {{Deaf{}}},
        {{Deaf{limits(0.5)}}, true},
        {{Freeze{}}},
        {{Freeze{limits(0.5)}}, true},
        {{Delay{limits(0.8)}}, true},
        {{Delay{limits(1.2)}}},
        {{AcceptLate{limits(0.8)}}, true},
        {{Drip{1, limits(0.3)}}},
        {{Drip{40, limits(0.1)}}, true},
        {{Throttle{4}}},
        {{Throttle{2000}}, true},
        {{Split{1}}, true},
        {{Split{7}}, true},
        {{Split{0}}, true},
        {{Reply{421, "4.3.2 later"}}},
        {{Reply{451, "4.3.0 later"}}},
        {{Reply{552, "5.3.4 never"}}},
        {{Reply{502, "never"}}},
        {{Reply{400, "closing"}}},
        {{Reply{999, ""}}},
        {{Reply{421, "4.3.2 later"}, Fin{}}},
        {{Reply{451, "4.3.0 later"}, Reset{}}},
        {{Delay{limits(0.5)}, Reply{451, "4.3.0 later"}, Stall{}}},
        {{Edit{How::add_line, "250-X-TEST", ""}}},
        {{Edit{How::add_line, "text", ""}}},
        {{Edit{How::remove_word, "SIZE", ""}}},
        {{Edit{How::remove_word, "2", ""}}},
        {{Edit{How::substitute, "2", "3"}}},
        {{Edit{How::substitute, "\r\n", "\n"}}},
        {{Edit{How::substitute, "\r\n", ""}}},
        {{Inject{"250 surplus"}}},
        {{Inject{"250-surplus"}}},
        {{Inject{"354 go ahead"}}},
        {{Inject{"211 surplus"}}},
        {{Inject{"421 closing"}}},
        {{Inject{""}}},
        {{Garbage{1}}},
        {{Garbage{64}}},
        {{Garbage{8192}}},
        {{Flood{300, Flood::Shape::lines}}},
        {{Flood{64 * 1024, Flood::Shape::lines}}},
        {{Flood{64 * 1024, Flood::Shape::line}}},
        {{Flip{0}}},
        {{Flip{2}}},
        {{Flip{3}}},
        {{Flip{100000}}, true},
        {{Fin{}}},
        {{HalfClose{}}},
        {{Delay{limits(0.5)}, HalfClose{}}},
        {{HalfClose{}, Stall{}}},
        {{Reset{}}},
        {{Split{1}, Delay{limits(0.2)}, Flip{1}}},
    };
}

// What a scenario file could say.
bool is_possible(const Point& point, const std::vector<Action>& actions, Task task) {
    std::vector<Action> before;
    for (const Action& action : actions) {
        if (!scenario::place_problem(point, action).empty() || !scenario::order_problem(before, action).empty())
            return false;
        before.push_back(action);
    }
    return scenario::point_problem(point, task).empty();
}

// A reader cannot know that the text of an article was changed on its way.
bool changes_the_article(const Fault& fault) {
    if (fault.at.subject != "ARTICLE")
        return false;
    for (const Action& action : fault.actions)
        if (std::holds_alternative<scenario::Edit>(action) || std::holds_alternative<scenario::Flip>(action) ||
            std::holds_alternative<scenario::Inject>(action) || std::holds_alternative<scenario::Garbage>(action) ||
            std::holds_alternative<scenario::Flood>(action))
            return true;
    return false;
}

std::string to_text(const Fault& fault) {
    std::string text = scenario::to_string(fault.at) + ":";
    for (const Action& action : fault.actions)
        text += " " + scenario::to_string(action);
    return text;
}

} // namespace

TEST_CASE("Every action at every point of every operation fires, and the client ends in time and tells the truth",
          "[sweep]") {
    const std::string letter = short_letter();
    std::size_t kinds_seen = 0;
    for (const Task task : tasks) {
        std::set<std::size_t> kinds;
        std::set<Outcome> outcomes;
        for (const Point& point : points_of(task, upload_octets(letter)))
            for (const Row& row : rows()) {
                if (!is_possible(point, row.actions, task))
                    continue;
                kinds.insert(row.actions.front().index());
                Fault fault;
                fault.at = point;
                fault.actions = row.actions;
                for (const Delivery delivery : {Delivery::whole, Delivery::bytewise})
                    for (const std::size_t room : {std::size_t{16}, std::size_t{1} << 20}) {
                        CAPTURE(scenario::to_string(task), to_text(fault), to_string(delivery), room);
                        PairSettings settings = settings_with(delivery);
                        settings.room = room;
                        settings.upload_octets = upload_octets(letter);
                        settings.scenario.faults = {fault};
                        const Trial trial = attempt(task, letter, settings);
                        const PairRun& run = trial.run;
                        INFO("client: " << refclient::to_text(run.outcome) << ": " << run.text);
                        CHECK(run.fault_fired);
                        CHECK_FALSE(run.still_waiting);
                        CHECK(run.client_closed);
                        CHECK(run.finished_at <= Instant{} + most_limits * settings.limit);
                        CHECK(run.stored + run.stored_late <= 1);
                        outcomes.insert(run.outcome);
                        const bool is_ok = run.outcome == Outcome::ok;
                        if (task != Task::read)
                            CHECK((!is_ok || run.stored == 1));
                        else if (is_ok && !changes_the_article(fault))
                            CHECK(trial.intact);
                        if (row.harmless) {
                            CHECK(is_ok);
                            CHECK(trial.intact);
                        }
                    }
            }
        CHECK(outcomes.size() == (task == Task::read ? 3 : 4)); // a reader is never uncertain
        kinds_seen = std::max(kinds_seen, kinds.size());
    }
    // All but refuse and blackhole, which are the listener's, and cut, alert, cert and tls, which are about TLS.
    CHECK(kinds_seen == std::variant_size_v<Action> - 6);
}

} // namespace postfault::test
