// Bodies of services (agent/containers): a completed one can be read and says the same a second time;
// completing that changes nothing more.

#include "agent/containers/create_body.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using namespace agent::containers;
using fuzz::require;

void check_refusal(const base::Error& error) {
    require(error.what().find('\n') == std::string::npos, "no line: " + error.what());
    require(error.what().size() <= 256, "a long line");
}

/// What the door of a manager does.
std::string completed(std::string_view body, const Request& request, const Host& host) {
    Minted minted;
    minted.endpoint_id = "{{.Task.ID}}";
    minted.metadata =
        Mount{"volume", "{{.Task.ID}}", "", std::string(metadata_volume_driver), false};
    const auto additions = complete(request, host, plan(request, host), minted);
    const auto text = complete_service_body(body, additions);
    require(text.has_value(), "it can be read and not completed");
    return *text;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto request = read_service_body(text);
    if (!request) {
        check_refusal(request.error());
        return 0;
    }
    Host host;
    host.scope = {"eu-west-1", "123456789012", "default"};
    const auto once = completed(text, *request, host);
    const auto again = read_service_body(once);
    require(again.has_value(), "a completed service is refused");
    require(again->subject.images == request->subject.images &&
                again->subject.networks == request->subject.networks,
            "image or networks have changed");
    fuzz::require_same(completed(once, *again, host), once, "a second completion changes it");
    return 0;
}
