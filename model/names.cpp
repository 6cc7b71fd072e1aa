#include "model/names.hpp"

#include "base/ids.hpp"

#include <algorithm>
#include <cctype>

namespace model {

namespace {

constexpr std::size_t suffix_digits = 20;

/// `ecs-<family>-<revision>-<name>`, with of the name only what Docker takes.
std::string readable_part(std::string_view family, std::string_view revision,
                          std::string_view name) {
    std::string text = "ecs-";
    text += family;
    text += '-';
    text += revision;
    text += '-';
    for (const char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-')
            text += c;
    return text;
}

/// The same 20 hex digits for the same seed.
std::string suffix_of(std::string_view seed) {
    std::string suffix;
    for (const char c : base::name_uuid(seed))
        if (c != '-' && suffix.size() < suffix_digits)
            suffix += c;
    return suffix;
}

} // namespace

std::string label_of(const std::map<std::string, std::string>& labels, std::string_view name) {
    const auto found = labels.find(std::string(name));
    return found == labels.end() ? std::string() : found->second;
}

std::string docker_name(const ContainerIdentity& identity) {
    const auto seed = std::string(identity.task_arn) + ' ' + std::string(identity.container_name);
    return readable_part(identity.family, identity.revision, identity.container_name) + '-' +
           suffix_of(seed);
}

std::string volume_name(const VolumeIdentity& identity) {
    constexpr std::size_t longest_name = 255;
    const auto seed =
        std::string(identity.task_arn) + " volume " + std::string(identity.volume_name);
    auto name = readable_part(identity.family, identity.revision, identity.volume_name);
    name.resize(std::min(name.size(), longest_name - 1 - suffix_digits));
    return name + '-' + suffix_of(seed);
}

std::map<std::string, std::string> volume_labels(std::string_view task_arn) {
    return {{std::string(own_label), "volume"},
            {std::string(label_task_arn), std::string(task_arn)}};
}

std::string task_of_volume(const std::map<std::string, std::string>& labels) {
    const auto arn = labels.find(std::string(label_task_arn));
    const auto kind = labels.find(std::string(own_label));
    const bool is_ours = arn != labels.end() && kind != labels.end() && kind->second == "volume";
    return is_ours ? arn->second : std::string();
}

std::map<std::string, std::string> ecs_labels(const ContainerIdentity& identity) {
    return {
        {std::string(label_task_arn), std::string(identity.task_arn)},
        {std::string(label_container_name), std::string(identity.container_name)},
        {std::string(label_family), std::string(identity.family)},
        {std::string(label_revision), std::string(identity.revision)},
        {std::string(label_cluster), std::string(identity.cluster)},
    };
}

bool is_throw_away(std::string_view name, const std::map<std::string, std::string>& labels) {
    const auto equals = throw_away_label.find('=');
    return label_of(labels, throw_away_label.substr(0, equals)) ==
               throw_away_label.substr(equals + 1) &&
           name.starts_with('/') && name.substr(1).starts_with(throw_away_name);
}

} // namespace model
