#include "model/identity.hpp"

#include "model/names.hpp"

namespace model {

namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::size_t longest_part = 255;

bool is_plain_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

/// The label's value; "" where it is too long to name anything by.
std::string said(const Labels& labels, std::string_view name) {
    auto value = label_of(labels, name);
    return value.size() <= longest_part ? value : std::string();
}

/// As families, but for the dots that names of Docker's have inside.
std::string as_container_name(std::string_view name) {
    std::string text(name.substr(0, longest_part));
    for (auto& c : text)
        if (!is_plain_letter(c) && c != '.')
            c = '-';
    if (text.starts_with('.'))
        text.front() = '-';
    return text.empty() ? "container" : text;
}

Identity of_compose(const Labels& labels, std::string_view name) {
    const auto project = said(labels, label_compose_project);
    auto service = said(labels, label_compose_service);
    if (service.empty())
        service = name;
    Identity identity{GroupedBy::compose, as_family(project), {}, as_container_name(service), {}};
    const auto number = said(labels, label_compose_number);
    const auto oneoff = said(labels, label_compose_oneoff);
    if (oneoff == "True" || oneoff == "true") {
        // Each `docker compose run` has a slug of its own; before there were any, its name was as good.
        auto run = said(labels, label_compose_slug);
        if (run.empty())
            run = name;
        identity.task_key = join_key({"compose", project, service, "run", run});
    } else if (number.empty() || number == "1") {
        identity.task_key = join_key({"compose", project});
    } else {
        identity.task_key = join_key({"compose", project, service, number});
    }
    return identity;
}

Identity of_swarm(const Labels& labels) {
    const auto service = said(labels, label_swarm_service);
    const auto stack = said(labels, label_stack);
    std::string_view container = service;
    const auto prefix = stack + '_';
    if (!stack.empty() && container.starts_with(prefix) && container.size() > prefix.size())
        container.remove_prefix(prefix.size());
    return {GroupedBy::swarm, as_family(stack.empty() ? service : stack),
            join_key({"swarm", said(labels, label_swarm_task)}), as_container_name(container),
            service};
}

} // namespace

std::string as_family(std::string_view name) {
    std::string family(name.substr(0, longest_part));
    for (auto& c : family)
        if (!is_plain_letter(c))
            c = '-';
    return family;
}

std::string join_key(std::initializer_list<std::string_view> parts) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string key;
    for (const auto part : parts) {
        if (!key.empty())
            key += '/';
        for (const char c : part) {
            if (is_plain_letter(c) || c == '.') {
                key += c;
                continue;
            }
            const auto byte = static_cast<unsigned char>(c);
            key.append({'%', digits[byte >> 4], digits[byte & 0xF]});
        }
    }
    return key;
}

Identity identify(const Labels& labels, std::string_view name) {
    Identity identity;
    if (!said(labels, label_swarm_service).empty() && !said(labels, label_swarm_task).empty())
        identity = of_swarm(labels);
    else if (!said(labels, label_compose_project).empty())
        identity = of_compose(labels, name);
    else
        identity = {GroupedBy::nobody, {}, {}, as_container_name(name), {}};
    if (const auto own = said(labels, label_own_container_name); !own.empty())
        identity.container_name = as_container_name(own);
    if (const auto own = said(labels, label_own_family); !own.empty())
        identity.family = as_family(own);
    if (const auto own = said(labels, label_own_task); !own.empty()) {
        identity.grouped_by = GroupedBy::label;
        identity.task_key = join_key({"label", own});
        if (identity.family.empty())
            identity.family = as_family(own);
    }
    if (identity.family.empty())
        identity.family = as_family(identity.container_name);
    return identity;
}

} // namespace model
