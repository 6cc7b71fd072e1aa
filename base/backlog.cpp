#include "base/backlog.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace base {

namespace {

constexpr std::size_t most_bytes_waiting = std::size_t{256} << 10;
constexpr auto time_to_take_the_last = std::chrono::milliseconds(200);
/// Not every outlet can say when it takes some again. Nobody may ever read it.
constexpr auto first_pause = std::chrono::milliseconds(10);
constexpr auto longest_pause = std::chrono::milliseconds(500);

} // namespace

Backlog::Backlog(std::unique_ptr<Outlet> outlet, Notice notice)
    : outlet_(std::move(outlet)), notice_(std::move(notice)) {}

Backlog::~Backlog() {
    std::unique_lock lock(mutex_);
    const auto end = std::chrono::steady_clock::now() + time_to_take_the_last;
    for (drain(); !waiting_.empty() && std::chrono::steady_clock::now() < end; drain())
        changed_.wait_for(lock, std::chrono::milliseconds(1));
    ending_ = true;
    lock.unlock();
    changed_.notify_all();
    if (writer_.joinable())
        writer_.join();
}

void Backlog::write(std::span<Record> records) {
    const std::lock_guard lock(mutex_);
    drain();
    if (waiting_.empty())
        records = records.subspan(outlet_->write(records));
    for (auto& record : records)
        keep(std::move(record));
    if (!waiting_.empty())
        start_writer();
}

/// Once something is lost, all is until the outlet flows: one gap, and not one after each line.
void Backlog::keep(Record record) {
    if (lost_ > 0 || bytes_ + record.bytes.size() > most_bytes_waiting) {
        lost_ += record.lines;
        return;
    }
    bytes_ += record.bytes.size();
    waiting_.push_back(std::move(record));
}

/// Writes of what waits as much as is taken now.
void Backlog::drain() {
    while (!waiting_.empty()) {
        const auto taken = outlet_->write(waiting_);
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(taken);
        for (auto record = waiting_.begin(); record != end; ++record)
            bytes_ -= record->bytes.size();
        waiting_.erase(waiting_.begin(), end);
        if (!waiting_.empty() || lost_ == 0)
            return;
        auto notice = notice_(std::exchange(lost_, 0));
        if (!notice.empty())
            keep({std::move(notice), 1});
    }
}

void Backlog::start_writer() {
    changed_.notify_all();
    if (writer_.joinable())
        return;
    try {
        writer_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
        // No thread can be had: the next record comes with another try to write what waits.
    }
}

void Backlog::run() {
    std::unique_lock lock(mutex_);
    auto pause = first_pause;
    while (!ending_) {
        const auto before = waiting_.size();
        drain();
        pause = waiting_.size() < before ? first_pause : std::min(pause * 2, longest_pause);
        if (waiting_.empty())
            changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        else
            changed_.wait_for(lock, pause, [this] { return ending_; });
    }
}

} // namespace base
