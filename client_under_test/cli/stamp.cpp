#include "client_under_test/cli/stamp.hpp"

#include "client_under_test/conversation/send_conversation.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <random>

#include <unistd.h>

namespace refclient {

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return "localhost";
    const std::string text{name.data()};
    const bool fit = is_address(text) && text.find('@') == std::string::npos;
    return fit ? text : "localhost";
}

std::string new_message_id() {
    std::random_device random;
    return fmt::format("<refclient.{}.{}.{:08x}{:08x}@{}>", std::time(nullptr), ::getpid(), random(), random(),
                       host_name());
}

std::string date_now() {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    // Not strftime(): names of days and months must not depend on the locale.
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[static_cast<std::size_t>(utc.tm_wday)],
                       utc.tm_mday, months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                       utc.tm_min, utc.tm_sec);
}

} // namespace refclient
