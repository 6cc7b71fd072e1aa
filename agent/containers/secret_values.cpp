#include "agent/containers/secret_values.hpp"

#include "agent/containers/environment_file.hpp"
#include "agent/stand_ins/secret_reference.hpp"
#include "agent/tables/document.hpp"
#include "base/private_file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;

namespace {

/// Shorter ones would be found in any text.
constexpr std::size_t shortest_concealed = 4;

Secret as_secret(std::string& text) {
    const base::WipeAtEnd wipe(text);
    return Secret(text);
}

/// Wipes what a parsed document has copied of a secret.
void wipe_texts(nlohmann::json& value) {
    if (value.is_string())
        base::wipe(value.get_ref<std::string&>());
    else if (value.is_structured())
        for (auto& element : value)
            wipe_texts(element);
}

Error no_key(const std::string& key) {
    return {Errc::not_found, "there is no key \"" + key + '"'};
}

Result<Secret> pick_of_object(std::string_view text, const std::string& key) {
    // What follows goes down into it call by call.
    bool is_too_deep = false;
    const auto limit = [&](int depth, nlohmann::json::parse_event_t /*event*/,
                           nlohmann::json& /*parsed*/) {
        const bool fits = depth <= static_cast<int>(tables::max_document_depth);
        is_too_deep = is_too_deep || !fits;
        return fits;
    };
    auto object = nlohmann::json::parse(text, limit, false);
    Result<Secret> picked = no_key(key);
    if (is_too_deep) {
        picked =
            Error(Errc::invalid_argument,
                  "nested deeper than " + std::to_string(tables::max_document_depth) + " levels");
    } else if (!object.is_object()) {
        picked =
            Error(Errc::invalid_argument, "expected a JSON object, since a key of it is wanted");
    } else if (const auto found = object.find(key); found != object.end() && !found->is_null()) {
        auto value = found->is_string() ? found->get<std::string>() : found->dump();
        picked = as_secret(value);
    }
    wipe_texts(object);
    return picked;
}

Result<Secret> pick_of_lines(std::string_view text, const std::string& key) {
    auto variables = parse_environment_file("lines NAME=VALUE", text);
    if (!variables)
        return std::move(variables).error();
    Result<Secret> picked = no_key(key);
    for (auto& [name, value] : variables->variables) {
        if (name == key)
            picked = Secret(value);
        base::wipe(value);
    }
    return picked;
}

/// Whether it can be sent to Docker, whose API is JSON.
bool is_text(std::string_view value) {
    while (!value.empty()) {
        const auto length = base::utf8_length(value);
        if (length == 0 || value.front() == '\0')
            return false;
        value.remove_prefix(length);
    }
    return true;
}

/// A secret that a definition names.
struct SecretInDefinition {
    std::string field;
    definition::Secret secret;
    bool is_login = false; ///< for a registry; without it the host's own serve
};

std::vector<SecretInDefinition> secrets_in(const definition::TaskDefinition& definition) {
    std::vector<SecretInDefinition> found;
    const auto add = [&](const std::vector<definition::Secret>& secrets, const std::string& list) {
        for (std::size_t i = 0; i < secrets.size(); ++i)
            found.push_back({list + '[' + std::to_string(i) + "].valueFrom", secrets[i]});
    };
    for (std::size_t i = 0; i < definition.containers.size(); ++i) {
        const auto& container = definition.containers[i];
        const auto place = "containerDefinitions[" + std::to_string(i) + ']';
        add(container.secrets, place + ".secrets");
        if (container.log_configuration)
            add(container.log_configuration->secret_options,
                place + ".logConfiguration.secretOptions");
        if (!container.repository_credentials.empty())
            found.push_back({place + ".repositoryCredentials.credentialsParameter",
                             {"repositoryCredentials", container.repository_credentials},
                             true});
    }
    return found;
}

const stand_ins::Entry<stand_ins::SecretSource>* entry_for(const SecretInDefinition& named,
                                                           const stand_ins::StandIns& host) {
    const auto names = stand_ins::read_secret_reference(named.secret.value_from).names;
    return stand_ins::find_secret(host.secrets, names);
}

std::string told_source(const stand_ins::SecretSource& source, bool is_login) {
    if (!source.file.empty())
        return "file " + source.file;
    if (!source.program.empty())
        return "program " + source.program.front();
    return is_login ? "the host's own logins" : "left out";
}

Result<> check_login(const Secret& value) {
    const Error wrong(Errc::invalid_argument, "expected a JSON object with username and password");
    for (const auto* field : {"username", "password"}) {
        const auto picked = pick_of_object(value.view(), field);
        if (!picked || picked->empty())
            return wrong;
    }
    return {};
}

/// What Secrets does with a file, as far as whether there is a value.
Result<> try_file(const stand_ins::SecretSource& source, const SecretInDefinition& named) {
    TRY(const auto text, read_secret_file(source.file));
    auto key = source.key == "*" ? named.secret.name : source.key;
    if (key.empty())
        key = stand_ins::read_secret_reference(named.secret.value_from).key;
    auto value = key.empty() ? Result<Secret>(text) : pick_key(text, key);
    if (value)
        value = as_value(*value);
    Result<> usable;
    if (!value)
        usable = value.error();
    else if (named.is_login)
        usable = check_login(*value);
    return usable ? usable : Error(usable.error()) + source.file;
}

/// Whether it is there and may be run by root.
Result<> try_program(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return base::from_errno(path);
    if (!S_ISREG(status.st_mode))
        return Error(Errc::permission, path + ": expected a program");
    if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
        return Error(Errc::permission, path + ": nobody may run it (chmod u+x " + path + ")");
    return {};
}

/// Whether it is we who may not look, unlike the agent, which is root.
bool is_closed_to_us(const Error& error, const std::string& path, int access) {
    return error.code() == Errc::permission && ::geteuid() != 0 &&
           ::access(path.c_str(), access) != 0 && errno == EACCES;
}

/// Nothing where it is as it should be.
std::optional<SecretOutlook> outlook_of(const SecretInDefinition& named,
                                        const stand_ins::SecretSource& source) {
    const bool is_file = !source.file.empty();
    if (!is_file && source.program.empty())
        return std::nullopt;
    const auto& path = is_file ? source.file : source.program.front();
    const auto tried = is_file ? try_file(source, named) : try_program(path);
    if (tried)
        return std::nullopt;
    const auto failure = tried.error();
    const auto& what = failure.what();
    if (is_closed_to_us(failure, path, is_file ? R_OK : F_OK))
        return SecretOutlook{named.field, "cannot be looked into: " + what};
    const bool is_missing = failure.code() == Errc::not_found;
    if (!is_missing || source.missing != stand_ins::MissingSecret::omit)
        return SecretOutlook{named.field, what, true};
    const auto* instead =
        named.is_login ? "is missing, the host's own logins serve: " : "is missing and left out: ";
    return SecretOutlook{named.field, instead + what};
}

} // namespace

