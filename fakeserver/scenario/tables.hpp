#pragma once

#include "fakeserver/scenario/actions.hpp"
#include "fakeserver/scenario/point.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// The words of the scenario language, each once. Parser, linter and schema read these tables, and a test holds
// docs/scenario-language.md to them.
namespace postfault::scenario {

// The forms of a point, as far as an action cares.
enum class Place {
    connect,
    greeting,
    verb,
    reply,
    done,
    body,
    dot,
    accepted,
    tls_hello, // the client's first TLS message
    tls_reply, // inside our answer to it
    tls_done,  // the handshake is over
    idle,
    record, // inside the TLS records of a reply
};

class Places {
public:
    constexpr Places(std::initializer_list<Place> places) {
        for (const Place place : places)
            bits_ |= 1U << static_cast<unsigned>(place);
    }

    constexpr bool contains(Place place) const { return (bits_ >> static_cast<unsigned>(place) & 1U) != 0; }

private:
    std::uint32_t bits_ = 0;
};

Place place_of(const Point& point);

// Forms are separated by ", " where there are several; N is a number or size, D a time.
struct PointRow {
    std::optional<Place> place; // none = a word that is known but not supported yet
    std::string_view forms;
    std::string_view meaning;
};

struct ActionRow {
    std::string_view name;
    std::string_view forms;
    std::string_view example;
    std::string_view meaning;
    Places where;
    bool supported = true;
};

struct OperationRow {
    Operation operation;
    std::string_view name;
    Protocol protocol;
    bool uploads;           // the client sends a message, so `body@`, `dot` and `accepted` come up
    bool keeps_connections; // beyond one operation, until the client has nothing more to do
    std::string_view meaning;
};

struct LogInRow {
    LogIn method;
    std::string_view word;
    bool for_mail; // else for news
    std::string_view meaning;
    bool supported = true;
};

struct ProtocolRow {
    Protocol protocol;
    std::string_view name;
    std::span<const std::string_view> verbs;
};

template <class Value>
struct WordRow {
    Value value;
    std::string_view word;
    std::string_view meaning;
};

// The maps that a scenario file is made of.
enum class Object { file, scenario, fault, condition, expect, message, articles, server, xfail };

struct KeyRow {
    std::string_view name;
    std::string_view forms;
    std::string_view meaning;
    bool supported = true;
};

std::span<const PointRow> point_rows();

// The supported ones come first, in the order of the Action variant.
std::span<const ActionRow> action_rows();
const ActionRow& row_of(const Action& action);

std::span<const ProtocolRow> protocol_rows();
const ProtocolRow& row_of(Protocol protocol);
std::span<const OperationRow> operation_rows();
const OperationRow& row_of(Operation operation);

// The one that a file need not state; none if the protocol has several that are asked for alike.
std::optional<Operation> usual_operation(Protocol protocol);

// Operations that later versions will know.
std::span<const std::string_view> later_operations();

std::span<const LogInRow> log_in_rows();
const LogInRow& row_of(LogIn method);

std::span<const WordRow<ResultWord>> result_rows();
std::span<const WordRow<CloseKind>> close_rows();
std::span<const WordRow<StoredWord>> stored_rows();
std::span<const WordRow<ReceivedWord>> received_rows();
std::span<const WordRow<Tls>> tls_rows();
std::span<const WordRow<CertificateKind>> cert_rows();
std::span<const WordRow<Encoding>> encoding_rows();
std::span<const WordRow<LineEnds>> line_ends_rows();
std::span<const WordRow<std::string_view>> smuggle_rows(); // the values are octets

std::span<const KeyRow> key_rows(Object object);
std::vector<std::string_view> key_names(Object object);

} // namespace postfault::scenario
