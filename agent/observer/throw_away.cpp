#include "agent/observer/throw_away.hpp"

#include <string>

namespace agent::observer {

bool is_throw_away(std::string_view name, const docker::StringMap& labels) {
    const auto equals = throw_away_label.find('=');
    const auto label = labels.find(std::string(throw_away_label.substr(0, equals)));
    return label != labels.end() && label->second == throw_away_label.substr(equals + 1) &&
           name.starts_with('/') && name.substr(1).starts_with(throw_away_name);
}

} // namespace agent::observer