Result<Secret> read_secret_file(const std::string& path) {
    TRY(auto text, base::read_trusted_file(path, longest_secret, base::Readers::owner_only));
    return as_secret(text);
}

Result<Secret> run_secret_program(const stand_ins::SecretSource& source, const std::string& secret,
                                  const SecretAsker& asker, config::Environment environment) {
    environment["ECS_SECRET"] = secret;
    environment["ECS_TASK_ARN"] = asker.task_arn;
    environment["ECS_CONTAINER_NAME"] = asker.container;
    base::Program program;
    program.path = source.program.front();
    program.arguments.assign(source.program.begin() + 1, source.program.end());
    program.environment = config::for_programs(environment);
    program.limit = source.timeout;
    program.max_output = longest_secret;
    TRY(auto ending, base::run_program(program));
    const base::WipeAtEnd wipe_out(ending.out);
    const base::WipeAtEnd wipe_err(ending.err);
    if (ending.status != 0)
        return Error(Errc::not_found, program.path + " ended with status " +
                                          std::to_string(ending.status) +
                                          "; run it by hand to see what it says");
    if (!ending.complete)
        return Error(Errc::too_large, program.path + " said more than 64 KiB");
    return Secret(ending.out);
}

Result<Secret> pick_key(const Secret& text, const std::string& key) {
    const auto content = without_byte_order_mark(text.view());
    const bool is_object = base::trim(content).starts_with('{');
    return is_object ? pick_of_object(content, key) : pick_of_lines(content, key);
}

Result<Secret> as_value(const Secret& text) {
    auto value = text.view();
    if (value.ends_with('\n'))
        value.remove_suffix(1);
    if (value.ends_with('\r'))
        value.remove_suffix(1);
    if (!is_text(value))
        return Error(Errc::invalid_argument, "expected text in UTF-8 without the character NUL");
    return Secret(value);
}

Error conceal(const Error& error, const std::vector<SecretValue>& values) {
    auto what = error.what();
    for (const auto& [name, secret] : values) {
        const auto value = secret.view();
        if (value.size() < shortest_concealed)
            continue;
        for (auto at = what.find(value); at != std::string::npos; at = what.find(value, at))
            what.replace(at, value.size(), "***");
    }
    return {error.code(), std::move(what)};
}

std::vector<std::string> unknown_secrets(const definition::TaskDefinition& definition,
                                         const stand_ins::StandIns& host) {
    std::vector<std::string> faults;
    for (const auto& named : secrets_in(definition))
        if (!named.is_login && entry_for(named, host) == nullptr)
            faults.push_back(named.field + ": nothing in secrets of " + host.file + " says where " +
                             stand_ins::read_secret_reference(named.secret.value_from).secret +
                             " is");
    return faults;
}

std::vector<definition::Replacement> named_secrets(const definition::TaskDefinition& definition,
                                                   const stand_ins::StandIns& host) {
    std::vector<definition::Replacement> replaced;
    for (const auto& named : secrets_in(definition))
        if (const auto* entry = entry_for(named, host))
            replaced.push_back({named.field, named.secret.value_from,
                                told_source(entry->value, named.is_login),
                                stand_ins::place_of(host.file, *entry)});
    return replaced;
}

std::vector<SecretOutlook> look_for_secrets(const definition::TaskDefinition& definition,
                                            const stand_ins::StandIns& host) {
    std::vector<SecretOutlook> outlooks;
    for (const auto& named : secrets_in(definition))
        if (const auto* entry = entry_for(named, host))
            if (auto outlook = outlook_of(named, entry->value))
                outlooks.push_back(std::move(*outlook));
    return outlooks;
}

} // namespace agent::containers
