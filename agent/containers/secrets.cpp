#include "agent/containers/secrets.hpp"

#include "agent/stand_ins/secret_reference.hpp"
#include "base/log.hpp"

#include <utility>

namespace agent::containers {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using base::Secret;
using stand_ins::MissingSecret;
using stand_ins::SecretSource;

namespace {

/// What the text of a source is known by: a file by its path, a program also by the secret that it prints.
std::string key_of_text(const SecretSource& source, const std::string& secret) {
    if (source.program.empty())
        return source.file;
    std::string key;
    for (const auto& word : source.program)
        key += word + '\0';
    return key + secret;
}

/// The key of the text that is the value; "": all of it is.
std::string wanted_key(const SecretSource& source, const definition::Secret& secret,
                       const stand_ins::SecretReference& reference) {
    if (source.key == "*")
        return secret.name;
    return source.key.empty() ? reference.key : source.key;
}

std::string words_of(const definition::Secret& secret, std::string_view name) {
    return secret.name + " (" + std::string(name) + ')';
}

} // namespace

Secrets::Secrets(base::WorkerPool& files, base::WorkerPool& programs,
                 config::Environment environment)
    : files_(files), programs_(programs), environment_(std::move(environment)) {}

Async<Result<std::vector<SecretValue>>> Secrets::find(std::vector<definition::Secret> wanted,
                                                      SecretAsker asker,
                                                      stand_ins::StandInsPtr host) {
    const auto stop = co_await base::stop_token();
    std::vector<SecretValue> found;
    Texts texts;
    for (const auto& secret : wanted) {
        if (stop.requested())
            co_return Error(Errc::cancelled, "the task that wants secrets has ended");
        const auto reference = stand_ins::read_secret_reference(secret.value_from);
        const auto* entry = stand_ins::find_secret(host->secrets, reference.names);
        const auto words = words_of(secret, reference.secret);
        if (entry == nullptr) {
            const auto what = std::string(secret_failure) + words + ": nothing in secrets of " +
                              host->file + " says where it is";
            co_return Error(Errc::not_found, what);
        }
        auto value = co_await value_of(secret, entry->value, asker, texts);
        if (value) {
            found.push_back({secret.name, std::move(*value)});
            continue;
        }
        const bool may_be_missing =
            value.error().code() == Errc::not_found && entry->value.missing == MissingSecret::omit;
        if (!may_be_missing) {
            const auto context = std::string(secret_failure) + words;
            co_return std::move(value).error() + context;
        }
        if (!asker.is_told)
            log::warn("a secret is left out, since it is missing", {{"task", asker.task_arn},
                                                                    {"container", asker.container},
                                                                    {"secret", words},
                                                                    log::why(value.error())});
    }
    co_return found;
}

Async<Result<Secret>> Secrets::value_of(definition::Secret secret, const SecretSource& source,
                                        SecretAsker asker, Texts& texts) {
    const auto reference = stand_ins::read_secret_reference(secret.value_from);
    const auto key = key_of_text(source, reference.secret);
    auto text = texts.find(key);
    if (text == texts.end()) {
        auto read = co_await text_of(source, reference.secret, asker);
        text = texts.emplace(key, std::move(read)).first;
    }
    if (!text->second)
        co_return text->second.error();
    const auto wanted = wanted_key(source, secret, reference);
    auto value = wanted.empty() ? text->second : pick_key(*text->second, wanted);
    if (value)
        value = as_value(*value);
    if (value)
        co_return value;
    const auto& place = source.program.empty() ? source.file : source.program.front();
    co_return std::move(value).error() + place;
}

Async<Result<Secret>> Secrets::text_of(const SecretSource& source, std::string secret,
                                       SecretAsker asker) {
    if (!source.file.empty()) {
        auto read = [path = source.file] { return read_secret_file(path); };
        auto text = co_await base::offload(files_, std::move(read));
        co_return text;
    }
    if (source.program.empty())
        co_return Error(Errc::not_found, "this host has none");
    auto run = [source, secret, asker, environment = environment_] {
        return run_secret_program(source, secret, asker, environment);
    };
    auto text = co_await base::offload(programs_, std::move(run));
    co_return text;
}

} // namespace agent::containers
