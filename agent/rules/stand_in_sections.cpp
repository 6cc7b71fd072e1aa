#include "agent/rules/stand_in_sections.hpp"

#include "agent/tables/fields.hpp"
#include "agent/tables/values.hpp"

#include <algorithm>

namespace agent::rules {

using base::Result;
using stand_ins::LogDriver;
using stand_ins::MissingSecret;
using stand_ins::SecretSource;
using stand_ins::Section;
using tables::expected;
using tables::FieldRow;
using tables::join;
using tables::Json;
using tables::only_read;
using tables::Place;
using tables::refuse;
using tables::Table;

namespace {

constexpr std::size_t longest_text = 4096;
constexpr int longest_timeout = 20; ///< seconds; as of the programs that print keys

/// Every pattern, each with what `read` makes of what stands for it.
template <class Value, class Read>
Result<Section<Value>> read_section(const Json& value, const Place& place, Read read) {
    std::vector<std::pair<std::string, Value>> members;
    tables::Parts parts(place);
    if (!parts.add(tables::read_members(value, place, members, read)))
        return parts.result().error();
    Section<Value> section;
    for (auto& [pattern, member] : members) {
        const bool is_asked = section.empty() || section.back().pattern != "*";
        if (pattern.empty() || pattern.size() > longest_text) {
            if (!parts.add(refuse(place, "a pattern has 1 to 4096 characters")))
                break;
        } else if (!is_asked) {
            if (!parts.add(
                    refuse(join(place, pattern), "is never asked: the entry before it is for all")))
                break;
        } else {
            section.push_back({pattern, std::move(member)});
        }
    }
    TRY(parts.result());
    return section;
}

Result<std::string> read_short_text(const Json& value, const Place& place) {
    TRY(std::string text, tables::read_some_text(value, place));
    if (text.size() > longest_text)
        return refuse(place, "at most 4096 bytes");
    return text;
}

Result<std::string> read_image(const Json& value, const Place& place) {
    TRY(std::string image, read_short_text(value, place));
    if (!std::ranges::all_of(image, [](char c) { return c > ' ' && c < 127; }))
        return expected(place, "an image such as \"shop:dev\"", value);
    return image;
}

Result<std::string> read_path(const Json& value, const Place& place) {
    TRY(std::string path, tables::read_absolute_path(value, place));
    if (path.find(':') != std::string::npos || path.size() > longest_text)
        return expected(place, "an absolute path of this host without ':'", value);
    return path;
}

Result<std::string> read_driver(const Json& value, const Place& place) {
    return tables::read_driver_name(value, place,
                                    "\"auto\", \"engine\" or a log driver such as \"json-file\"");
}

Result<> check_log_driver(LogDriver& log_driver, const Place& place) {
    const bool takes_none = log_driver.driver == stand_ins::auto_log_driver ||
                            log_driver.driver == stand_ins::engine_log_driver;
    if (takes_none && !log_driver.options.empty())
        return refuse(join(place, "options"), "only for a driver that is named");
    return {};
}

Table<LogDriver> log_driver_table() {
    static constexpr auto rows = std::to_array<FieldRow<LogDriver>>({
        only_read<&LogDriver::driver, read_driver>("driver", tables::Support::required),
        // A collector's token is an option.
        tables::secret(only_read<&LogDriver::options, tables::read_text_map>("options")),
    });
    return {rows, check_log_driver};
}

/// A driver alone, or with options.
Result<LogDriver> read_log_driver(const Json& value, const Place& place) {
    LogDriver log_driver;
    if (value.is_object()) {
        TRY(tables::read_object(value, place, log_driver_table(), log_driver));
    } else {
        TRY(log_driver.driver, read_driver(value, place));
    }
    return log_driver;
}

Result<std::chrono::seconds> read_timeout(const Json& value, const Place& place) {
    auto text = value.is_string() ? value.get<std::string>() : std::string();
    const bool in_seconds = text.ends_with('s');
    if (in_seconds)
        text.pop_back();
    const auto count = tables::whole_number(text);
    if (!in_seconds || !count || *count < 1 || *count > longest_timeout)
        return expected(place, "a duration from 1s to 20s", value);
    return std::chrono::seconds(*count);
}

Result<MissingSecret> read_missing(const Json& value, const Place& place) {
    if (value != "stop" && value != "omit")
        return expected(place, R"("stop" or "omit")", value);
    return value == "omit" ? MissingSecret::omit : MissingSecret::stop;
}

Result<> check_secret(SecretSource& source, const Place& place) {
    const bool has_file = !source.file.empty();
    const bool has_program = !source.program.empty();
    if (has_file && has_program)
        return refuse(place, "a secret comes from a file or from a program, not from both");
    if (!has_file && !has_program && source.missing == MissingSecret::stop)
        return refuse(place, "says neither file nor program nor that the secret is left out "
                             "(missing: omit)");
    if (!has_file && !has_program && !source.key.empty())
        return refuse(join(place, "key"),
                      "of a file or of what a program prints; there is neither");
    if (!has_program && source.timeout != SecretSource().timeout)
        return refuse(join(place, "timeout"), "of a program, and there is none");
    return {};
}

Table<SecretSource> secret_table() {
    using S = SecretSource;
    static constexpr auto rows = std::to_array<FieldRow<S>>({
        only_read<&S::file, tables::read_absolute_path>("file"),
        only_read<&S::key, read_short_text>("key"),
        only_read<&S::program, tables::read_program>("program"),
        only_read<&S::timeout, read_timeout>("timeout"),
        only_read<&S::missing, read_missing>("missing"),
    });
    return {rows, check_secret};
}

Result<SecretSource> read_secret(const Json& value, const Place& place) {
    SecretSource source;
    TRY(tables::read_object(value, place, secret_table(), source));
    return source;
}

template <class Value>
void note_lines_of(Section<Value>& section, std::string_view name, const tables::Lines& lines) {
    Place place;
    place.path = name;
    for (auto& entry : section)
        if (const auto line = lines.find(join(place, entry.pattern).path); line != lines.end())
            entry.line = static_cast<int>(line->second);
}

} // namespace

Result<Section<std::string>> read_values(const Json& value, const Place& place) {
    TRY(auto pairs, tables::read_text_pairs(value, place));
    Section<std::string> values;
    for (auto& [holder, text] : pairs) {
        if (holder.size() > longest_text || text.size() > longest_text)
            return refuse(join(place, holder), "at most 4096 bytes");
        values.push_back({std::move(holder), std::move(text)});
    }
    return values;
}

Result<Section<std::string>> read_images(const Json& value, const Place& place) {
    return read_section<std::string>(value, place, read_image);
}

Result<Section<std::string>> read_volumes(const Json& value, const Place& place) {
    return read_section<std::string>(value, place, read_path);
}

Result<Section<LogDriver>> read_log_drivers(const Json& value, const Place& place) {
    return read_section<LogDriver>(value, place, read_log_driver);
}

Result<Section<SecretSource>> read_secrets(const Json& value, const Place& place) {
    return read_section<SecretSource>(value, place, read_secret);
}

void note_lines(stand_ins::StandIns& stand_ins, const tables::Lines& lines) {
    note_lines_of(stand_ins.values, "values", lines);
    note_lines_of(stand_ins.images, "images", lines);
    note_lines_of(stand_ins.volumes, "volumes", lines);
    note_lines_of(stand_ins.log_drivers, "logDrivers", lines);
    note_lines_of(stand_ins.secrets, "secrets", lines);
}

} // namespace agent::rules
