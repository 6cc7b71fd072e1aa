#include "agent/image/credential_helper.hpp"

#include "base/json.hpp"
#include "base/process.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace agent::image {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t max_answer = 64 << 10;

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-');
    });
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
    const auto path = environment.find("PATH");
    TRY(program.path,
        base::find_program(program_name, path == environment.end() ? "" : path->second));
    program.arguments = {"get"};
    program.environment = config::for_programs(environment);
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
