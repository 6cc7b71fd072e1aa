#pragma once
// Role: the one thread on which the state file is used, and what became of it: every piece of work on
//   leases and stored tasks goes through here.
// Threading: loop thread; the work itself runs on the disk thread, one piece at a time.
// Failure: trouble() tells the last failure of the disk, until something succeeds.

#include "base/async.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>

namespace agent::state {

class Disk {
public:
    /// `auto work = [&store]{ return store.…; }; co_await disk.run(std::move(work))`, a Result.
    template <class Work>
    base::Async<std::invoke_result_t<Work>> run(Work work) {
        auto result = co_await base::offload(thread_, std::move(work));
        if (result)
            note(std::nullopt);
        else
            note(result.error());
        co_return result;
    }

    /// The same for work that only reads memory: it says nothing of the disk.
    template <class Work>
    base::Async<std::invoke_result_t<Work>> read(Work work) {
        auto result = co_await base::offload(thread_, std::move(work));
        co_return result;
    }

    /// Why state could not be kept; "" when all is well.
    const std::string& trouble() const { return trouble_; }

    /// How much waits for the thread.
    base::PoolDepth depth() const { return thread_.depth(); }

    /// Lets queued work finish and ends the thread.
    void join() { thread_.join(); }

private:
    void note(std::optional<base::Error> failure);

    base::WorkerPool thread_{1};
    std::string trouble_;
};

} // namespace agent::state
