#include "agent/docker/api_client.hpp"
#include "agent/docker/decode.hpp"
#include "agent/docker/wire.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace agent::docker {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

using Clock = std::chrono::steady_clock;

/// The API version from which on `image inspect` says where an image was pulled from.
constexpr ApiVersion first_with_identity{1, 53};

std::string seconds_text(std::chrono::milliseconds time) {
    return std::to_string(time.count() / 1000) + " s";
}

/// The image's id is the last status of an import's progress.
Result<std::string> read_import(const std::string& body) {
    http::LineQueue lines{http::QueueLimits()};
    TRY(lines.push(body));
    lines.finish();
    std::string id;
    while (const auto line = lines.pop()) {
        TRY(auto progress, decode_progress(*line));
        if (!progress.error.empty())
            return Error(Errc::internal, std::move(progress.error));
        id = std::move(progress.status);
    }
    if (id.empty())
        return Error(Errc::protocol, "the engine named no image id");
    return id;
}

/// A part of what the engine or a registry says, and what it means to our callers.
struct Hint {
    std::string_view part;
    Errc code;
};

// The engine tells a missing tag by 404, and all else that a registry does to it by 500 or in the
// midst of the progress: only the words tell what it was. The first that is found counts.
constexpr std::array hints{
    Hint{"toomanyrequests", Errc::exhausted},
    Hint{"unauthorized", Errc::permission},
    Hint{"authentication required", Errc::permission},
    Hint{"no basic auth credentials", Errc::permission},
    Hint{"incorrect username or password", Errc::permission},
    Hint{"access denied", Errc::permission},
    Hint{"access to the resource is denied", Errc::permission},
    Hint{"denied: ", Errc::permission},
    Hint{"manifest unknown", Errc::not_found},
    Hint{"name unknown", Errc::not_found},
    Hint{"no matching manifest", Errc::not_found},
    Hint{"Client.Timeout", Errc::timeout},
    Hint{"TLS handshake timeout", Errc::timeout},
    Hint{"i/o timeout", Errc::timeout},
    Hint{"context deadline exceeded", Errc::timeout},
    Hint{"dial tcp", Errc::io},
    Hint{"no such host", Errc::io},
    Hint{"connection refused", Errc::io},
    Hint{"connection reset", Errc::io},
    Hint{"x509: ", Errc::io},
    Hint{"server gave HTTP response to HTTPS client", Errc::io},
    Hint{"EOF", Errc::io},
};

Errc failure_kind(std::string_view message, Errc otherwise) {
    for (const auto& hint : hints)
        if (message.find(hint.part) != std::string_view::npos)
            return hint.code;
    return otherwise;
}

/// The engine's refusal to begin, by its words. What befell the connection to the engine stays.
Error refused_pull(const Error& error) {
    const auto code = error.code();
    const bool by_engine =
        code == Errc::internal || code == Errc::not_found || code == Errc::conflict;
    return Error(by_engine ? failure_kind(error.what(), code) : code, error.what());
}

/// Reads a pull's progress to its end.
Async<Result<>> follow_pull(std::unique_ptr<http::LineStream> lines, Progress progress,
                            Deadlines deadlines, Clock::time_point end) {
    auto patience = deadlines.pull_first_progress;
    for (;;) {
        const auto left = end - Clock::now();
        const auto limit = std::min<Clock::duration>(patience, left);
        CO_TRY(const auto item, co_await lines->next(limit));
        if (item.kind == http::StreamItem::Kind::end)
            co_return Result<>();
        if (item.kind == http::StreamItem::Kind::nothing_yet) {
            const auto passed = limit == left ? deadlines.pull_total : patience;
            co_return Error(Errc::timeout, limit == left
                                               ? "not complete within " + seconds_text(passed)
                                               : "no progress for " + seconds_text(passed));
        }
        CO_TRY(auto line, decode_progress(item.line));
        if (!line.error.empty()) {
            const auto kind = failure_kind(line.error, Errc::internal);
            co_return Error(kind, std::move(line.error));
        }
        if (progress)
            progress(line);
        patience = deadlines.pull_inactivity;
    }
}

} // namespace

Async<Result<std::optional<ImageInspect>>> ApiClient::inspect_image(std::string reference) {
    const std::string what = "docker inspect image " + reference;
    Request request;
    request.target = "/images/" + escape(reference, "/:@") + "/json";
    request.deadline = options_.deadlines.inspect;
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    if (answer.status == 404)
        co_return std::nullopt;
    CO_TRY(auto image, in_context(what, decode_image(answer.body)));
    // An engine that keeps a record of pulls says nothing where there was none.
    if (!image.pulled_from && *version_ >= first_with_identity)
        image.pulled_from.emplace();
    co_return std::move(image);
}

Async<Result<std::vector<std::string>>>
ApiClient::list_image_names(std::vector<std::string> labels) {
    const std::string what = "docker list images";
    Request request;
    request.target = "/images/json";
    if (!labels.empty())
        request.target += "?filters=" + escape(filters_json({{"label", std::move(labels)}}));
    request.deadline = options_.deadlines.list;
    request.body_limit = list_limit;
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_image_names(answer.body));
}

Async<Result<std::set<std::string>>> ApiClient::list_image_ids() {
    const std::string what = "docker list images";
    Request request;
    request.target = "/images/json?all=true";
    request.deadline = options_.deadlines.list;
    request.body_limit = list_limit;
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_image_ids(answer.body));
}

Async<Result<>> ApiClient::pull_image(std::string reference,
                                      std::optional<std::string> registry_auth, Progress progress) {
    const std::string what = "docker pull image " + reference;
    const auto deadlines = options_.deadlines;
    const auto end = Clock::now() + deadlines.pull_total;
    const auto image = split_reference(reference);
    auto request =
        post("/images/create?fromImage=" + escape(image.name) + "&tag=" + escape(image.tag),
             std::min(deadlines.pull_first_progress, deadlines.pull_total));
    if (registry_auth)
        request.headers.push_back("X-Registry-Auth: " + *registry_auth);
    auto lines = co_await stream(what, std::move(request));
    if (!lines)
        co_return refused_pull(lines.error());
    auto result = co_await follow_pull(std::move(*lines), std::move(progress), deadlines, end);
    co_return in_context(what, std::move(result));
}

Async<Result<std::string>> ApiClient::import_image(std::string tar, std::string repository,
                                                   std::string tag,
                                                   std::vector<std::string> changes) {
    const std::string what = "docker import image " + repository + ":" + tag;
    // In one parameter: Podman passes over a tag of its own.
    auto request = post("/images/create?fromSrc=-&repo=" + escape(repository + ':' + tag),
                        options_.deadlines.import_image);
    for (const auto& change : changes)
        request.target += "&changes=" + escape(change);
    request.body = std::move(tar);
    request.headers.push_back("Content-Type: application/x-tar");
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, read_import(answer.body));
}

Async<Result<bool>> ApiClient::remove_image(std::string reference) {
    auto what = "docker remove image " + reference;
    auto target = "/images/" + escape(reference);
    co_return co_await remove(std::move(what), std::move(target), options_.deadlines.remove);
}

} // namespace agent::docker
