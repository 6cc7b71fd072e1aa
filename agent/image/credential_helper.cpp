#include "agent/image/credential_helper.hpp"

#include "base/json.hpp"
#include "base/process.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace agent::image {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t max_answer = 64 << 10;
constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-');
    });
}

Result<std::string> find_program(const std::string& program,
                                 const config::Environment& environment) {
    const auto found = environment.find("PATH");
    std::string_view rest = found != environment.end() ? found->second : default_path;
    while (!rest.empty()) {
        const auto folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        auto path = std::string(folder) + "/" + program;
        if (folder.starts_with('/') && ::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return Error(Errc::not_found, program + " is not in PATH");
}

/// What the helper needs of our environment: all but our own secret.
std::vector<std::string> handed_on(const config::Environment& environment) {
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment)
        if (name != "ECS_ENGINE_AUTH_DATA")
            variables.push_back(name + "=" + value);
    return variables;
}

Result<Login> read_answer(const std::string& answer) {
    const auto document = base::parse_json(answer);
    const auto text = [&](const char* field) {
        const auto found = document->find(field);
        return found != document->end() && found->is_string() ? found->get<std::string>() : "";
    };
    if (!document || !document->is_object() || text("Secret").empty())
        return Error(Errc::protocol, "expected JSON with Username and Secret");
    Login login{text("Username"), text("Secret"), {}};
    // The user's name when the secret is a token.
    if (login.username == "<token>")
        return Login{{}, {}, std::move(login.password)};
    return login;
}

} // namespace

Result<std::optional<Login>> ask_credential_helper(const std::string& name,
                                                   const std::string& server,
                                                   const config::Environment& environment,
                                                   std::chrono::milliseconds limit) {
    if (!is_name(name))
        return Error(Errc::invalid_argument,
                     "a credential helper's name has 1 to 64 letters, digits, '_', '.' and '-'");
    const auto program_name = "docker-credential-" + name;
    base::Program program;
    TRY(program.path, find_program(program_name, environment));
    program.arguments = {"get"};
    program.environment = handed_on(environment);
    program.input = server;
    program.limit = limit;
    program.max_output = max_answer;
    TRY(const auto ending, base::run_program(program));
    if (!ending.complete)
        return Error(Errc::too_large, program_name + " said more than 64 KiB");
    if (ending.status != 0 && ending.out.find("credentials not found") != std::string::npos)
        return std::optional<Login>();
    if (ending.status != 0)
        return Error(Errc::io,
                     program_name + " ended with status " + std::to_string(ending.status));
    auto login = read_answer(ending.out);
    if (!login)
        return std::move(login).error() + program_name;
    return std::optional(std::move(*login));
}

} // namespace agent::image
