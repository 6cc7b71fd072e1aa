#include "agent/tasks/missing_files.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <iterator>

namespace agent::tasks {

namespace log = base::log;

MissingFiles::Names MissingFiles::read(const std::string& folder, const Names& known,
                                       const Names& there, Clock::time_point now) {
    Names missing;
    std::ranges::set_difference(known, there, std::inserter(missing, missing.end()));
    const auto held_before = held_.size();
    std::erase_if(held_, [&](const std::string& name) { return !missing.contains(name); });
    const bool any_returned = held_.size() < held_before;
    const auto newly_missing = missing.size() - held_.size();
    const auto were_there = known.size() - held_before;
    const bool other_folder = folder != whole_folder_;
    const bool most = newly_missing > 1 && 2 * newly_missing > were_there;
    const bool holds = other_folder || most;
    if (any_returned || folder != last_folder_ || (holds && newly_missing > 0))
        since_ = now;
    last_folder_ = folder;

    Names removed;
    if (missing.empty())
        whole_folder_ = folder;
    else if (holds)
        hold(missing, other_folder);
    else
        std::ranges::set_difference(missing, held_, std::inserter(removed, removed.end()));
    if (held_before > 0 && held_.empty())
        log::info("the files of the tasks folder are there again");
    if (!held_.empty() && now - since_ >= grace_) {
        log::warn("files stayed missing from the tasks folder; what runs for them is stopped",
                  {{"files", held_.size()}});
        removed.merge(held_);
        held_.clear();
        whole_folder_ = folder;
    }
    return removed;
}

void MissingFiles::hold(Names missing, bool other_folder) {
    if (missing.size() > held_.size())
        log::warn("files are missing from the tasks folder; what runs for them goes on for now",
                  {{"files", missing.size()},
                   {"first", *missing.begin()},
                   {"reason", other_folder ? "it is another folder than before"
                                           : "most of its files went at once"},
                   {"seconds", std::chrono::duration_cast<std::chrono::seconds>(grace_).count()}});
    held_ = std::move(missing);
}

std::optional<MissingFiles::Clock::time_point> MissingFiles::until() const {
    if (held_.empty())
        return std::nullopt;
    return since_ + grace_;
}

} // namespace agent::tasks
