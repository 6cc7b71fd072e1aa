#pragma once
// Readers of single values, shared by the tables. Each takes a value and its place and returns what
// it says, or a refusal that names the place and what was expected.

#include "agent/tables/fields.hpp"

#include <optional>

namespace agent::tables {

/// A string without NUL; a number or flag where the reading takes these for texts.
base::Result<std::string> read_text(const Json& value, const Place& place);
/// As read_text, and not empty.
base::Result<std::string> read_some_text(const Json& value, const Place& place);
base::Result<std::vector<std::string>> read_texts(const Json& value, const Place& place);
/// An object of texts; no name is empty.
base::Result<std::map<std::string, std::string>> read_text_map(const Json& value,
                                                               const Place& place);
/// As read_text_map, in document order; a number is the text by which it is written.
base::Result<std::vector<std::pair<std::string, std::string>>> read_text_pairs(const Json& value,
                                                                               const Place& place);
/// true or false; in what is read for somebody else also their texts.
base::Result<bool> read_flag(const Json& value, const Place& place);
/// An integer in that range; in what is read for somebody else also one that is written as text.
base::Result<std::int64_t> read_integer(const Json& value, const Place& place, std::int64_t least,
                                        std::int64_t greatest);
/// 1 to 255 letters, digits, '-' and '_'.
base::Result<std::string> read_name(const Json& value, const Place& place);
/// A path that is absolute.
base::Result<std::string> read_absolute_path(const Json& value, const Place& place);
/// A program's absolute path, then its arguments.
base::Result<std::vector<std::string>> read_program(const Json& value, const Place& place);
/// 1 to 255 letters, digits and any of "_./:-", as engines have them in names of drivers and plugins; `what` is
/// what is expected.
base::Result<std::string> read_driver_name(const Json& value, const Place& place,
                                           std::string_view what);
/// An IPv4 or IPv6 address.
base::Result<std::string> read_ip_address(const Json& value, const Place& place);

/// Letters, digits and '_'.
bool is_word(char c);
/// The whole text as a decimal number from 0; nothing for any other text.
std::optional<std::int64_t> whole_number(std::string_view text);

template <std::int64_t Least, std::int64_t Greatest, class Number = std::int64_t>
base::Result<Number> read_whole(const Json& value, const Place& place) {
    TRY(const auto number, read_integer(value, place, Least, Greatest));
    return static_cast<Number>(number);
}

template <std::int64_t Least, std::int64_t Greatest>
base::Result<std::chrono::seconds> read_seconds(const Json& value, const Place& place) {
    TRY(const auto count, read_integer(value, place, Least, Greatest));
    return std::chrono::seconds(count);
}

/// `"a", "b" or "c"`.
std::string one_of(std::span<const std::string_view> words);

/// One of an enumeration's values by its to_string().
template <auto... Values>
auto read_word(const Json& value, const Place& place)
    -> base::Result<std::common_type_t<decltype(Values)...>> {
    for (const auto candidate : {Values...})
        if (value == to_string(candidate))
            return candidate;
    const std::array words{to_string(Values)...};
    return expected(place, one_of(words), value);
}

/// One of the words, as it stands.
template <const auto& Words>
base::Result<std::string> read_choice(const Json& value, const Place& place) {
    TRY(std::string word, read_text(value, place));
    if (std::ranges::find(Words, word) == std::end(Words))
        return expected(place, one_of(Words), value);
    return word;
}

/// A list, each element read by `Read`.
template <auto Read>
auto read_each(const Json& value, const Place& place)
    -> base::Result<std::vector<typename decltype(Read(value, place))::value_type>> {
    std::vector<typename decltype(Read(value, place))::value_type> list;
    TRY(read_list(value, place, list, Read));
    return list;
}

} // namespace agent::tables
