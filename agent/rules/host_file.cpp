#include "agent/rules/host_file.hpp"

#include "agent/rules/stand_in_sections.hpp"
#include "agent/tables/document.hpp"
#include "agent/tables/unsupported_fields.hpp"
#include "agent/tables/values.hpp"
#include "base/private_file.hpp"

#include <algorithm>
#include <utility>

namespace agent::rules {

namespace {

using base::Errc;
using base::Result;
using tables::expected;
using tables::FieldRow;
using tables::join;
using tables::Json;
using tables::only_read;
using tables::Place;
using tables::refuse;
using tables::Table;

constexpr std::size_t most_rules = 1000;
constexpr std::size_t most_labels = 50;
constexpr std::size_t longest_pattern = 2048;

bool is_shown(char c) {
    return c > ' ' && c < 127;
}

Result<std::string> read_pattern(const Json& value, const Place& place) {
    TRY(std::string pattern, tables::read_text(value, place));
    if (pattern.empty() || pattern.size() > longest_pattern ||
        !std::ranges::all_of(pattern, is_shown))
        return expected(place, "a name, or a pattern with '*' and '?'", value);
    return pattern;
}

Result<std::string> read_label_pattern(const Json& value, const Place& place) {
    TRY(std::string pattern, tables::read_text(value, place));
    if (pattern.size() > longest_pattern)
        return refuse(place, "at most 2048 bytes");
    return pattern;
}

Result<std::map<std::string, std::string>> read_labels(const Json& value, const Place& place) {
    if (!value.is_object())
        return expected(place, "an object: patterns of values by labels", value);
    if (value.size() > most_labels)
        return refuse(place, "at most 50 labels");
    if (value.contains(""))
        return refuse(place, "a label has a name");
    std::vector<std::pair<std::string, std::string>> labels;
    TRY(tables::read_members(value, place, labels, read_label_pattern));
    return std::map<std::string, std::string>(labels.begin(), labels.end());
}

/// Characters of IAM's names, and of the path before them.
bool is_role_letter(char c) {
    return tables::is_word(c) || std::string_view("+=,.@-/:").find(c) != std::string_view::npos;
}

Result<std::string> read_role(const Json& value, const Place& place) {
    TRY(std::string role, tables::read_text(value, place));
    const bool is_arn = role.starts_with("arn:") && role.find(":role/") != std::string::npos;
    const bool is_name = !role.starts_with("arn:") && role.find(':') == std::string::npos;
    if (role.empty() || role.size() > longest_pattern || !(is_arn || is_name) ||
        !std::ranges::all_of(role, is_role_letter))
        return expected(
            place, "a role's name, or its ARN such as arn:aws:iam::123456789012:role/web", value);
    return role;
}

Result<std::vector<std::string>> read_role_patterns(const Json& value, const Place& place) {
    std::vector<std::string> patterns;
    TRY(tables::read_list(value, place, patterns, read_pattern));
    if (patterns.size() > most_rules)
        return refuse(place, "at most 1000 patterns");
    return patterns;
}

Table<Match> match_table() {
    static constexpr auto rows = std::to_array<FieldRow<Match>>({
        only_read<&Match::image, read_pattern>("image"),
        only_read<&Match::compose_project, read_pattern>("compose_project"),
        only_read<&Match::compose_service, read_pattern>("compose_service"),
        only_read<&Match::labels, read_labels>("labels"),
        only_read<&Match::network, read_pattern>("network"),
    });
    return {rows};
}

Result<Match> read_match(const Json& value, const Place& place) {
    Match match;
    TRY(tables::read_object(value, place, match_table(), match));
    return match;
}

/// A rule without effect is one whose effect was misunderstood.
Result<> check_rule(ContainerRule& rule, const Place& place) {
    const bool gives = !rule.task_role.empty() || !rule.family.empty() || !rule.cluster.empty() ||
                       rule.address.value_or(false);
    if (!gives && !rule.address && !rule.opt_out)
        return refuse(place, "says neither task_role, family, cluster, address nor opt_out");
    if (gives && rule.opt_out.value_or(false))
        return refuse(join(place, "opt_out"),
                      "who is given nothing has no task_role, family, cluster or address");
    return {};
}

Result<std::optional<bool>> read_answer(const Json& value, const Place& place) {
    TRY(const bool answer, tables::read_flag(value, place));
    return std::optional(answer);
}

Table<ContainerRule> rule_table() {
    using R = ContainerRule;
    static constexpr auto rows = std::to_array<FieldRow<R>>({
        only_read<&R::match, read_match>("match"),
        only_read<&R::task_role, read_role>("task_role"),
        only_read<&R::family, tables::read_name>("family"),
        only_read<&R::cluster, tables::read_name>("cluster"),
        only_read<&R::address, read_answer>("address"),
        only_read<&R::opt_out, read_answer>("opt_out"),
    });
    return {rows, check_rule};
}

Result<std::vector<ContainerRule>> read_rules(const Json& value, const Place& place) {
    std::vector<ContainerRule> rules;
    bool one_is_for_all = false;
    const auto read_rule = [&one_is_for_all](const Json& element,
                                             const Place& where) -> Result<ContainerRule> {
        ContainerRule rule;
        TRY(tables::read_object(element, where, rule_table(), rule));
        if (one_is_for_all)
            return refuse(where, "is never asked: the rule before it matches every container");
        one_is_for_all = rule.match == Match();
        return rule;
    };
    TRY(tables::read_list(value, place, rules, read_rule));
    if (rules.size() > most_rules)
        return refuse(place, "at most 1000 rules");
    return rules;
}

Result<tables::Unsupported> read_unsupported_word(const Json& value, const Place& place) {
    return tables::read_word<tables::Unsupported::notice, tables::Unsupported::refuse>(value,
                                                                                       place);
}

/// What a pattern that describes nothing was meant for would go on as if it were not there.
Result<> check_unsupported_pattern(const std::string& pattern, const Place& place) {
    TRY(read_pattern(Json(pattern), place));
    const bool is_for_one =
        std::ranges::any_of(tables::unsupported_fields, [&](std::string_view field) {
            return tables::describes(pattern, field);
        });
    if (is_for_one)
        return {};
    return refuse(place,
                  "describes none of the fields that are not supported, nor a part of one: " +
                      tables::list_of_unsupported_fields());
}

/// A word for all fields, or words by patterns of fields.
Result<tables::UnsupportedFields> read_unsupported(const Json& value, const Place& place) {
    tables::UnsupportedFields fields;
    if (!value.is_object()) {
        TRY(const auto word, read_unsupported_word(value, place));
        fields.emplace_back("*", word);
        return fields;
    }
    if (value.size() > most_rules)
        return refuse(place, "at most 1000 patterns");
    tables::Parts parts(place);
    if (!parts.add(tables::read_members(value, place, fields, read_unsupported_word)))
        return parts.result().error();
    for (const auto& [pattern, word] : fields)
        if (!parts.add(check_unsupported_pattern(pattern, join(place, pattern))))
            break;
    TRY(parts.result());
    return fields;
}

/// A section of what stands for something, kept beside the others.
template <auto Member, auto Read>
constexpr FieldRow<HostFile> section(std::string_view name) {
    return {name, tables::Support::honoured,
            [](const Json& value, const Place& place, HostFile& into) {
                return tables::store<Member, Read>(value, place, into.stand_ins);
            }};
}

Table<HostFile> host_file_table() {
    static constexpr auto rows = std::to_array<FieldRow<HostFile>>({
        only_read<&HostFile::containers, read_rules>("containers"),
        only_read<&HostFile::roles_by_label, read_role_patterns>("roles_by_label"),
        only_read<&HostFile::unsupported, read_unsupported>("unsupported"),
        section<&StandIns::values, read_values>("values"),
        section<&StandIns::images, read_images>("images"),
        section<&StandIns::volumes, read_volumes>("volumes"),
        section<&StandIns::log_drivers, read_log_drivers>("logDrivers"),
        section<&StandIns::secrets, read_secrets>("secrets"),
    });
    return {rows};
}

Result<HostFile> parse(std::string_view yaml, tables::Lines& lines, tables::Reading& reading) {
    TRY(const auto document,
        tables::read_yaml(yaml, tables::PlainScalars::typed, tables::Tags::refused, &lines));
    HostFile file;
    if (document.is_null())
        return file;
    Place place;
    place.reading = &reading;
    if (auto read = tables::read_object(document, place, host_file_table(), file); !read) {
        reading.findings.note_fault(read.error());
        return std::move(read).error();
    }
    return file;
}

/// All that was found, or what kept it from being looked for.
HostFileFaults faults_of(const base::Error& first, const tables::Reading& reading,
                         const tables::Lines& lines) {
    HostFileFaults faults;
    for (const auto& fault : reading.findings.faults)
        faults.push_back(fault + ("line " + std::to_string(tables::line_of(fault, lines))));
    // Of what is no YAML; it has its line.
    if (faults.empty())
        faults.push_back(first);
    return faults;
}

} // namespace

Result<HostFile> parse_host_file(std::string_view yaml, const std::string& path,
                                 HostFileFaults* faults) {
    tables::Lines lines;
    tables::Reading reading;
    reading.is_lenient = false;
    auto file = parse(yaml, lines, reading);
    if (!file) {
        auto found = faults_of(file.error(), reading, lines);
        auto first = found.front();
        if (faults != nullptr)
            *faults = std::move(found);
        return first;
    }
    file->stand_ins.file = path;
    note_lines(file->stand_ins, lines);
    return file;
}

Result<std::string> read_host_file_text(const std::string& path, bool required) {
    auto text = base::read_trusted_file(path, largest_host_file, base::Readers::anybody);
    if (!text && text.error().code() == Errc::not_found && !required)
        return std::string();
    return text;
}

Result<HostFile> load_host_file(const std::string& path, bool required, HostFileFaults* faults) {
    const auto text = read_host_file_text(path, required);
    if (!text) {
        if (faults != nullptr)
            *faults = {text.error()};
        return text.error();
    }
    auto file = parse_host_file(*text, path, faults);
    if (file)
        return file;
    if (faults != nullptr)
        for (auto& fault : *faults)
            fault = std::move(fault) + path;
    return std::move(file).error() + path;
}

} // namespace agent::rules
