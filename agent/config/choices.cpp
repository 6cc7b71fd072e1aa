#include "agent/config/choices.hpp"

#include "agent/config/values.hpp"

#include <algorithm>
#include <array>

namespace agent::config {

namespace {

using base::Errc;
using base::Error;
using base::Result;

template <class Choice>
struct Word {
    std::string_view text;
    Choice choice;
};

constexpr std::array<Word<PullBehavior>, 4> pull_behaviors{
    {{"default", PullBehavior::default_},
     {"always", PullBehavior::always},
     {"once", PullBehavior::once},
     {"prefer-cached", PullBehavior::prefer_cached}}};

constexpr std::array<Word<EngineAuthType>, 3> engine_auth_types{
    {{"", EngineAuthType::none},
     {"dockercfg", EngineAuthType::dockercfg},
     {"docker", EngineAuthType::docker}}};

template <class Choice, std::size_t count>
std::string word_of(const std::array<Word<Choice>, count>& words, Choice choice) {
    return std::string(std::ranges::find(words, choice, &Word<Choice>::choice)->text);
}

} // namespace

Result<> from_string(std::string_view text, PullBehavior& value) {
    const auto* const found = std::ranges::find(pull_behaviors, text, &Word<PullBehavior>::text);
    if (found == pull_behaviors.end())
        return Error(Errc::invalid_argument,
                     "expected default, always, once or prefer-cached, got " + quote(text));
    value = found->choice;
    return {};
}

Result<> from_string(std::string_view text, EngineAuthType& value) {
    const auto* const found =
        std::ranges::find(engine_auth_types, text, &Word<EngineAuthType>::text);
    // What was given is not shown: it may be the data, in the wrong place.
    if (found == engine_auth_types.end())
        return Error(Errc::invalid_argument, "expected dockercfg or docker");
    value = found->choice;
    return {};
}

Result<> from_string(std::string_view text, Switch& value) {
    bool on = false;
    if (text == "auto") {
        value = Switch::automatic;
        return {};
    }
    if (!from_string(text, on))
        return Error(Errc::invalid_argument, "expected auto, true or false, got " + quote(text));
    value = on ? Switch::on : Switch::off;
    return {};
}

std::string to_string(PullBehavior value) {
    return word_of(pull_behaviors, value);
}

std::string to_string(EngineAuthType value) {
    return word_of(engine_auth_types, value);
}

std::string to_string(Switch value) {
    return value == Switch::automatic ? "auto" : to_string(value == Switch::on);
}

} // namespace agent::config
