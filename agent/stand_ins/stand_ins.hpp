#pragma once
// What stands on this host for what a task definition names elsewhere: images, secrets, file systems, log
// drivers, place holders. As the sections of /etc/ecs/host.yaml say it; who reads them is agent/rules.
// Values and pure functions; any thread.

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace agent::stand_ins {

/// What stands for all that a pattern describes: '*' is any text, '?' any character.
template <class Value>
struct Entry {
    std::string pattern;
    Value value;
    int line = 0; ///< of the file that says so; 0 where it is not known

    bool operator==(const Entry&) const = default;
};

/// The first entry that matches counts, no other.
template <class Value>
using Section = std::vector<Entry<Value>>;

struct LogDriver {
    /// A driver's name, or one of the two words below.
    std::string driver;
    std::map<std::string, std::string> options;

    bool operator==(const LogDriver&) const = default;
};
/// As asked for where it can start, else the engine's own driver.
inline constexpr std::string_view auto_log_driver = "auto";
/// The engine's own driver, with its own options.
inline constexpr std::string_view engine_log_driver = "engine";

enum class MissingSecret {
    stop, ///< the task ends, with ECS's reason
    omit, ///< the container goes without it
};

/// Where the value of a secret is: in a file, or in what a program prints. Without either there is none.
struct SecretSource {
    std::string file;                 ///< an absolute path
    std::vector<std::string> program; ///< its absolute path, and arguments
    std::chrono::seconds timeout{10}; ///< of the program
    /// Of the JSON object or of the lines NAME=VALUE that are there; "*": the name under which the
    /// container is given it. "": the key that the definition asks for, else all of it.
    std::string key;
    MissingSecret missing = MissingSecret::stop;

    bool operator==(const SecretSource&) const = default;
};

struct StandIns {
    std::string file;             ///< that says all this, for notices
    Section<std::string> values;  ///< texts by place holders, which are no patterns
    Section<std::string> images;  ///< references by image_matches()
    Section<std::string> volumes; ///< paths of the host by file system ids, or names of volumes
    Section<LogDriver> log_drivers;
    Section<SecretSource> secrets; ///< by one of SecretReference::names

    bool operator==(const StandIns&) const = default;
};

/// What several hold while it is replaced.
using StandInsPtr = std::shared_ptr<const StandIns>;

/// Null where nothing stands for it. All live as long as the section.
const Entry<std::string>* find_image(const Section<std::string>& images, std::string_view image);
const Entry<LogDriver>* find_log_driver(const Section<LogDriver>& drivers, std::string_view driver);
const Entry<SecretSource>* find_secret(const Section<SecretSource>& secrets,
                                       const std::vector<std::string>& names);

/// Whether the engine's own driver may be used in the place of this one.
bool is_log_driver_automatic(const StandIns& stand_ins, std::string_view driver);

/// "/etc/ecs/host.yaml:12", where the entry is.
template <class Value>
std::string place_of(const std::string& file, const Entry<Value>& entry) {
    return entry.line > 0 ? file + ':' + std::to_string(entry.line) : file;
}

/// What is put into all texts of a file has at most so many bytes: a place holder may be there at each character.
constexpr std::size_t max_values_put_in = std::size_t{4} << 20;

/// Replaces each place holder in the text by what stands for it, from left to right; what was put in is
/// not looked at again. Adds the entries that had an effect, and takes the bytes that it puts in off `left`.
/// false where these do not do: the text is as it was.
[[nodiscard]] bool replace_values(std::string& text, const Section<std::string>& values,
                                  std::vector<const Entry<std::string>*>& used, std::size_t& left);

} // namespace agent::stand_ins
