// AWS::ECS::TaskDefinition as a CloudFormation template has it: capitals, and functions instead of values.

#include "agent/definition/written_form.hpp"
#include "agent/tables/values.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace agent::definition {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using tables::Json;
using tables::Place;

constexpr std::string_view task_definition_type = "AWS::ECS::TaskDefinition";
constexpr std::size_t longest_function = 64; ///< its name
/// Of all that functions are given and make: a parameter can be named again and again.
constexpr std::size_t longest_text = std::size_t{4} << 20;
constexpr std::size_t least_weight = 16; ///< bytes that any value counts for

/// CloudFormation's names that are not ECS's with a capital.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> other_names{{
    {"EFSVolumeConfiguration", "efsVolumeConfiguration"},
    {"FSxWindowsFileServerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"},
    {"S3FilesVolumeConfiguration", "s3filesVolumeConfiguration"},
    {"FilesystemId", "fileSystemId"},
    {"IAM", "iam"},
    {"ProxyConfigurationProperties", "properties"},
}};

/// Objects whose names are the author's.
constexpr std::array<std::string_view, 4> maps{"DockerLabels", "DriverOpts", "Labels", "Options"};

/// Fields by whose texts something is looked for: CloudFormation makes texts of numbers and flags there.
constexpr std::array<std::string_view, 6> looked_for{
    "image", "logDriver", "name", "fileSystemId", "fileSystemArn", "rootDirectory"};

/// The properties by which resources are named.
constexpr std::array<std::string_view, 4> name_properties{"RoleName", "LogGroupName", "Name",
                                                          "RepositoryName"};

std::string ecs_name(std::string_view name) {
    const auto other =
        std::ranges::find(other_names, name, &std::pair<std::string_view, std::string_view>::first);
    if (other != other_names.end())
        return std::string(other->second);
    std::string ecs(name);
    if (!ecs.empty() && ecs.front() >= 'A' && ecs.front() <= 'Z')
        ecs.front() = static_cast<char>(ecs.front() - 'A' + 'a');
    return ecs;
}

/// "ContainerDefinitions[0].Image" as "containerDefinitions[0].image".
std::string ecs_path(std::string_view path) {
    std::string ecs;
    while (!path.empty()) {
        const auto dot = path.find('.');
        ecs += (ecs.empty() ? "" : ".") + ecs_name(path.substr(0, dot));
        path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
    }
    return ecs;
}

/// The member of an object, null where there is none.
const Json& member(const Json& object, std::string_view name) {
    static const Json none;
    if (!object.is_object())
        return none;
    const auto found = object.find(std::string(name));
    return found == object.end() ? none : *found;
}

/// As many bytes as a value counts for.
std::size_t weight_of(const Json& value) {
    auto weight = least_weight;
    if (value.is_string())
        weight += value.get_ref<const std::string&>().size();
    if (value.is_structured())
        for (const auto& [name, part] : value.items())
            weight += (value.is_object() ? name.size() : 0) + weight_of(part);
    return weight;
}

bool is_function(const Json& value) {
    if (!value.is_object() || value.size() != 1)
        return false;
    const std::string_view name = value.begin().key();
    constexpr std::string_view prefix = "Fn::";
    return name == "Ref" || (name.starts_with(prefix) && name.size() < longest_function &&
                             std::ranges::all_of(name.substr(prefix.size()), tables::is_word));
}

/// What the functions of a template stand for, as far as that can be told on this host.
class Functions {
public:
    /// `id` is the task definition's name in the template.
    Functions(const Json& document, const Host& host, const GivenValue& given,
              const std::string& id)
        : document_(document),
          given_(given),
          pseudo_parameters_{{"AWS::Region", host.region},
                             {"AWS::AccountId", host.account_id},
                             {"AWS::Partition", "aws"},
                             {"AWS::URLSuffix", "amazonaws.com"},
                             {"AWS::StackName", id}} {}

    /// The value in ECS's words. What cannot be told is noted as a fault, and null.
    Json translate(const Json& value, const Place& place, bool is_map = false) {
        if (is_function(value)) {
            auto made = make(value, place);
            if (made)
                return std::move(*made);
            const auto why = std::move(made).error();
            place.reading->findings.note_fault(place.path.empty() ? why : why + place.path);
            return nullptr;
        }
        if (value.is_object()) {
            auto object = Json::object();
            for (const auto& [name, field] : value.items()) {
                auto own = is_map ? name : ecs_name(name);
                const auto inner = join(place, own);
                const bool holds_map = std::ranges::find(maps, name) != maps.end();
                auto& made = object[own] = translate(field, inner, holds_map);
                if (!is_map && (made.is_number() || made.is_boolean()) &&
                    std::ranges::find(looked_for, own) != looked_for.end())
                    made = made.dump();
            }
            return object;
        }
        if (!value.is_array())
            return value;
        auto list = Json::array();
        for (std::size_t i = 0; i < value.size(); ++i) {
            auto element = translate(value[i], join(place, i));
            const bool is_gone = element.is_null() && !value[i].is_null();
            list.push_back(is_gone ? Json(Json::value_t::discarded) : std::move(element));
        }
        return list;
    }

private:
    static Error unknown(const std::string& function, const std::string& what = {}) {
        return {Errc::invalid_argument,
                function + (what.empty() ? "" : ' ' + tables::in_quotes(what)) +
                    " cannot be told on this host; write there what it stands for"};
    }

