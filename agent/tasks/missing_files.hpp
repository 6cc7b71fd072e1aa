#pragma once
// Role: which files of the tasks folder count as removed. One that is gone by itself does at once. Where
//   most of them are gone together, or the folder is another than before (what was mounted there is
//   not any more, a deployment has replaced it), they are missing: they count as removed when the
//   folder has been there for a grace and none of them came back.
// Threading: loop thread; owned by the supervisor. Failure: none.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace agent::tasks {

class MissingFiles {
public:
    using Clock = std::chrono::steady_clock;
    using Names = std::set<std::string>;

    explicit MissingFiles(Clock::duration grace) : grace_(grace) {}

    /// Which folder an earlier run of the agent has seen whole, by its identity; "" when that is not
    /// known: then any is another.
    void remember(std::string folder) { whole_folder_ = std::move(folder); }

    /// The folder is not there or cannot be read: a grace begins anew when it is.
    void note_absence() { last_folder_.clear(); }

    /// The folder was read. `known` are the files that were there at the reading before or are
    /// missing, `there` those that are there now. Those that count as removed from now on; the log
    /// says what is missing.
    Names read(const std::string& folder, const Names& known, const Names& there,
               Clock::time_point now);

    bool is_missing(const std::string& file) const { return held_.contains(file); }
    /// The identity of the folder that was seen whole last: none of its files is missing.
    const std::string& whole_folder() const { return whole_folder_; }
    /// When those that are missing count as removed, unless one comes back; nothing when none is.
    std::optional<Clock::time_point> until() const;

private:
    void hold(Names missing, bool other_folder);

    Clock::duration grace_;
    std::string whole_folder_;
    std::string last_folder_; ///< at the reading before; "" when there was none, or it was absent
    Names held_;              ///< are missing
    Clock::time_point since_; ///< when the grace began
};

} // namespace agent::tasks
