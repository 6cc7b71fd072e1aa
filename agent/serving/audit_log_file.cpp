#include "agent/serving/audit_log_file.hpp"

#include "agent/serving/refusal_tally.hpp"
#include "base/backlog.hpp"
#include "base/line_writer.hpp"
#include "base/log.hpp"
#include "base/stream_outlet_linux.hpp"

#include <boost/asio/steady_timer.hpp>
#include <spdlog/sinks/rotating_file_sink.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace agent::serving {

namespace {

using base::LineWriter;

// As Amazon's agent keeps them.
constexpr std::size_t largest_file = 5'000'000;
constexpr std::size_t further_files = 24;
constexpr std::size_t most_waiting_lines = 1024;
constexpr unsigned asked_too_often = 429;

/// Nor to programs that the agent starts. ARNs are nobody's business; what is not a file of ours (a device) is left as it is.
void close_to_others(const spdlog::filename_t& /*path*/, std::FILE* file) {
    struct stat status {};
    const int number = ::fileno(file);
    (void)::fcntl(number, F_SETFD, FD_CLOEXEC);
    if (::fstat(number, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        (void)::fchmod(number, S_IRUSR | S_IWUSR | S_IRGRP);
}

/// Opens its file with the first line, and anew after a failure. Lives on the writing thread.
class ReopeningFile {
public:
    explicit ReopeningFile(std::string path) : path_(std::move(path)) {}

    void write(const std::string& line) {
        try {
            append(line);
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

private:
    void append(const std::string& line) {
        if (!file_) {
            spdlog::file_event_handlers events;
            events.after_open = close_to_others;
            file_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(
                path_, largest_file, further_files, false, events);
            file_->set_pattern("%v");
        }
        file_->log(spdlog::details::log_msg("audit", spdlog::level::info, line));
        file_->flush();
    }

    std::string path_;
    std::unique_ptr<spdlog::sinks::rotating_file_sink_st> file_;
    bool broken_ = false;
};

/// Where the thread writes.
class Places {
public:
    explicit Places(std::string path)
        : file_(std::move(path)),
          standard_output_(std::make_unique<base::StreamOutlet>(STDOUT_FILENO), tell_loss) {}

    void write(const std::string& line) {
        file_.write(line);
        std::array records{base::Record{line + '\n', 1}};
        standard_output_.write(records);
    }

private:
    /// In the log: there the lines are missing, here they are not.
    static std::string tell_loss(std::size_t lines) {
        base::log::warn("standard output was not read; lines of the audit log are lost there",
                        {{"lines", lines}});
        return {};
    }

    ReopeningFile file_;
    base::Backlog standard_output_;
};

LineWriter::Write write_to(std::string path) {
    return [places = std::make_shared<Places>(std::move(path))](const std::string& line) {
        places->write(line);
    };
}

} // namespace

/// On the loop thread: what is written of refusals, and when.
struct AuditLogFile::Impl : std::enable_shared_from_this<Impl> {
    Impl(const base::Executor& loop, std::string path, const model::World& its_world)
        : world(its_world), timer(loop), writer(most_waiting_lines, write_to(std::move(path))) {}

    void write(const handlers::AuditEntry& entry, LineWriter::Worth worth) {
        if (writer.waiting() == 0)
            tell_recovery();
        writer.add(handlers::audit_line(entry, world.instance(), base::now()), worth);
        if (!losing && writer.lost() != told_lost)
            base::log::warn("the audit log is written too slowly; lines are lost");
        losing = writer.lost() != told_lost;
    }

    void tell_recovery() {
        if (losing)
            base::log::info("the audit log is written fast enough again",
                            {{"lost_lines", writer.lost() - told_lost}});
        told_lost = writer.lost();
        losing = false;
    }

    void refuse(const handlers::AuditEntry& refusal) {
        if (tally.add(refusal, RefusalTally::Clock::now()))
            write(refusal, LineWriter::Worth::spare);
        else if (!waits)
            wait();
    }

    void write_sums(const std::vector<RefusalTally::Sum>& sums) {
        for (const auto& sum : sums)
            write(sum.entry(), LineWriter::Worth::spare);
    }

    /// Until a second is over in which somebody was refused again.
    void wait() {
        const auto next = tally.next();
        waits = next.has_value();
        if (!waits)
            return;
        timer.expires_at(*next);
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
            const auto self = weak.lock();
            if (!self || cancelled)
                return;
            self->write_sums(self->tally.due(RefusalTally::Clock::now()));
            self->wait();
        });
    }

    const model::World& world;
    RefusalTally tally;
    boost::asio::steady_timer timer;
    bool waits = false;        ///< the timer does
    bool losing = false;       ///< it was said
    std::size_t told_lost = 0; ///< lines, by when all was well
    LineWriter writer;
};

AuditLogFile::AuditLogFile(base::Executor loop, std::string path, const model::World& world)
    : impl_(std::make_shared<Impl>(loop, std::move(path), world)) {}

AuditLogFile::~AuditLogFile() {
    impl_->write_sums(impl_->tally.rest());
}

void AuditLogFile::write(const handlers::AuditEntry& entry) {
    if (entry.status == asked_too_often)
        impl_->refuse(entry);
    else
        impl_->write(entry, LineWriter::Worth::kept);
}

} // namespace agent::serving
