#include "agent/config/values.hpp"

#include "agent/tables/document.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace agent::config {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr Duration longest = std::chrono::hours(24 * 3650);

struct Unit {
    std::string_view name;
    std::int64_t count;
};
// The greatest first: printing takes them in this order.
constexpr std::array<Unit, 4> duration_units{
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 3> size_units{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}};

Error expected(std::string_view what, std::string_view got) {
    return {Errc::invalid_argument, "expected " + std::string(what) + ", got " + quote(got)};
}

/// A whole decimal number and nothing else.
template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (text.empty() || stop != end || failure != std::errc{})
        return std::nullopt;
    return value;
}

template <class Number>
Result<> read_number(std::string_view text, Number& value) {
    const auto read = number<Number>(text);
    if (!read)
        return expected("a number from 0 to " + std::to_string(std::numeric_limits<Number>::max()),
                        text);
    value = *read;
    return {};
}

/// "90", "1.5": digits with at most one point, which from_chars alone would not insist on.
std::optional<double> take_decimal(std::string_view& text) {
    const auto length = std::min(text.find_first_not_of("0123456789."), text.size());
    double value = 0;
    const auto [stop, failure] =
        std::from_chars(text.data(), text.data() + length, value, std::chars_format::fixed);
    if (length == 0 || stop != text.data() + length || failure != std::errc{})
        return std::nullopt;
    text.remove_prefix(length);
    return value;
}

/// How many milliseconds a unit has that is read and not printed; the micro sign is written in two ways.
double fine_unit(std::string_view name) {
    if (name == "us" || name == "\u00B5s" || name == "\u03BCs")
        return 1e-3;
    return name == "ns" ? 1e-6 : 0;
}

/// The sum of all "<decimal><unit>" in milliseconds.
std::optional<double> read_duration(std::string_view text) {
    if (text == "0")
        return 0;
    std::optional<double> sum;
    while (!text.empty()) {
        const auto count = take_decimal(text);
        const auto name = text.substr(0, text.find_first_of("0123456789."));
        const auto* const unit = std::ranges::find(duration_units, name, &Unit::name);
        const auto milliseconds =
            unit == duration_units.end() ? fine_unit(name) : static_cast<double>(unit->count);
        if (!count || milliseconds == 0)
            return std::nullopt;
        text.remove_prefix(name.size());
        sum = sum.value_or(0) + *count * milliseconds;
    }
    return sum;
}

std::string in_small_letters(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return small;
}

std::optional<std::uint32_t> read_address(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        const auto dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos || dot > 3)
            return std::nullopt;
        const auto byte = number<std::uint8_t>(text.substr(0, dot));
        if (!byte)
            return std::nullopt;
        address = address << 8 | *byte;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return address;
}

} // namespace

std::string quote(std::string_view text) {
    constexpr std::size_t shown = 64;
    return "'" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...'" : "'");
}

Result<> from_string(std::string_view text, std::string& value) {
    if (std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }))
        return Error(Errc::invalid_argument, "expected text without control characters");
    value = text;
    return {};
}

Result<> from_string(std::string_view text, bool& value) {
    constexpr std::array<std::string_view, 6> yes{"1", "t", "T", "TRUE", "true", "True"};
    constexpr std::array<std::string_view, 6> no{"0", "f", "F", "FALSE", "false", "False"};
    const bool is_yes = std::ranges::find(yes, text) != yes.end();
    if (!is_yes && std::ranges::find(no, text) == no.end())
        return expected("true or false", text);
    value = is_yes;
    return {};
}

Result<> from_string(std::string_view text, std::uint16_t& value) {
    return read_number(text, value);
}

Result<> from_string(std::string_view text, std::uint32_t& value) {
    return read_number(text, value);
}

Result<> from_string(std::string_view text, Duration& value) {
    const auto milliseconds = read_duration(text);
    if (!milliseconds)
        return expected("a duration such as 10m", text);
    if (*milliseconds > static_cast<double>(longest.count()))
        return expected("a duration of at most ten years", text);
    value = Duration(static_cast<std::int64_t>(*milliseconds + 0.5));
    return {};
}

Result<> from_string(std::string_view text, Size& value) {
    auto digits = text;
    std::uint64_t unit = 1;
    for (const auto& row : size_units)
        if (text.ends_with(row.name)) {
            digits.remove_suffix(row.name.size());
            unit = static_cast<std::uint64_t>(row.count);
        }
    const auto count = number<std::uint64_t>(digits);
    if (!count || *count > (std::uint64_t{1} << 40) / unit)
        return expected("a size such as 64KiB", text);
    value.bytes = *count * unit;
    return {};
}

Result<> from_string(std::string_view text, Ipv4Network& value) {
    const auto slash = text.find('/');
    const auto address = read_address(text.substr(0, slash));
    const auto prefix = slash == std::string_view::npos
                            ? std::nullopt
                            : number<std::uint8_t>(text.substr(slash + 1));
    if (!address || !prefix || *prefix > 32)
        return expected("an IPv4 network such as 169.254.172.0/22", text);
    const auto mask = *prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - *prefix);
    const Ipv4Network network{*address & mask, *prefix};
    if (network.address != *address)
        return expected("a network without host bits (" + to_string(network) + ")", text);
    value = network;
    return {};
}

