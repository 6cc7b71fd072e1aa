#include "base/log.hpp"

#include "base/error.hpp"
#include "base/log_batch.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>

namespace base::log {

namespace {

constexpr std::size_t longest_value = 2048;

/// Gathers lines and writes them to standard error when flushed, or when there are many.
class StandardError : public spdlog::sinks::base_sink<std::mutex> {
public:
    ~StandardError() override { flush_(); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        formatter_->format(message, waiting_);
        if (waiting_.size() >= most_waiting)
            flush_();
    }
    void flush_() override {
        std::string_view rest(waiting_.data(), waiting_.size());
        while (!rest.empty()) {
            const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
            if (written < 0 && errno != EINTR)
                break; // nobody reads it: there is nowhere to say so
            rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
        waiting_.clear();
    }

private:
    static constexpr std::size_t most_waiting = std::size_t{16} * 1024;
    spdlog::memory_buf_t waiting_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("agent", std::move(sink));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::off); // write() does
    return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
    static auto instance = make_logger(std::make_shared<StandardError>());
    return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
    }
    return spdlog::level::info;
}

Level from_spdlog(spdlog::level::level_enum level) {
    if (level <= spdlog::level::debug)
        return Level::debug;
    if (level == spdlog::level::info)
        return Level::info;
    return level == spdlog::level::warn ? Level::warn : Level::error;
}

/// Hands each line to a function (spdlog 1.10 has no such sink of its own).
class CallbackSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit CallbackSink(Sink target) : target_(std::move(target)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        target_(from_spdlog(message.level), {message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

private:
    Sink target_;
};

bool needs_quotes(std::string_view value) {
    if (value.empty())
        return true;
    for (const char c : value)
        if (c == ' ' || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) < 0x20)
            return true;
    return false;
}

void append_value(std::string& line, std::string_view value) {
    const bool cut = value.size() > longest_value;
    if (cut)
        value = value.substr(0, longest_value);
    if (!needs_quotes(value)) {
        line += value;
    } else {
        line += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\')
                line += '\\';
            if (c == '\n')
                line += "\\n";
            else if (static_cast<unsigned char>(c) < 0x20)
                line += '?';
            else
                line += c;
        }
        line += '"';
    }
    if (cut)
        line += "…";
}

/// Whether there is a line that waits for a flush().
std::atomic<bool> waits = false;

/// False when the line is below the level.
bool add(Level level, std::string_view text, Fields fields) {
    const auto& target = logger();
    if (!target->should_log(to_spdlog(level)))
        return false;
    thread_local std::string line; // kept for its memory
    line.assign(text);
    for (const auto& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        append_value(line, field.value);
    }
    target->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    return true;
}

void write(Level level, std::string_view text, Fields fields) {
    if (add(level, text, fields))
        logger()->flush();
}

} // namespace

void debug(std::string_view text, Fields fields) {
    write(Level::debug, text, fields);
}
void info(std::string_view text, Fields fields) {
    write(Level::info, text, fields);
}
void warn(std::string_view text, Fields fields) {
    write(Level::warn, text, fields);
}
void error(std::string_view text, Fields fields) {
    write(Level::error, text, fields);
}

bool info_soon(std::string_view text, Fields fields) {
    return add(Level::info, text, fields) && !waits.exchange(true);
}

void flush() {
    waits = false;
    logger()->flush();
}

Field why(const Error& error) {
    return {"error", std::string(to_string(error.code())) + ": " + error.what()};
}

void set_level(Level level) {
    logger()->set_level(to_spdlog(level));
}

bool enabled(Level level) {
    return logger()->should_log(to_spdlog(level));
}

void set_sink(Sink sink) {
    const auto level = logger()->level();
    if (sink)
        logger() = make_logger(std::make_shared<CallbackSink>(std::move(sink)));
    else
        logger() = make_logger(std::make_shared<StandardError>());
    logger()->set_level(level);
}

} // namespace base::log
