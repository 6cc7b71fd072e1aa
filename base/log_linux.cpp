#include "base/log.hpp"

#include "base/backlog.hpp"
#include "base/error.hpp"
#include "base/journal_linux.hpp"
#include "base/log_batch.hpp"
#include "base/log_line.hpp"
#include "base/stream_outlet_linux.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace base::log {

namespace {

constexpr auto whole_line = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr auto text_alone = "%v";
/// Of systemd, for programs that send entries of their own.
constexpr auto journal_socket = "/run/systemd/journal/socket";

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
    explicit CallbackSink(Sink taker) : taker_(std::move(taker)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        taker_(from_spdlog(message.level), {message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

private:
    Sink taker_;
};

/// Appends what a target is given of a log call.
using Form = void(std::string&, Level, std::string_view, Fields);

void line_form(std::string& out, Level /*level*/, std::string_view text, Fields fields) {
    append_line(out, text, fields);
}

/// As the journal reads it from a stream: "<4>cannot look".
void priority_form(std::string& out, Level level, std::string_view text, Fields fields) {
    out += '<';
    out += std::to_string(priority_of(level));
    out += '>';
    append_line(out, text, fields);
}

void entry_form(std::string& out, Level level, std::string_view text, Fields fields) {
    out += journal_entry(level, text, fields);
}

/// The line that says that others are missing, as the sink of this form and pattern has lines.
std::string loss_line(Form* form, const char* pattern, std::size_t lines) {
    std::string text;
    form(text, Level::warn, "the log was not read; lines are lost", {{"lines", lines}});
    const spdlog::details::log_msg message("agent", spdlog::level::warn,
                                           spdlog::string_view_t(text.data(), text.size()));
    spdlog::pattern_formatter formatter(pattern, spdlog::pattern_time_type::utc);
    spdlog::memory_buf_t line;
    formatter.format(message, line);
    return {line.data(), line.size()};
}

/// Gathers lines and writes them to standard error when flushed, or when there are many.
class StandardError : public spdlog::sinks::base_sink<std::mutex> {
public:
    StandardError(Form* form, const char* pattern)
        : backlog_(std::make_unique<StreamOutlet>(STDERR_FILENO),
                   [form, pattern](std::size_t lines) { return loss_line(form, pattern, lines); }) {
    }
    ~StandardError() override { flush_(); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        formatter_->format(message, waiting_);
        ++lines_;
        if (waiting_.size() >= most_waiting)
            flush_();
    }
    void flush_() override {
        if (lines_ == 0)
            return;
        std::array records{
            Record{std::string(waiting_.data(), waiting_.size()), std::exchange(lines_, 0)}};
        waiting_.clear();
        backlog_.write(records);
    }

private:
    static constexpr std::size_t most_waiting = std::size_t{16} * 1024;
    spdlog::memory_buf_t waiting_;
    std::size_t lines_ = 0; ///< in it
    Backlog backlog_;
};

/// Takes entries, not lines.
class JournalSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit JournalSink(const std::string& socket)
        : backlog_(std::make_unique<Journal>(socket), [](std::size_t lines) {
              return journal_entry(Level::warn, "the journal did not take lines; they are lost",
                                   {{"lines", lines}});
          }) {}
    ~JournalSink() override { flush_(); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        waiting_.push_back(Record{{message.payload.data(), message.payload.size()}, 1});
        if (waiting_.size() >= most_waiting)
            flush_();
    }
    void flush_() override {
        backlog_.write(waiting_);
        waiting_.clear();
    }

private:
    static constexpr std::size_t most_waiting = 64;
    std::vector<Record> waiting_;
    Backlog backlog_;
};

/// Where log calls go.
struct Target {
    Target(spdlog::sink_ptr sink, Form* of_calls, const char* pattern)
        : logger(std::make_shared<spdlog::logger>("agent", std::move(sink))), form(of_calls) {
        logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
        logger->set_level(spdlog::level::info);
        logger->flush_on(spdlog::level::off); // write() does
    }
    std::shared_ptr<spdlog::logger> logger;
    Form* form;
};

Target standard_error(const std::string& socket) {
    if (!goes_to_journal())
        return {std::make_shared<StandardError>(line_form, whole_line), line_form, whole_line};
    // The journal knows time and level by itself.
    if (journal_listens(socket))
        return {std::make_shared<JournalSink>(socket), entry_form, text_alone};
    return {std::make_shared<StandardError>(priority_form, text_alone), priority_form, text_alone};
}

Target& current() {
    static auto instance = standard_error(journal_socket);
    return instance;
}

void set_target(Target next) {
    next.logger->set_level(current().logger->level());
    current() = std::move(next);
}

/// Whether there is a line that waits for a flush().
std::atomic<bool> waits = false;

/// False when it is below the level.
bool add(Level level, std::string_view text, Fields fields) {
    const auto& [logger, form] = current();
    if (!logger->should_log(to_spdlog(level)))
        return false;
    thread_local std::string line; // kept for its memory
    line.clear();
    form(line, level, text, fields);
    logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    return true;
}

void write(Level level, std::string_view text, Fields fields) {
    if (add(level, text, fields))
        current().logger->flush();
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
    current().logger->flush();
}

Field why(const Error& error) {
    return {"error", std::string(to_string(error.code())) + ": " + error.what()};
}

void set_level(Level level) {
    current().logger->set_level(to_spdlog(level));
}

bool enabled(Level level) {
    return current().logger->should_log(to_spdlog(level));
}

bool goes_to_journal() {
    return is_journal_stream(STDERR_FILENO, ::getenv("JOURNAL_STREAM"));
}

void set_sink(Sink sink) {
    if (sink)
        set_target({std::make_shared<CallbackSink>(std::move(sink)), line_form, whole_line});
    else
        set_target(standard_error(journal_socket));
}

void use_journal_at(const std::string& socket) {
    set_target(standard_error(socket));
}

} // namespace base::log
