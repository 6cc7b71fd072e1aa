#include "base/line_writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace base {

namespace {

constexpr auto time_to_write_the_last = std::chrono::seconds(2);

std::atomic<std::size_t> left = 0;

} // namespace

struct LineWriter::State {
    struct Line {
        std::string text;
        Worth worth;
    };

    State(std::size_t limit, Write function) : most_waiting(limit), write(std::move(function)) {}

    const std::size_t most_waiting;
    const Write write;
    std::mutex mutex; ///< over all that follows
    std::condition_variable changed;
    std::deque<Line> lines;
    std::size_t lost = 0;
    bool writing = false; ///< the thread has a line that is not among `lines` any more
    bool ending = false;
};

LineWriter::LineWriter(std::size_t most_waiting, Write write)
    : state_(std::make_shared<State>(most_waiting, std::move(write))), thread_(run, state_) {}

LineWriter::~LineWriter() {
    std::unique_lock lock(state_->mutex);
    state_->ending = true;
    state_->changed.notify_all();
    const bool written = state_->changed.wait_for(
        lock, time_to_write_the_last, [this] { return state_->lines.empty() && !state_->writing; });
    lock.unlock();
    if (written) {
        thread_.join();
        return;
    }
    ++left;
    thread_.detach();
}

std::size_t LineWriter::threads_left() {
    return left;
}

void LineWriter::add(std::string line, Worth worth) {
    const std::lock_guard lock(state_->mutex);
    auto& lines = state_->lines;
    if (lines.size() >= state_->most_waiting) {
        ++state_->lost;
        const auto spare = std::ranges::find(lines, Worth::spare, &State::Line::worth);
        if (spare != lines.end())
            lines.erase(spare);
        else if (worth == Worth::spare)
            return;
        else
            lines.pop_front();
    }
    lines.push_back({std::move(line), worth});
    state_->changed.notify_all();
}

std::size_t LineWriter::waiting() const {
    const std::lock_guard lock(state_->mutex);
    return state_->lines.size();
}

std::size_t LineWriter::lost() const {
    const std::lock_guard lock(state_->mutex);
    return state_->lost;
}

void LineWriter::run(std::shared_ptr<State> state) {
    std::unique_lock lock(state->mutex);
    for (;;) {
        state->changed.wait(lock, [&] { return state->ending || !state->lines.empty(); });
        if (state->lines.empty())
            return;
        const auto line = std::move(state->lines.front());
        state->lines.pop_front();
        state->writing = true;
        lock.unlock();
        state->write(line.text);
        lock.lock();
        state->writing = false;
        state->changed.notify_all();
    }
}

} // namespace base
