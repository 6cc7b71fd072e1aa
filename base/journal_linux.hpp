#pragma once
// The journal of systemd, in its native protocol: an entry is a datagram of named fields.
// sd_journal_sendv() would wait for a journal that does not read, for ever
// (docs/decisions/the-journal.md).

#include "base/backlog.hpp"
#include "base/fd_linux.hpp"
#include "base/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace base::log {

/// What syslog calls this level, 3 for errors to 7 for debug.
int priority_of(Level level);

/// Whether what is written to this descriptor goes to the journal. `named` is what JOURNAL_STREAM
/// says, null when it says nothing.
bool is_journal_stream(int descriptor, const char* named);

/// Whether somebody takes entries at this path.
bool journal_listens(const std::string& socket);

/// An entry: text and fields in MESSAGE as in any line, each field also as ECS_<KEY>, by its value.
std::string journal_entry(Level level, std::string_view text, Fields fields);

/// For tests: where log calls go is decided anew, with the journal's socket at this path, until
/// set_sink().
void use_journal_at(const std::string& socket);

/// Takes entries, a record each. What a journal that is stopped or started anew does not take, it is
/// to be given again.
class Journal : public Outlet {
public:
    explicit Journal(const std::string& socket);
    /// Lets the journal read what was sent: which unit an entry is of it asks of the process that
    /// sent it. Waits 0.2 s at most for that.
    ~Journal() override;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    std::size_t write(std::span<const Record> entries) override;

private:
    /// How many were sent; -1 with errno for none.
    int send(std::span<const Record> entries);

    sockaddr_un address_{};
    Fd socket_;
};

} // namespace base::log
