#include "agent/doors/nri/counters.hpp"

namespace agent::doors::nri {

std::string_view to_string(Passed reason) {
    switch (reason) {
    case Passed::not_wanted: return "not_wanted";
    case Passed::not_ready: return "not_ready";
    case Passed::not_docker: return "not_docker";
    case Passed::late: return "late";
    case Passed::failed: return "failed";
    case Passed::bad_message: return "bad_message";
    }
    return {};
}

std::string_view to_string(LinkState state) {
    switch (state) {
    case LinkState::absent: return "absent";
    case LinkState::connecting: return "connecting";
    case LinkState::registered: return "registered";
    }
    return {};
}

} // namespace agent::doors::nri