    /// Counts what a function is given or has made.
    Result<> count(const Json& value, const std::string& function) {
        if (counted_ <= longest_text)
            counted_ += weight_of(value);
        if (counted_ > longest_text)
            return Error(Errc::too_large, function + " makes too long a text");
        return {};
    }

    /// A function.
    Result<Json> make(const Json& function, const Place& place) {
        TRY(auto told, tell(function, place));
        TRY(count(told, function.begin().key()));
        return told;
    }

    /// A function, or a value as it is.
    Result<Json> tell(const Json& value, const Place& place) {
        if (!is_function(value))
            return value;
        const auto& name = value.begin().key();
        const auto& argument = value.begin().value();
        // What Fn::Sub has of its own is told each time that its text names it.
        TRY(count(argument, name));
        if (name == "Ref" && argument.is_string())
            return refer(argument.get<std::string>(), place);
        if (name == "Fn::GetAtt")
            return attribute(argument, place);
        if (name == "Fn::Join")
            return joined(argument, place);
        if (name == "Fn::Sub")
            return substituted(argument, place);
        if (name == "Fn::FindInMap")
            return found(argument, place);
        if (argument.is_string())
            if (const auto told = given(argument.get<std::string>(), place))
                return Json(*told);
        return unknown(name);
    }

    /// What this host gives comes before what the template says.
    std::optional<std::string> given(const std::string& name, const Place& place) const {
        auto value = given_(name);
        if (value)
            tables::note(place, tables::in_quotes(name) + " is given by this host");
        return value;
    }

    Result<Json> refer(const std::string& name, const Place& place) const {
        if (name == "AWS::NoValue")
            return Json();
        if (const auto value = given(name, place))
            return Json(*value);
        if (const auto known = pseudo_parameters_.find(name); known != pseudo_parameters_.end()) {
            tables::note(place, name + " is this host's word for it");
            return Json(known->second);
        }
        const auto& parameter = member(member(document_, "Parameters"), name);
        const auto& fallback = member(parameter, "Default");
        const auto& type = member(parameter, "Type");
        // The default of one that is kept in SSM is its name there.
        const bool is_kept_elsewhere =
            type.is_string() && type.get_ref<const std::string&>().starts_with("AWS::SSM::");
        if (fallback.is_primitive() && !fallback.is_null() && !is_kept_elsewhere) {
            tables::note(place, "the parameter " + tables::in_quotes(name) + " has its default");
            return fallback;
        }
        return resource(name, "Ref", place);
    }

    /// A resource is known by its name: as if it were made outside of the template.
    Result<Json> resource(const std::string& name, const std::string& function,
                          const Place& place) const {
        const auto& declared = member(member(document_, "Resources"), name);
        if (!declared.is_object())
            return unknown(function, name);
        tables::note(place, "the resource " + tables::in_quotes(name) +
                                " is not made here, its name stands for it");
        for (const auto property : name_properties)
            if (const auto& own = member(member(declared, "Properties"), property); own.is_string())
                return own;
        return Json(name);
    }

    Result<Json> attribute(const Json& argument, const Place& place) const {
        std::string path = argument.is_string() ? argument.get<std::string>() : "";
        if (argument.is_array() && argument.size() == 2 && argument[0].is_string() &&
            argument[1].is_string())
            path = argument[0].get<std::string>() + '.' + argument[1].get<std::string>();
        if (const auto value = given(path, place))
            return Json(*value);
        const auto dot = path.find('.');
        if (dot == std::string::npos || path.substr(dot) != ".Arn")
            return unknown("Fn::GetAtt", path);
        return resource(path.substr(0, dot), "Fn::GetAtt", place);
    }

    /// A text, or what a function makes of one.
    Result<std::string> text_of(const Json& value, const std::string& function,
                                const Place& place) {
        TRY(const auto told, tell(value, place));
        if (!told.is_primitive() || told.is_null())
            return unknown(function);
        TRY(count(told, function));
        return told.is_string() ? told.get<std::string>() : told.dump();
    }

    Result<Json> joined(const Json& argument, const Place& place) {
        if (!argument.is_array() || argument.size() != 2 || !argument[0].is_string() ||
            !argument[1].is_array())
            return unknown("Fn::Join");
        std::string all;
        for (const auto& element : argument[1]) {
            TRY(const auto delimiter, text_of(argument[0], "Fn::Join", place));
            TRY(const auto part, text_of(element, "Fn::Join", place));
            all += (&element == &argument[1].front() ? "" : delimiter) + part;
        }
        return Json(all);
    }

