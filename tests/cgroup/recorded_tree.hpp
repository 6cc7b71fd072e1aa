#pragma once
// A folder that looks like a cgroup mount: files with the text that a kernel's had (recorded), which
// keep what is written to them. The kernel's part is lacking: a folder that is made gets no files,
// and a folder with files cannot be removed.

#include "fakes/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>

namespace cgroup_test {

inline const std::string task_id = "0123456789abcdef0123456789abcdef";
inline const std::string other_id = "fedcba9876543210fedcba9876543210";

class RecordedTree {
public:
    std::string mount() const { return folder_.path(); }

    void folder(const std::string& path) const {
        std::filesystem::create_directories(mount() + '/' + path);
    }
    void files(const std::string& path,
               std::initializer_list<std::pair<const char*, const char*>> files) const {
        folder(path);
        for (const auto& [name, text] : files)
            std::ofstream(mount() + '/' + path + '/' + name) << text << '\n';
    }
    std::string text(const std::string& path) const {
        std::ifstream file(mount() + '/' + path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool has(const std::string& path) const {
        return std::filesystem::exists(mount() + '/' + path);
    }

private:
    fakes::TemporaryFolder folder_;
};

} // namespace cgroup_test
