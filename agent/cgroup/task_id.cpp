#include "agent/cgroup/task_id.hpp"

#include <string>

namespace agent::cgroup {

bool is_plain_id(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_task_id(std::string_view text) {
    if (text.size() != 36)
        return is_plain_id(text);
    std::string digits(text);
    for (const std::size_t dash : {23U, 18U, 13U, 8U}) {
        if (digits[dash] != '-')
            return false;
        digits.erase(dash, 1);
    }
    return is_plain_id(digits);
}

} // namespace agent::cgroup
