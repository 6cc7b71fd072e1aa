// Configuration files (agent/config): a configuration that is taken, printed and read again is the
// same; what is refused is refused in one line that names the file and shows no secret.

#include "agent/config/load.hpp"
#include "agent/config/options.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

namespace config = agent::config;
using fuzz::require;

config::Sources as_yaml(std::string text) {
    config::Sources sources;
    sources.yaml = config::FileText{"a.yaml", std::move(text)};
    return sources;
}

config::Sources as_ecs_config(std::string text) {
    config::Sources sources;
    sources.ecs_config = config::FileText{"a.config", std::move(text)};
    return sources;
}

bool is_utf8(const config::Sources& sources) {
    const auto& file = sources.yaml ? sources.yaml : sources.ecs_config;
    try {
        return !nlohmann::json(file->text).dump().empty();
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

void check(const config::Sources& sources) {
    const auto loaded = config::assemble(sources);
    if (!loaded) {
        const auto what = loaded.error().what();
        // Where two settings do not go together, the wrong one may be a default.
        const bool named = what.find("a.yaml") != std::string::npos ||
                           what.find("a.config") != std::string::npos ||
                           config::find_row(what.substr(0, what.find(':'))) != nullptr;
        require(named, "neither file nor setting is named: " + what);
        require(what.find('\n') == std::string::npos, "a reason of several lines: " + what);
        return;
    }
    if (!is_utf8(sources))
        return; // YAML cannot say it, so it is printed for people only
    // A secret is not printed, so it is not there when it is read again.
    auto shown = *loaded;
    shown.config.engine_auth_data = {};
    shown.config.engine_auth_type = config::EngineAuthType::none;
    const auto again = config::assemble(as_yaml(config::print_config(shown)));
    require(again.has_value(),
            "what is printed is refused: " + (again ? std::string() : again.error().what()));
    for (const auto& row : config::rows())
        fuzz::require_same(row.show(again->config), row.show(shown.config), row.key);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    check(as_yaml(text));
    check(as_ecs_config(text));
    return 0;
}
