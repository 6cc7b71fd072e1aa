#include "agent/stand_ins/secret_reference.hpp"

#include <algorithm>
#include <cctype>

namespace agent::stand_ins {

namespace {

/// Parts of "arn:aws:secretsmanager:<region>:<account>:secret:<name>:<key>:<stage>:<version>".
constexpr std::size_t service_part = 2;
constexpr std::size_t kind_part = 5;
constexpr std::size_t name_part = 6;
constexpr std::size_t key_part = 7;

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto colon = text.find(':');
        parts.push_back(text.substr(0, colon));
        if (colon == std::string_view::npos)
            return parts;
        text.remove_prefix(colon + 1);
    }
}

/// "shop/db" for "shop/db-AbCdEf"; the same for a name without such an end.
std::string_view without_suffix(std::string_view name) {
    constexpr std::size_t suffix = 6;
    if (name.size() <= suffix + 1 || name[name.size() - suffix - 1] != '-')
        return name;
    const auto end = name.substr(name.size() - suffix);
    const bool is_suffix = std::ranges::all_of(
        end, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
    return is_suffix ? name.substr(0, name.size() - suffix - 1) : name;
}

class Names {
public:
    explicit Names(std::vector<std::string>& names) : names_(names) {}
    void add(std::string_view name) {
        if (!name.empty() && std::ranges::find(names_, name) == names_.end())
            names_.emplace_back(name);
    }

private:
    std::vector<std::string>& names_;
};

} // namespace

SecretReference read_secret_reference(std::string_view value_from) {
    SecretReference reference;
    Names names(reference.names);
    names.add(value_from);
    reference.secret = value_from;
    const auto parts = parts_of(value_from);
    const bool is_arn = parts.size() > kind_part && parts.front() == "arn";
    if (is_arn && parts[service_part] == "secretsmanager" && parts.size() > name_part) {
        const auto name = parts[name_part];
        const auto end = static_cast<std::size_t>(name.data() + name.size() - value_from.data());
        reference.secret = value_from.substr(0, end);
        if (parts.size() > key_part)
            reference.key = parts[key_part];
        names.add(reference.secret);
        names.add(name);
        names.add(without_suffix(name));
    }
    constexpr std::string_view parameter = "parameter/";
    if (is_arn && parts[service_part] == "ssm" && parts[kind_part].starts_with(parameter)) {
        const auto name = value_from.substr(value_from.find(parameter) + parameter.size());
        names.add(name);
        names.add('/' + std::string(name));
    }
    return reference;
}

} // namespace agent::stand_ins
