#include "agent/cli/stand_ins.hpp"

#include "agent/cli/mapping.hpp"

namespace agent::cli {

namespace {

using stand_ins::LogDriver;
using stand_ins::SecretSource;
using stand_ins::Section;

std::string shown(const std::string& text) {
    return text;
}

std::string shown(const LogDriver& log_driver) {
    auto text = log_driver.driver;
    for (const auto& [name, value] : log_driver.options)
        text += ", " + name;
    return text;
}

std::string shown(const SecretSource& source) {
    std::string text;
    if (!source.file.empty())
        text = "file " + source.file;
    for (const auto& word : source.program)
        text += (text.empty() ? "program " : " ") + word;
    if (!source.key.empty())
        text += ", key " + source.key;
    if (source.missing == stand_ins::MissingSecret::omit)
        text += text.empty() ? "left out" : ", left out where it is missing";
    return text;
}

template <class Value>
std::string render_section(const std::string& name, const Section<Value>& section) {
    std::string text;
    for (const auto& entry : section)
        text +=
            "#     " + on_a_line(name + ": " + entry.pattern + " -> " + shown(entry.value)) + '\n';
    return text;
}

/// What is filled in for a place holder may be a secret.
std::string render_place_holders(const Section<std::string>& values) {
    std::string text;
    for (const auto& entry : values)
        text += "#     " + on_a_line("values: " + entry.pattern) + '\n';
    return text;
}

} // namespace

std::string render_stand_ins(const stand_ins::StandIns& stand_ins) {
    const auto entries = render_place_holders(stand_ins.values) +
                         render_section("images", stand_ins.images) +
                         render_section("volumes", stand_ins.volumes) +
                         render_section("logDrivers", stand_ins.log_drivers) +
                         render_section("secrets", stand_ins.secrets);
    return "#\n# What stands here for what task definitions name (docs/host.md), by " +
           on_a_line(stand_ins.file) + ", the first that matches counts:\n" +
           (entries.empty() ? "#     nothing\n" : entries);
}

} // namespace agent::cli
