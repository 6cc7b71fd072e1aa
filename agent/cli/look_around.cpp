#include "agent/cli/look_around.hpp"

#include "agent/containers/environment_file.hpp"
#include "agent/containers/log_options.hpp"
#include "agent/containers/secret_values.hpp"

#include <filesystem>
#include <system_error>

namespace agent::cli {

namespace {

using base::Errc;
using base::Error;
using definition::TaskDefinition;

/// "2 lines are no variables and are passed over, the first is /app.env: line 3".
std::string told_lines(const containers::EnvironmentFile::PassedOver& passed_over) {
    if (passed_over.lines == 1)
        return "1 line is no variable and is passed over, " + passed_over.first;
    return std::to_string(passed_over.lines) +
           " lines are no variables and are passed over, the first is " + passed_over.first;
}

void look_into_environment_files(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        const auto& paths = task.containers[i].environment_files;
        for (std::size_t j = 0; j < paths.size(); ++j) {
            const auto read = containers::read_environment_files({paths[j]});
            const auto field =
                field_of_container(file, i, "environmentFiles[" + std::to_string(j) + "].value");
            if (!read)
                file.findings.note_fault(Error(read.error()) + field);
            else
                for (const auto& passed_over : read->passed_over)
                    file.findings.note(told_lines(passed_over), field);
        }
    }
}

void look_for_secrets(const TaskDefinition& task, const stand_ins::StandIns& host,
                      CheckedFile& file) {
    for (const auto& fault : containers::unknown_secrets(task, host))
        file.findings.note_fault(Error(Errc::not_found, wrapper_of(file) + fault));
    for (auto& named : containers::named_secrets(task, host)) {
        named.field = wrapper_of(file) + named.field;
        file.replaced.push_back(std::move(named));
    }
    for (const auto& [field, what, is_fault] : containers::look_for_secrets(task, host)) {
        const auto place = wrapper_of(file) + field;
        if (is_fault)
            file.findings.note_fault(Error(Errc::not_found, place + ": " + what));
        else
            file.findings.note(what, place);
    }
}

void look_for_folders(const TaskDefinition& task, CheckedFile& file) {
    for (std::size_t i = 0; i < task.volumes.size(); ++i) {
        const auto& path = task.volumes[i].host_source_path;
        std::error_code unknown;
        const bool is_missing = !path.empty() && std::filesystem::status(path, unknown).type() ==
                                                     std::filesystem::file_type::not_found;
        if (is_missing)
            file.findings.note(path + " is not on this host, Docker makes an empty directory of it",
                               wrapper_of(file) + "volumes[" + std::to_string(i) +
                                   "].host.sourcePath");
    }
}

/// Whether there are keys, only a start tells.
void tell_of_log_keys(const TaskDefinition& task, const stand_ins::StandIns& host,
                      CheckedFile& file) {
    for (std::size_t i = 0; i < task.containers.size(); ++i) {
        const auto& configuration = task.containers[i].log_configuration;
        if (configuration && containers::needs_engine_keys(*configuration, "") &&
            stand_ins::is_log_driver_automatic(host, configuration->driver))
            file.findings.note("where neither an execution role nor the engine has AWS keys, the "
                               "engine's own driver is used",
                               field_of_container(file, i, "logConfiguration.logDriver"));
    }
}

} // namespace

void look_around(const TaskDefinition& task, const stand_ins::StandIns& host, CheckedFile& file) {
    look_for_secrets(task, host, file);
    look_into_environment_files(task, file);
    look_for_folders(task, file);
    tell_of_log_keys(task, host, file);
}

} // namespace agent::cli
