#pragma once
// The journal of systemd, in its native protocol: an entry is a datagram of named fields. Who owns a
// Journal sees to it that one thread at a time calls it (the log's sink does). sd_journal_sendv()
// would wait for a journal that does not read, for ever (docs/decisions/the-journal.md).

#include "base/fd.hpp"
#include "base/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

class Journal {
public:
    explicit Journal(const std::string& socket);
    /// Sends what waits, and lets the journal read it: which unit an entry is of it asks of the
    /// process that sent it. Waits 0.2 s at most for that.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Waits for a flush(), or until many wait.
    void add(std::string_view entry);
    /// Sends them. A journal that does not take one within 0.2 s is not waited for until it takes
    /// one again; what it does not take is lost, and counted in a warning when it takes some again.
    void flush();

private:
    /// How many of them were taken.
    std::size_t send(std::span<const std::string> entries);

    sockaddr_un address_{};
    Fd socket_;
    std::vector<std::string> waiting_;
    std::size_t lost_ = 0;
    bool stuck_ = false; ///< it did not take the last one
};

} // namespace base::log
