#include "agent/definition/field_names.hpp"

#include "agent/definition/tables.hpp"

namespace agent::definition {

std::vector<std::string> honoured_fields() {
    std::vector<std::string> paths;
    list_fields(task_table(), "", paths);
    return paths;
}

} // namespace agent::definition
