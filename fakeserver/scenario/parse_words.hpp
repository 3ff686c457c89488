#pragma once

#include "fakeserver/base/result.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The short texts of a scenario that are neither points nor actions. Pure; parse(print(x)) is x.
namespace postfault::scenario {

Result<Protocol> parse_protocol(std::string_view text);
Result<Operation> parse_operation(std::string_view text);

// `3`, `1..2`, `3+`, `3+2`. 025 is refused, not silently read as 21 or 25.
Result<Selector> parse_selector(std::string_view text);

// `5%`, `0.5%`: more than 0, at most 100.
Result<double> parse_probability(std::string_view text);

// `true` or `false`.
Result<bool> parse_flag(std::string_view text);

// `0.8T..1.5T`, `..2T`, `28s..`. One time alone is refused: nothing takes exactly that long.
Result<TimeRange> parse_time_range(std::string_view text);

// `3`, `1..2`, `1+`.
Result<CountRange> parse_count_range(std::string_view text);

// `temp`, `temp or uncertain`.
Result<std::vector<ResultWord>> parse_results(std::string_view text);
Result<std::vector<CloseKind>> parse_closes(std::string_view text);
Result<Tls> parse_tls(std::string_view text);
Result<StoredWord> parse_stored(std::string_view text);
Result<ReceivedWord> parse_received(std::string_view text);

// The number of a server's address, or how many there are: `1` to `4`.
Result<std::uint32_t> parse_address(std::string_view text);

// `32MiB`, `..32MiB`.
Result<std::uint64_t> parse_most_octets(std::string_view text);

// `/regex/`, ECMAScript; checked that it compiles.
Result<LogPattern> parse_log_pattern(std::string_view text);

// `USER`, `SCRAM-SHA-256`: a method of that protocol.
Result<LogIn> parse_log_in(std::string_view text, Protocol protocol);

Result<Encoding> parse_encoding(std::string_view text);
Result<LineEnds> parse_line_ends(std::string_view text);
Result<std::string_view> parse_smuggle(std::string_view text); // octets

// `alt.binaries.test`.
Result<std::string> parse_group(std::string_view text);

// `slow*@*`: 1 to 200 printable octets.
Result<std::string> parse_glob(std::string_view text);

// `send`, `send x100`, `wait 2T`.
Result<Step> parse_step(std::string_view text);

} // namespace postfault::scenario
