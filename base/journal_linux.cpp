#include "base/journal_linux.hpp"

#include "base/log_line.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>

namespace base::log {

namespace {

using std::chrono::steady_clock;

constexpr auto time_to_be_read = std::chrono::milliseconds(200);
constexpr std::size_t most_at_once = 64;
/// As which stream the journal would keep our standard error: daemon.
constexpr std::string_view facility = "3";

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
    return address;
}

Fd datagram_socket() {
    return Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/// With its length before the value, which may hold anything then.
void append_field(std::string& entry, std::string_view name, std::string_view value) {
    entry += name;
    entry += '\n';
    for (int shift = 0; shift < 64; shift += 8)
        entry += static_cast<char>((std::uint64_t{value.size()} >> shift) & 0xFF);
    entry += value;
    entry += '\n';
}

/// The journal takes capitals, digits and '_' in names.
std::string name_of(std::string_view key) {
    std::string name = "ECS_";
    for (const char c : key) {
        const bool small = c >= 'a' && c <= 'z';
        const bool taken = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += small ? static_cast<char>(c - 'a' + 'A') : taken ? c : '_';
    }
    return name;
}

} // namespace

int priority_of(Level level) {
    switch (level) {
    case Level::debug: return 7;
    case Level::info: return 6;
    case Level::warn: return 4;
    case Level::error:
    case Level::off: break;
    }
    return 3;
}

bool is_journal_stream(int descriptor, const char* named) {
    struct stat found {};
    return named != nullptr && ::fstat(descriptor, &found) == 0 &&
           named == std::to_string(found.st_dev) + ':' + std::to_string(found.st_ino);
}

bool journal_listens(const std::string& socket) {
    const auto address = address_of(socket);
    const auto probe = datagram_socket();
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string journal_entry(Level level, std::string_view text, Fields fields) {
    std::string line;
    append_line(line, text, fields);
    std::string entry;
    append_field(entry, "PRIORITY", std::to_string(priority_of(level)));
    append_field(entry, "SYSLOG_FACILITY", facility);
    append_field(entry, "SYSLOG_IDENTIFIER", program_invocation_short_name);
    append_field(entry, "MESSAGE", line);
    for (const auto& field : fields)
        append_field(entry, name_of(field.key), cut(field.value));
    return entry;
}

Journal::Journal(const std::string& socket)
    : address_(address_of(socket)), socket_(datagram_socket()) {}

Journal::~Journal() {
    const auto end = steady_clock::now() + time_to_be_read;
    int unread = 0;
    while (::ioctl(socket_.get(), SIOCOUTQ, &unread) == 0 && unread > 0 &&
           steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::size_t Journal::write(std::span<const Record> entries) {
    std::size_t taken = 0;
    while (taken < entries.size()) {
        const auto left = entries.subspan(taken);
        const auto sent = send(left.first(std::min(left.size(), most_at_once)));
        if (sent > 0)
            taken += static_cast<std::size_t>(sent);
        else if (errno == EMSGSIZE || errno == EINVAL)
            ++taken; // it would be refused for ever
        else if (errno != EINTR)
            break;
    }
    return taken;
}

int Journal::send(std::span<const Record> entries) {
    std::array<iovec, most_at_once> parts{};
    std::array<mmsghdr, most_at_once> datagrams{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        parts[i] = {const_cast<char*>(entries[i].bytes.data()), entries[i].bytes.size()};
        auto& datagram = datagrams[i].msg_hdr;
        datagram.msg_name = &address_;
        datagram.msg_namelen = sizeof address_;
        datagram.msg_iov = &parts[i];
        datagram.msg_iovlen = 1;
    }
    return ::sendmmsg(socket_.get(), datagrams.data(), static_cast<unsigned>(entries.size()),
                      MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace base::log
