#pragma once
// A database file in a directory of its own, removed at the end of the test.

#include "base/files.hpp"

#include <sqlite3.h>
#include <stdlib.h>

#include <string>

namespace ipam_test {

class StateFile {
public:
    StateFile() {
        std::string pattern = "/tmp/ecs-ipam-test-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
    }
    ~StateFile() { (void)base::remove_tree(directory_); }
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;

    std::string path() const { return directory_ + "/state.db"; }

private:
    std::string directory_;
};

/// Another connection to the same file, as another program would have it.
class OtherConnection {
public:
    explicit OtherConnection(const std::string& path) { sqlite3_open(path.c_str(), &database_); }
    ~OtherConnection() { sqlite3_close(database_); }
    OtherConnection(const OtherConnection&) = delete;
    OtherConnection& operator=(const OtherConnection&) = delete;

    bool run(const char* sql) {
        return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
    }

private:
    sqlite3* database_ = nullptr;
};

} // namespace ipam_test
