#pragma once

#include <string>
#include <string_view>

namespace refclient {

// Whether the header of a message has a field of that name (in any case).
bool has_field(std::string_view message, std::string_view name);

// The value of that field, without blanks around it, in one line; empty if there is none.
std::string field_value(std::string_view message, std::string_view name);

// RFC 5537 3.4.1: who may have to offer an article twice must give it its Message-ID and Date, the same in all copies.
// Adds those that are missing: `id` such as "<1.2@host>", `date` in the form of RFC 5322 3.3.
std::string complete_article(std::string article, std::string_view id, std::string_view date);

} // namespace refclient
