#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postfault {

// Peer bytes made fit for people: `"250-mx\r\n"` without the quotes; printable ASCII stays, the rest is \r \n \t \\ \"
// or \xNN.
std::string escaped(std::string_view bytes);

// The reverse of escaped(); a backslash that starts no known escape stays as it is.
std::string unescaped(std::string_view text);

// As escaped, cut to about `limit` characters with a mark that says how many octets are missing.
std::string escaped_excerpt(std::string_view bytes, std::size_t limit = 120);

// ASCII only: protocol key words are never anything else.
std::string to_upper(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

std::string_view trimmed(std::string_view text);

// Parts between blanks; empty parts are dropped.
std::vector<std::string_view> words(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);

// The candidate that was probably meant, or "" if none is near: ` (did you mean 'nth'?)` follows from it.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

} // namespace postfault
