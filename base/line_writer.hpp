#pragma once
// Writes lines in a thread of its own, for those who may not wait for a disk.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace base {

/// Role: a queue of lines with a limit, and the thread behind it that writes them.
/// Threading: any; the function is called by the thread alone.
/// Failure: none for the caller. Where there is no room a spare line goes, the oldest; else the oldest.
class LineWriter {
public:
    /// Writes a line, and may take as long as it likes.
    using Write = std::function<void(const std::string& line)>;
    /// What is written of it matters; or others matter more.
    enum class Worth { kept, spare };

    LineWriter(std::size_t most_waiting, Write write);
    /// What waits has 2 s to be written. A thread that still writes then is left as it is until the
    /// process ends, with all that the function owns.
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// How many threads of this process were left so: it must not wait for what they hold (exit() flushes
    /// every FILE).
    static std::size_t threads_left();

    void add(std::string line, Worth worth);

    std::size_t waiting() const;
    /// How many were lost since the beginning.
    std::size_t lost() const;

private:
    struct State;
    static void run(std::shared_ptr<State> state);

    std::shared_ptr<State> state_; ///< the thread's too, which may live longer
    std::thread thread_;
};

} // namespace base