Result<> from_string(std::string_view text, PortRange& value) {
    const auto dash = text.find('-');
    const auto first = number<std::uint16_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : number<std::uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first == 0 || *first > *last)
        return expected("ports such as 49153-65535", text);
    value = {*first, *last};
    return {};
}

Result<> from_string(std::string_view text, Rate& value) {
    const auto comma = std::min(text.find(','), text.size());
    const auto steady = number<std::uint32_t>(base::trim(text.substr(0, comma)));
    const auto burst =
        number<std::uint32_t>(base::trim(text.substr(std::min(comma + 1, text.size()))));
    if (!steady || !burst || *steady == 0 || *burst == 0)
        return expected("a rate and a burst above 0, such as 40,60", text);
    value = {*steady, *burst};
    return {};
}

Result<> from_string(std::string_view text, Secret& value) {
    value.text = text;
    return {};
}

Result<> from_string(std::string_view text, List& value) {
    List list;
    if (base::trim(text).starts_with('[')) {
        const auto document = tables::read_json(text);
        if (!document || !std::ranges::all_of(*document, &Json::is_string))
            return expected(R"(a list such as a,b or ["a","b"])", text);
        list = document->get<List>();
    } else {
        for (auto rest = text; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (const auto item = base::trim(rest.substr(0, comma)); !item.empty())
                list.emplace_back(item);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    value = std::move(list);
    return {};
}

Result<> from_string(std::string_view text, Ports& value) {
    auto items = base::trim(text);
    if (items.starts_with('[') && items.ends_with(']'))
        items = items.substr(1, items.size() - 2);
    Ports ports;
    while (!items.empty()) {
        const auto comma = std::min(items.find(','), items.size());
        auto item = base::trim(items.substr(0, comma));
        // As a sequence of the YAML file is handed on.
        if (item.size() > 1 && item.front() == '"' && item.back() == '"')
            item = item.substr(1, item.size() - 2);
        const auto port = number<std::uint16_t>(item);
        if (!port)
            return expected("ports such as [22,8080]", text);
        ports.push_back(*port);
        items.remove_prefix(std::min(comma + 1, items.size()));
    }
    value = std::move(ports);
    return {};
}

Result<> from_string(std::string_view text, Tags& value) {
    const auto document = tables::read_json(text);
    if (!document || !document->is_object() || !std::ranges::all_of(*document, &Json::is_string))
        return expected(R"(an object such as {"key":"value"})", text);
    Tags tags;
    for (const auto& [key, tag] : document->items())
        tags[key] = tag.get<std::string>();
    value = std::move(tags);
    return {};
}

Result<> from_string(std::string_view text, base::log::Level& value) {
    using base::log::Level;
    const auto word = in_small_letters(text);
    if (word == "debug")
        value = Level::debug;
    else if (word == "info")
        value = Level::info;
    else if (word == "warn")
        value = Level::warn;
    else if (word == "error" || word == "crit")
        value = Level::error;
    else if (word == "none")
        value = Level::off;
    else
        return expected("debug, info, warn, error, crit or none", text);
    return {};
}

std::string to_string(const std::string& value) {
    return value;
}

std::string to_string(bool value) {
    return value ? "true" : "false";
}

std::string to_string(std::uint16_t value) {
    return std::to_string(value);
}

std::string to_string(std::uint32_t value) {
    return std::to_string(value);
}

std::string to_string(Duration value) {
    std::string text;
    auto rest = value.count();
    for (const auto& unit : duration_units) {
        if (rest / unit.count > 0)
            text += std::to_string(rest / unit.count) + std::string(unit.name);
        rest %= unit.count;
    }
    return text.empty() ? "0" : text;
}

std::string to_string(Size value) {
    for (const auto& unit : size_units) {
        const auto count = static_cast<std::uint64_t>(unit.count);
        if (value.bytes >= count && value.bytes % count == 0)
            return std::to_string(value.bytes / count) + std::string(unit.name);
    }
    return std::to_string(value.bytes);
}

std::string to_string(const Ipv4Network& value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8)
        text += std::to_string(value.address >> shift & 0xFF) + (shift > 0 ? "." : "/");
    return text + std::to_string(value.prefix_length);
}

std::string to_string(const PortRange& value) {
    return std::to_string(value.first) + "-" + std::to_string(value.last);
}

std::string to_string(const Rate& value) {
    return std::to_string(value.steady) + "," + std::to_string(value.burst);
}

std::string to_string(const Secret& value) {
    return value.text.empty() ? "" : "<hidden>";
}

std::string to_string(const List& value) {
    return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_string(const Ports& value) {
    return Json(value).dump();
}

std::string to_string(const Tags& value) {
    return value.empty() ? "{}" : Json(value).dump();
}

std::string to_string(base::log::Level value) {
    using base::log::Level;
    switch (value) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    case Level::error: return "error";
    case Level::off: return "none";
    }
    return "info";
}

} // namespace agent::config
