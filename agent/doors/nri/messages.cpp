#include "agent/doors/nri/messages.hpp"

#include <nri.pb.h>

#include <iterator>
#include <utility>

namespace agent::doors::nri {

namespace {

/// The number of CreateContainer among the events of NRI, from 1.
constexpr int create_container_event = 4;

template <class Message>
std::optional<Message> parse(std::string_view bytes) {
    Message message;
    // Frames have at most 4 MiB.
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return std::nullopt;
    return message;
}

// A message may be 4 MiB, and the loop does nothing else meanwhile: what was parsed is moved on.

Container container_of(ecs_nri::Container& message) {
    Container container;
    container.id = std::move(*message.mutable_id());
    container.name = std::move(*message.mutable_name());
    for (auto& label : *message.mutable_labels())
        container.labels.insert_or_assign(std::move(*label.mutable_key()),
                                          std::move(*label.mutable_value()));
    container.environment.assign(std::move_iterator(message.mutable_env()->begin()),
                                 std::move_iterator(message.mutable_env()->end()));
    return container;
}

} // namespace

std::string encode(const Call& call, std::chrono::nanoseconds timeout) {
    ecs_nri::Request message;
    message.set_service(call.service);
    message.set_method(call.method);
    message.set_payload(call.payload);
    message.set_timeout_nano(timeout.count());
    return message.SerializeAsString();
}

std::optional<Call> decode_call(std::string_view bytes) {
    auto message = parse<ecs_nri::Request>(bytes);
    if (!message)
        return std::nullopt;
    return Call{message->service(), message->method(), std::move(*message->mutable_payload())};
}

std::string encode(const Answer& answer) {
    ecs_nri::Response message;
    if (answer.code != 0) {
        message.mutable_status()->set_code(answer.code);
        message.mutable_status()->set_message(answer.message);
    }
    message.set_payload(answer.payload);
    return message.SerializeAsString();
}

std::optional<Answer> decode_answer(std::string_view bytes) {
    const auto message = parse<ecs_nri::Response>(bytes);
    if (!message)
        return std::nullopt;
    return Answer{message->status().code(), message->status().message(), message->payload()};
}

std::string registration(const std::string& name, const std::string& index) {
    ecs_nri::RegisterPlugin message;
    message.set_plugin_name(name);
    message.set_plugin_idx(index);
    return message.SerializeAsString();
}

std::optional<Runtime> decode_configure(std::string_view payload) {
    const auto message = parse<ecs_nri::Configure>(payload);
    if (!message)
        return std::nullopt;
    return Runtime{message->runtime_name(), message->runtime_version()};
}

std::string subscription_to_creates() {
    ecs_nri::Subscription message;
    message.set_events(1 << (create_container_event - 1));
    return message.SerializeAsString();
}

std::optional<Listing> decode_synchronize(std::string_view payload) {
    auto message = parse<ecs_nri::Synchronize>(payload);
    if (!message)
        return std::nullopt;
    Listing listing;
    listing.more = message->more();
    for (auto& container : *message->mutable_containers())
        listing.containers.push_back(container_of(container));
    return listing;
}

std::string synchronized(bool more) {
    ecs_nri::SynchronizeAnswer message;
    message.set_more(more);
    return message.SerializeAsString();
}

std::optional<Container> decode_create(std::string_view payload) {
    auto message = parse<ecs_nri::CreateContainer>(payload);
    if (!message)
        return std::nullopt;
    return container_of(*message->mutable_container());
}

std::string encode(const Adjustment& adjustment) {
    ecs_nri::CreateContainerAnswer message;
    if (adjustment.empty())
        return {};
    auto& sent = *message.mutable_adjust();
    for (const auto& [name, value] : adjustment.variables) {
        auto& variable = *sent.add_env();
        variable.set_key(name);
        variable.set_value(value);
    }
    if (adjustment.bind) {
        auto& mount = *sent.add_mounts();
        mount.set_destination(adjustment.bind->target);
        mount.set_type("bind");
        mount.set_source(adjustment.bind->source);
        mount.add_options("ro"); // the engine takes no other
    }
    return message.SerializeAsString();
}

} // namespace agent::doors::nri
