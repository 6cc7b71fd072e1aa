#pragma once
// Role: the one thread on which the state file is used, and what became of it: every piece of work on
//   leases and stored tasks goes through here.
// Threading: loop thread; the work itself runs on the disk thread, one piece at a time.
// Failure: trouble() tells the last failure of the disk. That something could be read is no sign that
//   anything can be kept: what could not be written is told until a write succeeds.

#include "base/async.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::state {

class Disk {
public:
    /// For work that changes what is stored, a Result:
    /// `auto work = [&store]{ return store.…; }; co_await disk.run(std::move(work))`
    template <class Work>
    base::Async<std::invoke_result_t<Work>> run(Work work) {
        auto result = co_await base::offload(thread_, std::move(work));
        if (result) {
            writing_.clear();
            reading_.clear();
        } else {
            note(result.error(), writing_);
        }
        co_return result;
    }

    /// The same for work that only reads what is stored.
    template <class Work>
    base::Async<std::invoke_result_t<Work>> read(Work work) {
        auto result = co_await base::offload(thread_, std::move(work));
        if (result)
            reading_.clear();
        else
            note(result.error(), reading_);
        co_return result;
    }

    /// The same for work that only looks at memory of the disk thread's: it says nothing of the
    /// disk, and need not be a Result.
    template <class Work>
    base::Async<std::invoke_result_t<Work>> look(Work work) {
        auto result = co_await base::offload(thread_, std::move(work));
        co_return result;
    }

    /// Why state could not be kept; "" when all is well.
    const std::string& trouble() const { return writing_.empty() ? reading_ : writing_; }

    /// How much waits for the thread.
    base::PoolDepth depth() const { return thread_.depth(); }

    /// Lets queued work finish and ends the thread.
    void join() { thread_.join(); }

private:
    static void note(const base::Error& failure, std::string& trouble);

    base::WorkerPool thread_{1};
    std::string writing_; ///< why the last write failed, "" where it did not
    std::string reading_; ///< the same of reads, until anything succeeds
};

} // namespace agent::state
