#pragma once
// The log: one line an entry, `<time> <level> <text> key=value …`, to standard error. Where that is
// systemd's journal (JOURNAL_STREAM), an entry of it instead: priority, text and fields, and each
// field by itself as ECS_<KEY>; or lines `<priority><text> key=value …` where the journal's socket is
// not to be had. Nobody waits for whoever reads it: what is not read has room for 256 KiB, more is
// lost and counted. Libraries log nothing above debug; whoever decides what a failure means logs it,
// once. Never pass a secret. Values are quoted where they hold a blank, a quote or a control
// character, and cut at 2,048 bytes.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace base {
class Error;
}

namespace base::log {

enum class Level { debug, info, warn, error, off };

/// One key=value pair of a log line.
struct Field {
    Field(std::string_view field_key, std::string_view field_value)
        : key(field_key), value(field_value) {}
    Field(std::string_view field_key, const char* field_value)
        : key(field_key), value(field_value) {}
    Field(std::string_view field_key, const std::string& field_value)
        : key(field_key), value(field_value) {}
    Field(std::string_view field_key, std::int64_t number)
        : key(field_key), value(std::to_string(number)) {}
    Field(std::string_view field_key, std::size_t number)
        : key(field_key), value(std::to_string(number)) {}
    Field(std::string_view field_key, int number) : key(field_key), value(std::to_string(number)) {}
    std::string_view key;
    std::string value;
};
using Fields = std::initializer_list<Field>;

void debug(std::string_view text, Fields fields = {});
void info(std::string_view text, Fields fields = {});
void warn(std::string_view text, Fields fields = {});
void error(std::string_view text, Fields fields = {});

/// The field `error="<code>: <what>"` of a failure.
Field why(const Error& error);

/// Lines below this level are dropped. Thread-safe. Default: info.
void set_level(Level level);
bool enabled(Level level);

/// Whether standard error is the journal's.
bool goes_to_journal();

/// Where lines go instead of standard error, until reset with nullptr; for tests that assert them.
using Sink = std::function<void(Level, std::string_view line)>;
void set_sink(Sink sink);

} // namespace base::log
