#include "agent/docker/wire.hpp"

#include "agent/docker/decode.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace agent::docker {

namespace {

using base::Errc;

/// What a status means to our callers, and its name.
struct Meaning {
    long status;
    Errc code;
    std::string_view name;
};

/// A part of what Podman says with a 500, and the status that Docker has for it.
struct PodmansWords {
    std::string_view part;
    long status;
};

constexpr std::array podmans_words{
    PodmansWords{"no such container", 404},
    PodmansWords{"container state improper", 409}, // it runs, or does not, or is being removed
    PodmansWords{"that name is already in use", 409},
    PodmansWords{"network already exists", 409},
    PodmansWords{"is already used on the host or by another config", 409}, // a subnet
    PodmansWords{"network is being used", 409},
};

constexpr std::array meanings{
    Meaning{400, Errc::invalid_argument, "Bad Request"},
    Meaning{401, Errc::permission, "Unauthorized"},
    Meaning{403, Errc::conflict, "Forbidden"}, // a state that forbids it: address pools overlap, …
    Meaning{404, Errc::not_found, "Not Found"},
    Meaning{405, Errc::unsupported, "Method Not Allowed"},
    Meaning{409, Errc::conflict, "Conflict"},
    Meaning{500, Errc::internal, "Internal Server Error"},
    Meaning{501, Errc::unsupported, "Not Implemented"},
    Meaning{502, Errc::unavailable, "Bad Gateway"},
    Meaning{503, Errc::unavailable, "Service Unavailable"},
    Meaning{504, Errc::unavailable, "Gateway Timeout"},
};

Meaning meaning_of(long status) {
    for (const auto& meaning : meanings) {
        if (meaning.status == status)
            return meaning;
    }
    if (status >= 500)
        return {status, Errc::internal, "Server Error"};
    if (status >= 400)
        return {status, Errc::invalid_argument, "Refused"};
    return {status, Errc::protocol, "Unexpected"};
}

} // namespace

Request post(std::string target, std::chrono::milliseconds deadline) {
    Request request;
    request.method = "POST";
    request.target = std::move(target);
    request.deadline = deadline;
    return request;
}

Request post_json(std::string target, std::string body, std::chrono::milliseconds deadline) {
    auto request = post(std::move(target), deadline);
    request.body = std::move(body);
    request.headers.push_back("Content-Type: application/json");
    return request;
}

std::string filters_json(const std::map<std::string, std::vector<std::string>>& filters) {
    auto document = nlohmann::json::object();
    for (const auto& [key, values] : filters) {
        for (const auto& value : values)
            document[key][value] = true;
    }
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ImageReference split_reference(std::string_view reference) {
    if (const auto at = reference.find('@'); at != std::string_view::npos)
        return {std::string(reference.substr(0, at)), std::string(reference.substr(at + 1))};
    const auto colon = reference.rfind(':');
    const auto slash = reference.rfind('/');
    const bool is_port = slash != std::string_view::npos && colon < slash;
    if (colon == std::string_view::npos || is_port)
        return {std::string(reference), "latest"};
    return {std::string(reference.substr(0, colon)), std::string(reference.substr(colon + 1))};
}

std::vector<std::string> with_podmans_names(std::vector<std::string> actions) {
    const auto add = [&](std::string_view docker, std::string_view podman) {
        if (std::find(actions.begin(), actions.end(), docker) != actions.end())
            actions.emplace_back(podman);
    };
    add("die", "died");
    add("destroy", "remove");
    return actions;
}

std::string to_event_time(std::int64_t nano) {
    constexpr std::int64_t second = 1'000'000'000;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%lld.%09lld", static_cast<long long>(nano / second),
                  static_cast<long long>(nano % second));
    return text.data();
}

long status_in_dockers_sense(const Response& response) {
    if (response.status != 500)
        return response.status;
    const auto message = decode_error_message(response.body);
    for (const auto& [part, status] : podmans_words)
        if (message.find(part) != std::string::npos)
            return status;
    return response.status;
}

base::Error refusal(std::string_view what, const Response& response) {
    const auto meaning = meaning_of(response.status);
    std::string text(what);
    text.append(": ").append(std::to_string(response.status)).append(" ").append(meaning.name);
    if (const auto message = decode_error_message(response.body); !message.empty())
        text.append(": ").append(message);
    return base::Error(meaning.code, std::move(text));
}

} // namespace agent::docker
