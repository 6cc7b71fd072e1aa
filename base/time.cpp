#include "base/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace base {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Takes exactly `digits` digits off the front; -1 when they are not there.
int take_number(std::string_view& text, std::size_t digits) {
    int value = -1;
    if (text.size() < digits)
        return -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + digits, value);
    if (failure != std::errc() || end != text.data() + digits || text.front() == '-')
        return -1;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<nanoseconds> take_fraction(std::string_view& text) {
    if (!take(text, '.'))
        return nanoseconds(0);
    std::int64_t value = 0;
    int digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (digits < 9) {
            value = value * 10 + (text.front() - '0');
            ++digits;
        }
        text.remove_prefix(1);
    }
    if (digits == 0)
        return std::nullopt;
    for (; digits < 9; ++digits)
        value *= 10;
    return nanoseconds(value);
}

std::optional<minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z'))
        return minutes(0);
    const bool behind = !text.empty() && text.front() == '-';
    if (!behind && (text.empty() || text.front() != '+'))
        return std::nullopt;
    text.remove_prefix(1);
    const int hour = take_number(text, 2);
    if (hour < 0 || !take(text, ':'))
        return std::nullopt;
    const int minute = take_number(text, 2);
    if (minute < 0)
        return std::nullopt;
    const auto offset = minutes(hour * 60 + minute);
    return behind ? -offset : offset;
}

} // namespace

Time now() {
    return std::chrono::time_point_cast<nanoseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(Time time) {
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 48> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    std::string text(buffer.data());
    if (const auto fraction = clock.subseconds().count(); fraction != 0) {
        std::snprintf(buffer.data(), buffer.size(), ".%09lld", static_cast<long long>(fraction));
        text += buffer.data();
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + 'Z';
}

std::optional<Time> parse_rfc3339(std::string_view text) {
    const int year = take_number(text, 4);
    if (year < 0 || !take(text, '-'))
        return std::nullopt;
    const int month = take_number(text, 2);
    if (month < 0 || !take(text, '-'))
        return std::nullopt;
    const int day = take_number(text, 2);
    if (day < 0 || (!take(text, 'T') && !take(text, 't')))
        return std::nullopt;
    const int hour = take_number(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':'))
        return std::nullopt;
    const int minute = take_number(text, 2);
    if (minute < 0 || minute > 59 || !take(text, ':'))
        return std::nullopt;
    const int second = take_number(text, 2);
    if (second < 0 || second > 60)
        return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = fraction ? take_offset(text) : std::nullopt;
    if (!offset || !text.empty())
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // Nanoseconds in 64 bits reach from 1677 to 2262; what lies outside is Docker's "not yet".
    if (!date.ok() || year < 1678 || year > 2261)
        return std::nullopt;
    return Time(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
           *fraction - *offset;
}

} // namespace base
