#pragma once

#include "client_under_test/conversation/policy.hpp"

#include <span>
#include <string_view>

namespace refclient {

// A classic mistake of mail and news clients that refclient can be told to make (--defect NAME), so that a test suite
// can show that it notices.
struct Defect {
    std::string_view name;
    std::string_view description;
    std::string_view stands_for; // public bugs of the same kind
    void (*plant)(Policy& policy);
};

// To add one: a row in a table. If no value of Policy makes the difference yet, give Policy that value first.
std::span<const Defect> defects(); // all, by name
std::span<const Defect> mail_defects();
std::span<const Defect> news_defects();
std::span<const Defect> tls_defects();

// Nothing if there is none of that name.
const Defect* find_defect(std::string_view name);

} // namespace refclient