    /// "${Name}" is what `Ref` makes of it, "${Name.Attribute}" what `Fn::GetAtt` does, "${!Name}" itself.
    Result<Json> substituted(const Json& argument, const Place& place) {
        const bool has_own = argument.is_array() && argument.size() == 2;
        const auto& pattern = has_own ? argument[0] : argument;
        const auto& own = has_own ? argument[1] : argument;
        if (!pattern.is_string())
            return unknown("Fn::Sub");
        std::string_view rest = pattern.get_ref<const std::string&>();
        std::string all;
        while (!rest.empty()) {
            const auto begin = rest.find("${");
            const auto end = begin == rest.npos ? rest.npos : rest.find('}', begin);
            if (end == rest.npos)
                break;
            all += rest.substr(0, begin);
            const std::string name(rest.substr(begin + 2, end - begin - 2));
            rest.remove_prefix(end + 1);
            if (name.starts_with('!')) {
                all += "${" + name.substr(1) + '}';
                continue;
            }
            const bool is_attribute = name.find('.') != std::string::npos;
            auto value = member(own, name);
            if (value.is_null())
                value[is_attribute ? "Fn::GetAtt" : "Ref"] = name;
            TRY(const auto part, text_of(value, "Fn::Sub", place));
            all += part;
        }
        return Json(all + std::string(rest));
    }

    Result<Json> found(const Json& argument, const Place& place) {
        if (!argument.is_array() || argument.size() != 3)
            return unknown("Fn::FindInMap");
        const auto* at = &member(document_, "Mappings");
        for (const auto& key : argument) {
            TRY(const auto name, text_of(key, "Fn::FindInMap", place));
            at = &member(*at, name);
        }
        if (at->is_null())
            return unknown("Fn::FindInMap");
        return *at;
    }

    const Json& document_;
    const GivenValue& given_;
    std::map<std::string, std::string> pseudo_parameters_;
    std::size_t counted_ = 0;
};

/// The name of the template's one task definition.
Result<std::string> only_definition(const Json& resources) {
    std::string name;
    for (const auto& [id, resource] : resources.items()) {
        if (member(resource, "Type") != task_definition_type)
            continue;
        if (!name.empty())
            return Error(Errc::invalid_argument,
                         "Resources: more than one " + std::string(task_definition_type) + ": " +
                             tables::in_quotes(name) + ", " + tables::in_quotes(id) +
                             "; a file declares one task");
        name = id;
    }
    if (name.empty())
        return Error(Errc::invalid_argument,
                     "Resources: a template without an " + std::string(task_definition_type));
    return name;
}

void move_lines(tables::Lines& lines, const std::string& prefix) {
    tables::Lines moved;
    for (const auto& [path, line] : lines)
        if (path.starts_with(prefix))
            moved.emplace(ecs_path(std::string_view(path).substr(prefix.size())), line);
    lines = std::move(moved);
}

} // namespace

bool is_template(const Json& document) {
    return !member(document, "Resources").is_null() ||
           !member(document, "AWSTemplateFormatVersion").is_null() ||
           member(document, "Type") == task_definition_type ||
           !member(document, "ContainerDefinitions").is_null();
}

Result<Json> from_template(const Json& document, const Host& host, const GivenValue& given,
                           tables::Reading& reading, tables::Lines* lines) {
    const bool is_whole = !member(document, "Resources").is_null() ||
                          !member(document, "AWSTemplateFormatVersion").is_null();
    std::string name = "task";
    std::string prefix;
    const Json* properties = &document;
    if (is_whole) {
        const auto& resources = member(document, "Resources");
        TRY(name, only_definition(resources.is_object() ? resources : Json::object()));
        properties = &member(member(resources, name), "Properties");
        prefix = "Resources." + name + ".Properties.";
    } else if (member(document, "Type") == task_definition_type) {
        properties = &member(document, "Properties");
        prefix = "Properties.";
    }
    reading.findings.note(is_whole ? "CloudFormation's " + std::string(task_definition_type) + ' ' +
                                         tables::in_quotes(name) +
                                         "; nothing else of the template is made here"
                                   : std::string("CloudFormation's words for ECS's"),
                          "");
    reading.scalars_are_texts = true;
    Place place;
    place.reading = &reading;
    auto definition = Functions(document, host, given, name).translate(*properties, place);
    // CloudFormation makes one up.
    if (definition.is_object() && member(definition, "family").is_null() &&
        std::ranges::none_of(reading.findings.faults,
                             [](const Error& fault) { return tables::path_of(fault) == "family"; }))
        definition["family"] = name;
    if (lines)
        move_lines(*lines, prefix);
    return definition;
}

} // namespace agent::definition
