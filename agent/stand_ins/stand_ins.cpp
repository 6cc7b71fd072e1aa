#include "agent/stand_ins/stand_ins.hpp"

#include "agent/stand_ins/image_pattern.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace agent::stand_ins {

namespace {

template <class Value, class Matches>
const Entry<Value>* find_first(const Section<Value>& section, Matches matches) {
    const auto found = std::ranges::find_if(
        section, [&](const Entry<Value>& entry) { return matches(entry.pattern); });
    return found == section.end() ? nullptr : &*found;
}

} // namespace

const Entry<std::string>* find_image(const Section<std::string>& images, std::string_view image) {
    return find_first(images,
                      [&](const std::string& pattern) { return image_matches(pattern, image); });
}

const Entry<LogDriver>* find_log_driver(const Section<LogDriver>& drivers,
                                        std::string_view driver) {
    return find_first(drivers,
                      [&](const std::string& pattern) { return base::matches(pattern, driver); });
}

const Entry<SecretSource>* find_secret(const Section<SecretSource>& secrets,
                                       const std::vector<std::string>& names) {
    return find_first(secrets, [&](const std::string& pattern) {
        return std::ranges::any_of(
            names, [&](const std::string& name) { return base::matches(pattern, name); });
    });
}

bool is_log_driver_automatic(const StandIns& stand_ins, std::string_view driver) {
    const auto* entry = find_log_driver(stand_ins.log_drivers, driver);
    return entry == nullptr || entry->value.driver == auto_log_driver;
}

bool replace_values(std::string& text, const Section<std::string>& values,
                    std::vector<const Entry<std::string>*>& used, std::size_t& left) {
    std::string replaced;
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = std::string_view(text).substr(at);
        const auto* entry =
            find_first(values, [&](const std::string& holder) { return rest.starts_with(holder); });
        if (entry == nullptr) {
            replaced += text[at++];
            continue;
        }
        if (entry->value.size() > left)
            return false;
        left -= entry->value.size();
        replaced += entry->value;
        at += entry->pattern.size();
        if (std::ranges::find(used, entry) == used.end())
            used.push_back(entry);
    }
    text = std::move(replaced);
    return true;
}

} // namespace agent::stand_ins
