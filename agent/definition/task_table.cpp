#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

#include <cmath>

namespace agent::definition {

namespace {

using base::Result;
using T = TaskDefinition;

/// Characters, not bytes: ECS's limits on tags are in those.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Result<std::string> read_tag_key(const Json& value, const Place& place) {
    TRY(std::string key, read_text(value, place));
    if (key.empty() || characters(key) > 128)
        return refuse(place, "must have 1 to 128 characters");
    if (key.starts_with("aws:"))
        return refuse(place, "the prefix aws: is reserved");
    return key;
}

Result<std::string> read_tag_value(const Json& value, const Place& place) {
    TRY(std::string text, read_text(value, place));
    if (characters(text) > 256)
        return refuse(place, "must have at most 256 characters");
    return text;
}

Table<KeyValue> tag_table() {
    static constexpr auto rows = std::to_array<FieldRow<KeyValue>>({
        required<&KeyValue::key, read_tag_key>("key"),
        honoured<&KeyValue::value, read_tag_value>("value"),
    });
    return {rows};
}

Result<std::string> read_role(const Json& value, const Place& place) {
    TRY(std::string role, read_text(value, place));
    if (role.size() > 2048 || !std::ranges::all_of(role, [](char c) { return c > ' ' && c < 127; }))
        return expected(place, "the ARN or the name of an IAM role", value);
    return role;
}

Result<model::NetworkMode> read_network_mode(const Json& value, const Place& place) {
    using enum model::NetworkMode;
    if (value == "default")
        return refuse(place, "\"default\" is the network mode of Windows; expected \"bridge\", "
                             "\"host\", \"none\" or \"awsvpc\"");
    return read_word<bridge, host, none, awsvpc>(value, place);
}

Result<bool> read_run(const Json& value, const Place& place) {
    if (value != "always" && value != "once")
        return expected(place, R"("always" or "once")", value);
    return value == "once";
}

Table<T> own_table() {
    static constexpr auto rows = std::to_array<FieldRow<T>>({
        {"run", Support::honoured, store<&T::run_once, read_run>,
         [](const T& task) { return task.run_once ? Json("once") : Json(); }},
        honoured<&T::replace_unhealthy, read_flag>("replaceUnhealthy"),
        honoured<&T::service_name, read_name>("serviceName"),
        objects<&T::associations, association_table>("associations"),
    });
    return {rows};
}

Result<> check_texts(const Json& value, const Place& place, T& /*into*/) {
    TRY(read_texts(value, place));
    return {};
}

Result<> check_list(const Json& value, const Place& place, T& /*into*/) {
    return value.is_array() ? Result<>() : expected(place, "a list", value);
}

Result<> check_object(const Json& value, const Place& place, T& /*into*/) {
    return value.is_object() ? Result<>() : expected(place, "an object", value);
}

} // namespace

Table<T> task_table() {
    static constexpr auto rows = std::to_array<FieldRow<T>>({
        required<&T::family, read_name>("family"),
        honoured<&T::revision, read_whole<1, max_ecs_integer>>("revision"),
        honoured<&T::network_mode, read_network_mode>("networkMode"),
        honoured<&T::pid_mode, read_word<Sharing::task, Sharing::host>>("pidMode"),
        honoured<&T::ipc_mode, read_word<Sharing::task, Sharing::host, Sharing::none>>("ipcMode"),
        {"cpu", Support::honoured, store<&T::cpu_vcpu, read_task_cpu>,
         [](const T& task) {
             return task.cpu_vcpu > 0 ? Json(std::llround(task.cpu_vcpu * 1024)) : Json();
         }},
        honoured<&T::memory_mib, read_task_memory>("memory"),
        honoured<&T::task_role_arn, read_role>("taskRoleArn"),
        honoured<&T::execution_role_arn, read_role>("executionRoleArn"),
        objects<&T::containers, container_table>("containerDefinitions", Support::required),
        objects<&T::volumes, volume_table>("volumes"),
        objects<&T::tags, tag_table>("tags"),
        honoured<&T::metadata_enable, read_flag>("metadataEnable"),
        part<own_table>("x-ecs-node-agent"),
        passed_over<T>("requiresCompatibilities", check_texts),
        passed_over<T>("placementConstraints", check_list),
        passed_over<T>("runtimePlatform", check_platform),
        passed_over<T>("ephemeralStorage", check_object),
        passed_over<T>("compatibilities"),
        passed_over<T>("deleteRequestedAt"),
        passed_over<T>("deregisteredAt"),
        passed_over<T>("registeredAt"),
        passed_over<T>("registeredBy"),
        passed_over<T>("requiresAttributes"),
        passed_over<T>("status"),
        passed_over<T>("taskDefinitionArn"),
        left_out<T>("enableFaultInjection", "no faults are injected"),
        refused<T>("inferenceAccelerators", "this agent hands out no accelerators"),
        left_out<T>("proxyConfiguration",
                    "traffic goes past the proxy, which runs as a container of the task"),
    });
    return {rows};
}

Table<T> described_table() {
    static constexpr auto rows = std::to_array<FieldRow<T>>({
        {"taskDefinition", Support::required,
         [](const Json& value, const Place& place, T& into) {
             return read_object(value, place, task_table(), into);
         }},
        objects<&T::tags, tag_table>("tags"),
        part<own_table>("x-ecs-node-agent"),
        passed_over<T>("ResponseMetadata"), // boto3's
        passed_over<T>("$metadata"),        // the SDK for JavaScript's
    });
    return {rows};
}

} // namespace agent::definition
