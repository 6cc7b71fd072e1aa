#pragma once
// How a log is written to what others read (a pipe, a terminal, the journal) so that nobody waits for
// them: at once while it is taken; else it waits in memory, and a thread writes it when it is taken
// again. See docs/decisions/the-journal.md.

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace base {

/// What is written in one piece.
struct Record {
    std::string bytes;
    std::size_t lines = 1; ///< as they are counted where it is lost
};

/// Where records go. Whoever owns one sees to it that one thread at a time calls it.
class Outlet {
public:
    virtual ~Outlet() = default;
    /// Takes as many as it can without waiting, from the front on; how many. One that it has begun
    /// comes first in the next call. What can never be taken counts as taken.
    virtual std::size_t write(std::span<const Record> records) = 0;
};

/// Role: hands records to an outlet in their order, and makes nobody wait for it.
/// Threading: any. Its own thread is there from when something has to wait, and writes that.
/// Failure: none for the caller. Where more than 256 KiB would wait, records are lost, all until the
///   outlet has taken what waits; then a notice stands where they are missing.
class Backlog {
public:
    /// The text of the record that says that so many lines are lost; "" for none.
    using Notice = std::function<std::string(std::size_t lines)>;

    Backlog(std::unique_ptr<Outlet> outlet, Notice notice);
    /// What waits has 0.2 s to be taken.
    ~Backlog();
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// Moves from those records that have to wait.
    void write(std::span<Record> records);

private:
    void keep(Record record);
    void drain();
    void start_writer();
    void run();

    std::unique_ptr<Outlet> outlet_;
    Notice notice_;
    std::mutex mutex_; ///< over all that follows, and over calls of the outlet
    std::condition_variable changed_;
    std::vector<Record> waiting_;
    std::size_t bytes_ = 0; ///< that wait
    std::size_t lost_ = 0;  ///< lines
    bool ending_ = false;
    std::thread writer_;
};

} // namespace base
