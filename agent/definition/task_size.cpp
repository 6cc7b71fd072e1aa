// The sizes of a whole task, in the forms that ECS takes: a number of the unit, as a number or as
// text, or a decimal number of the greater unit with that unit's name behind it.

#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

#include <charconv>
#include <cmath>

namespace agent::definition {

namespace {

using base::Result;

struct Size {
    std::string_view unit; ///< the greater unit in lower case
    std::int64_t least;    ///< of the lesser unit
    std::int64_t greatest;
    std::string_view form;
};

/// ECS's range for tasks on hosts of one's own.
constexpr Size cpu{"vcpu", 128, 196'608,
                   "CPU units from 128 to 196608 such as 256, or vCPUs such as \"0.25 vCPU\""};
constexpr Size memory{"gb", 4, max_ecs_integer,
                      "MiB, 4 or more, such as 512, or GB such as \"0.5 GB\""};
constexpr double lesser_units = 1024;

std::string lower(std::string_view text) {
    std::string copy(text);
    for (auto& letter : copy)
        if (letter >= 'A' && letter <= 'Z')
            letter = static_cast<char>(letter - 'A' + 'a');
    return copy;
}

/// ".5 vcpu" in the lesser unit, nothing for any other text.
std::optional<std::int64_t> greater_units(std::string_view text, std::string_view unit) {
    if (!text.ends_with(unit))
        return std::nullopt;
    text.remove_suffix(unit.size());
    while (text.ends_with(' '))
        text.remove_suffix(1);
    double number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] =
        std::from_chars(text.data(), end, number, std::chars_format::fixed);
    // In this range every product is exact enough for an integer; "inf" and "nan" are not in it.
    if (stop != end || failure != std::errc{} || !(number >= 0 && number < 1e9))
        return std::nullopt;
    return std::llround(number * lesser_units);
}

Result<std::int64_t> read_size(const Json& value, const Place& place, const Size& size) {
    std::optional<std::int64_t> amount;
    if (value.is_string()) {
        const auto text = lower(value.get_ref<const std::string&>());
        amount = whole_number(text);
        if (!amount)
            amount = greater_units(text, size.unit);
    } else if (value.is_number_integer()) {
        if (const auto number = read_integer(value, place, 0, max_ecs_integer))
            amount = *number;
    }
    if (!amount || *amount < size.least || *amount > size.greatest)
        return expected(place, size.form, value);
    return *amount;
}

} // namespace

Result<double> read_task_cpu(const Json& value, const Place& place) {
    TRY(const auto units, read_size(value, place, cpu));
    return static_cast<double>(units) / lesser_units;
}

Result<std::int64_t> read_task_memory(const Json& value, const Place& place) {
    return read_size(value, place, memory);
}

} // namespace agent::definition
