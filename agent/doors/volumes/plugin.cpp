#include "agent/doors/volumes/plugin.hpp"

#include "agent/doors/volumes/calls.hpp"
#include "base/log.hpp"

namespace agent::doors::volumes {

using base::Async;
using handlers::http::Response;

namespace {

constexpr std::string_view plugin_type = "application/vnd.docker.plugins.v1.1+json";
constexpr std::string_view no_such_volume = "no such volume";

constexpr unsigned bad_request = 400;
constexpr unsigned not_found_status = 404;
constexpr unsigned method_not_allowed_status = 405;

Response refusal_of(unsigned status, std::string_view why) {
    base::log::debug("a request to the volume plugin was refused", {{"why", why}});
    return {status, plugin_type, render_outcome(why)};
}

template <class T>
std::string outcome_of(const base::Result<T>& result) {
    return render_outcome(result ? std::string_view() : std::string_view(result.error().what()));
}

} // namespace

Async<Response> Plugin::answer(const handlers::http::Request& request) {
    if (request.method != "POST")
        co_return refusal_of(method_not_allowed_status, "expected POST");
    auto call = read_call(request.target.path, request.body);
    if (!call) {
        const bool unknown = call.error().code() == base::Errc::not_found;
        co_return refusal_of(unknown ? not_found_status : bad_request, call.error().what());
    }
    base::log::debug("volume plugin", {{"call", request.target.path}, {"volume", call->volume}});
    auto read = std::move(*call);
    auto text = co_await perform(std::move(read));
    co_return Response(200, plugin_type, std::move(text));
}

Async<std::string> Plugin::perform(Call call) {
    switch (call.method) {
    case Method::activate: co_return render_activation(is_driver_);
    case Method::capabilities: co_return render_capabilities();
    case Method::list: co_return list();
    case Method::create: {
        const auto created = co_await volumes_.create(call.volume);
        co_return outcome_of(created);
    }
    case Method::remove: {
        const auto removed = co_await volumes_.remove(call.volume);
        co_return outcome_of(removed);
    }
    case Method::mount: {
        const auto mounted = co_await volumes_.mount(call.volume);
        if (!mounted)
            co_return outcome_of(mounted);
        co_return render_mountpoint(*mounted);
    }
    case Method::get:
    case Method::path:
    case Method::unmount: break;
    }
    // An end may come after the volume's, and there is nothing to do for it: the engine mounts one several
    // times (`docker cp`), so what is mounted is told by the containers that have it.
    if (call.method == Method::unmount)
        co_return render_outcome("");
    if (!volumes_.touch(call.volume))
        co_return render_outcome(no_such_volume);
    const auto directory = volumes_.directory_of(call.volume);
    if (call.method == Method::path)
        co_return render_mountpoint(directory);
    co_return render_volume({call.volume, directory});
}

std::string Plugin::list() const {
    std::vector<Shown> shown;
    for (auto& name : volumes_.names()) {
        auto directory = volumes_.directory_of(name);
        shown.push_back({std::move(name), std::move(directory)});
    }
    return render_list(shown);
}

} // namespace agent::doors::volumes
