#include "agent/wiring/audit_log_file.hpp"

#include "base/log.hpp"

#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <sys/stat.h>

namespace agent::wiring {

namespace {

// As Amazon's agent keeps them.
constexpr std::size_t largest_file = 5'000'000;
constexpr std::size_t further_files = 24;
constexpr std::size_t most_waiting = 1024;

/// ARNs are nobody's business; what is not a file of ours (a device) is left as it is.
void close_to_others(const spdlog::filename_t& /*path*/, std::FILE* file) {
    struct stat status {};
    const int number = ::fileno(file);
    if (::fstat(number, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        (void)::fchmod(number, S_IRUSR | S_IWUSR | S_IRGRP);
}

/// Opens its file with the first line, and anew after a failure. Lives on the writing thread.
class ReopeningFile : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit ReopeningFile(std::string path) : path_(std::move(path)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        try {
            write(message);
        } catch (const spdlog::spdlog_ex& failure) {
            file_.reset();
            if (!broken_)
                base::log::warn("cannot write the audit log; lines are lost",
                                {{"error", failure.what()}});
            broken_ = true;
            return;
        }
        if (broken_)
            base::log::info("the audit log is written again", {{"file", path_}});
        broken_ = false;
    }
    void flush_() override {}

private:
    void write(const spdlog::details::log_msg& message) {
        if (!file_) {
            spdlog::file_event_handlers events;
            events.after_open = close_to_others;
            file_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(
                path_, largest_file, further_files, false, events);
            file_->set_pattern("%v");
        }
        file_->log(message);
        file_->flush();
    }

    std::string path_;
    std::unique_ptr<spdlog::sinks::rotating_file_sink_st> file_;
    bool broken_ = false;
};

} // namespace

/// The queue, and the thread behind it. When it is full, the oldest lines go.
class AuditLogFile::Writer {
public:
    explicit Writer(std::string path)
        : pool_(std::make_shared<spdlog::details::thread_pool>(most_waiting, 1)) {
        const spdlog::sinks_init_list sinks{std::make_shared<ReopeningFile>(std::move(path)),
                                            std::make_shared<spdlog::sinks::stdout_sink_st>()};
        logger_ = std::make_shared<spdlog::async_logger>(
            "audit", sinks, pool_, spdlog::async_overflow_policy::overrun_oldest);
        logger_->set_pattern("%v");
        logger_->flush_on(spdlog::level::info);
    }

    void write(const std::string& line) {
        if (pool_->queue_size() == 0)
            losing_ = false;
        logger_->info(line);
        const auto lost = pool_->overrun_counter();
        if (lost == lost_)
            return;
        if (!losing_)
            base::log::warn("the audit log is written too slowly; lines are lost");
        lost_ = lost;
        losing_ = true;
    }

private:
    std::size_t lost_ = 0;
    bool losing_ = false; ///< it was said
    std::shared_ptr<spdlog::details::thread_pool> pool_;
    std::shared_ptr<spdlog::async_logger> logger_;
};

AuditLogFile::AuditLogFile(std::string path, const model::World& world)
    : world_(world), writer_(std::make_unique<Writer>(std::move(path))) {}

AuditLogFile::~AuditLogFile() = default;

void AuditLogFile::write(const handlers::AuditEntry& entry) {
    writer_->write(handlers::audit_line(entry, world_.instance(), base::now()));
}

} // namespace agent::wiring
