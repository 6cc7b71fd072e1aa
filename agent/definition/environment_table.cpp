#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;

constexpr std::size_t max_environment_files = 10; ///< as ECS

Result<std::string> read_variable_name(const Json& value, const Place& place) {
    TRY(std::string name, read_some_text(value, place));
    if (name.find('=') != std::string::npos)
        return refuse(place, "must not contain '='");
    return name;
}

/// An absolute path, with file:// in front or not.
Result<std::string> read_local_file(const Json& value, const Place& place) {
    TRY(std::string path, read_text(value, place));
    if (path.starts_with("file://"))
        path.erase(0, 7);
    if (!path.starts_with('/') || path.ends_with('/'))
        return expected(place,
                        "the absolute path of a file on this host (only local files are "
                        "read, nothing from S3)",
                        value);
    return path;
}

/// ECS's only type is "s3", so a definition that works there has it.
Result<> check_type(const Json& value, const Place& place, EnvironmentFile& /*into*/) {
    return value == "s3" ? Result<>() : expected(place, "\"s3\", or nothing", value);
}

} // namespace

Table<KeyValue> variable_table() {
    static constexpr auto rows = std::to_array<FieldRow<KeyValue>>({
        required<&KeyValue::key, read_variable_name>("name"),
        honoured<&KeyValue::value, read_text>("value"),
    });
    return {rows};
}

Table<Secret> secret_table() {
    static constexpr auto rows = std::to_array<FieldRow<Secret>>({
        required<&Secret::name, read_variable_name>("name"),
        required<&Secret::value_from, read_some_text>("valueFrom"),
    });
    return {rows};
}

Table<EnvironmentFile> environment_file_table() {
    static constexpr auto rows = std::to_array<FieldRow<EnvironmentFile>>({
        required<&EnvironmentFile::path, read_local_file>("value"),
        {"type", Support::constant, check_type},
    });
    return {rows};
}

Result<std::vector<std::string>> read_environment_files(const Json& value, const Place& place) {
    const auto read = [](const Json& element, const Place& where) -> Result<std::string> {
        EnvironmentFile file;
        TRY(read_object(element, where, environment_file_table(), file));
        return file.path;
    };
    std::vector<std::string> paths;
    TRY(read_list(value, place, paths, read));
    if (paths.size() > max_environment_files)
        return refuse(place, "at most " + std::to_string(max_environment_files) + " files, got " +
                                 std::to_string(paths.size()));
    return paths;
}

Json write_environment_files(const ContainerDefinition& container) {
    Json list;
    for (const auto& path : container.environment_files)
        list.push_back({{"value", path}});
    return list;
}

} // namespace agent::definition
