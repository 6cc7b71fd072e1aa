#include "agent/doors/volumes/calls.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace agent::doors::volumes {

using base::Errc;
using base::Error;
using base::Result;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_name = 255;
/// Of a text of the caller's in an answer.
constexpr std::size_t longest_quoted = 64;

constexpr std::array<std::pair<std::string_view, Method>, 9> methods{{
    {"/Plugin.Activate", Method::activate},
    {"/VolumeDriver.Capabilities", Method::capabilities},
    {"/VolumeDriver.Create", Method::create},
    {"/VolumeDriver.Get", Method::get},
    {"/VolumeDriver.List", Method::list},
    {"/VolumeDriver.Mount", Method::mount},
    {"/VolumeDriver.Path", Method::path},
    {"/VolumeDriver.Unmount", Method::unmount},
    {"/VolumeDriver.Remove", Method::remove},
}};

std::optional<Method> method_at(std::string_view path) {
    const auto* found =
        std::ranges::find(methods, path, [](const auto& each) { return each.first; });
    return found == methods.end() ? std::nullopt : std::optional(found->second);
}

bool is_about_a_volume(Method method) {
    return method != Method::activate && method != Method::capabilities && method != Method::list;
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string in_quotes(std::string_view text) {
    return '\'' + std::string(text.substr(0, longest_quoted)) + '\'';
}

/// One that was made with options would not do what its user believes.
Result<> refuse_options(const Json& request) {
    const auto options = request.find("Opts");
    if (options == request.end() || options->is_null() || options->empty())
        return {};
    if (!options->is_object())
        return Error(Errc::invalid_argument, "Opts: expected an object");
    return Error(Errc::invalid_argument, "volumes of this driver have no options, got " +
                                             in_quotes(options->begin().key()));
}

Json shown_json(const Shown& volume) {
    return {{"Name", volume.name}, {"Mountpoint", volume.mountpoint}};
}

} // namespace

bool is_volume_name(std::string_view name) {
    const auto is_plain = [](char c) {
        return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
    };
    return !name.empty() && name.size() <= longest_name && is_alphanumeric(name.front()) &&
           std::ranges::all_of(name, is_plain);
}

Result<Call> read_call(std::string_view path, std::string_view body) {
    const auto method = method_at(path);
    if (!method)
        return Error(Errc::not_found, "no such call");
    Call call{*method, {}};
    if (!is_about_a_volume(call.method))
        return call;
    const auto request = base::parse_json(body);
    if (!request || !request->is_object())
        return Error(Errc::invalid_argument, "expected an object with a Name");
    const auto name = request->find("Name");
    if (name == request->end() || !name->is_string())
        return Error(Errc::invalid_argument, "expected an object with a Name");
    call.volume = name->get<std::string>();
    if (!is_volume_name(call.volume))
        return Error(Errc::invalid_argument,
                     in_quotes(call.volume) + " is no name of a volume: expected 1 to 255 letters, "
                                              "digits, '_', '.' or '-', a letter or digit first");
    if (call.method == Method::create)
        TRY(refuse_options(*request));
    return call;
}

std::string render_outcome(std::string_view why_not) {
    return base::to_go_json(Json{{"Err", why_not}});
}

std::string render_volume(const Shown& volume) {
    return base::to_go_json(Json{{"Volume", shown_json(volume)}, {"Err", ""}});
}

std::string render_list(const std::vector<Shown>& volumes) {
    auto list = Json::array();
    for (const auto& volume : volumes)
        list.push_back(shown_json(volume));
    return base::to_go_json(Json{{"Volumes", std::move(list)}, {"Err", ""}});
}

std::string render_mountpoint(std::string_view directory) {
    return base::to_go_json(Json{{"Mountpoint", directory}, {"Err", ""}});
}

std::string render_activation(bool is_driver) {
    Json document;
    document["Implements"] = Json::array();
    if (is_driver)
        document["Implements"].push_back("VolumeDriver");
    return base::to_go_json(document);
}

std::string render_capabilities() {
    Json document;
    document["Capabilities"]["Scope"] = "local";
    return base::to_go_json(document);
}

} // namespace agent::doors::volumes
