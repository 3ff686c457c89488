#include "fakeserver/protocol/nntp/calendar.hpp"

#include <fmt/format.h>

#include <charconv>

namespace postfault::protocol::nntp {

namespace {

using namespace std::chrono;

struct Moment {
    year_month_day date;
    hh_mm_ss<seconds> time;

    explicit Moment(sys_seconds when) : date(floor<days>(when)), time(when - floor<days>(when)) {}
};

int number(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool are_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

} // namespace

std::string compact_date(sys_seconds when) {
    const Moment moment(when);
    return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", int{moment.date.year()}, unsigned{moment.date.month()},
                       unsigned{moment.date.day()}, moment.time.hours().count(), moment.time.minutes().count(),
                       moment.time.seconds().count());
}

std::string field_date(sys_seconds when) {
    static constexpr const char* day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Moment moment(when);
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", day_names[weekday(floor<days>(when)).c_encoding()],
                       unsigned{moment.date.day()}, month_names[unsigned{moment.date.month()} - 1],
                       int{moment.date.year()}, moment.time.hours().count(), moment.time.minutes().count(),
                       moment.time.seconds().count());
}

std::optional<sys_seconds> parse_date(std::string_view date, std::string_view time, sys_seconds now) {
    if ((date.size() != 6 && date.size() != 8) || time.size() != 6 || !are_digits(date) || !are_digits(time))
        return std::nullopt;
    int year_number = number(date.substr(0, date.size() - 4));
    if (date.size() == 6) {
        const int this_year = int{Moment(now).date.year()};
        year_number += this_year / 100 * 100;
        if (year_number > this_year)
            year_number -= 100;
    }
    const auto month_and_day = date.substr(date.size() - 4);
    const year_month_day day_of_year{year{year_number},
                                     month{static_cast<unsigned>(number(month_and_day.substr(0, 2)))},
                                     day{static_cast<unsigned>(number(month_and_day.substr(2)))}};
    const int hour_number = number(time.substr(0, 2));
    const int minute_number = number(time.substr(2, 2));
    const int second_number = number(time.substr(4)); // 60 is a leap second
    if (!day_of_year.ok() || hour_number > 23 || minute_number > 59 || second_number > 60)
        return std::nullopt;
    return sys_days{day_of_year} + hours{hour_number} + minutes{minute_number} + seconds{second_number};
}

} // namespace postfault::protocol::nntp
