// Requests to the volume plugin (agent/doors/volumes/calls): the first line is the path, the rest the body.
// What is taken names a volume that is one plain part of a path; what is refused is told in a short line;
// what is answered is JSON that says the same.

#include "agent/doors/volumes/calls.hpp"
#include "base/json.hpp"
#include "metadatafile/paths.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

namespace plugin = agent::doors::volumes;
using fuzz::require;

/// A name that the engine is told, as it will read it.
std::string told_volume_name(const std::string& answer) {
    const auto document = base::parse_json(answer);
    require(document.has_value(), "an answer is no JSON:\n" + answer);
    return (*document)["Volume"]["Name"].get<std::string>();
}

void check_named_volume(const std::string& volume) {
    require(plugin::is_volume_name(volume), "a call of what is no volume");
    require(metadatafile::check_name(volume).has_value(), "no part of a path: " + volume);
    const std::string root = "/data/metadata";
    const auto directory = metadatafile::volume_directory_below(root, volume);
    require(directory == root + "/~volumes/" + volume + "/_data", "another place: " + directory);
    fuzz::require_same(told_volume_name(plugin::render_volume({volume, directory})), volume,
                       "another name");
    // As the engine writes it, it is read again.
    const auto again =
        plugin::read_call("/VolumeDriver.Mount", base::to_go_json({{"Name", volume}, {"ID", "1"}}));
    require(again && again->volume == volume, "a name is not read again: " + volume);
}

void check_refused_call(const base::Error& error) {
    require(error.what().size() <= 256, "a long line");
    const auto document = base::parse_json(plugin::render_outcome(error.what()));
    require(document && (*document)["Err"].is_string(), "a refusal is no JSON");
    require(!(*document)["Err"].get<std::string>().empty(), "a refusal without a reason");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto line = std::min(text.find('\n'), text.size());
    const auto call =
        plugin::read_call(text.substr(0, line), text.substr(std::min(line + 1, size)));
    if (!call)
        check_refused_call(call.error());
    else if (!call->volume.empty())
        check_named_volume(call->volume);
    else
        require(call->method == plugin::Method::activate ||
                    call->method == plugin::Method::capabilities ||
                    call->method == plugin::Method::list,
                "a call of no volume");
    return 0;
}
