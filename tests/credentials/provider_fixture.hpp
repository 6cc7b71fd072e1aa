#pragma once
// What providers work with, and the files and programs that they find: in a folder of the test's own,
// which is also HOME.

#include "agent/credentials/providers.hpp"

#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

namespace agent::credentials {

/// A file that only its owner can read.
inline void write_private(const fakes::TemporaryFolder& folder, const std::string& name,
                          const std::string& text) {
    using std::filesystem::perms;
    folder.write(name, text);
    std::filesystem::permissions(folder.path(name), perms::owner_read | perms::owner_write);
}

class ProviderFixture : public testing::Test {
protected:
    static void SetUpTestSuite() {
        // Whatever proxy this machine has.
        ::setenv("no_proxy", "127.0.0.1", 1);
        // A file that its group may write counts as somebody else's.
        ::umask(022);
    }

    ProviderServices services() {
        return {loop.executor(), file_workers,  home_workers, program_workers,
                "eu-west-1",     imds_endpoint, environment};
    }
    /// Fetches for the task that `request` is of.
    base::Result<Keys> fetch(const ProviderPtr& provider) {
        auto wanted = request;
        return loop.run(provider->fetch(std::move(wanted)));
    }
    /// Writes a script for sh; returns its path.
    std::string write_program(const std::string& name, const std::string& script) {
        folder.write(name, "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(folder.path(name), std::filesystem::perms::owner_all);
        return folder.path(name);
    }

    fakes::TestLoop loop;
    fakes::TemporaryFolder folder;
    base::WorkerPool file_workers{2};
    base::WorkerPool home_workers{1};
    base::WorkerPool program_workers{2};
    std::string imds_endpoint = "http://127.0.0.1:1"; // nobody
    config::Environment environment{{"HOME", folder.path()}, {"PATH", "/usr/bin:/bin"}};
    RoleRequest request{"arn:aws:iam::123456789012:role/web", "0123456789abcdef0123456789abcdef",
                        "arn:aws:ecs:eu-west-1:123456789012:task/default/0123"};
};

/// The failure of a fetch: its kind, and that its text has this in it and no secret.
inline void expect_failure(const base::Result<Keys>& keys, base::Errc code, std::string_view text) {
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().code(), code) << keys.error().what();
    EXPECT_NE(keys.error().what().find(text), std::string::npos) << keys.error().what();
    EXPECT_EQ(keys.error().what().find("MARKER"), std::string::npos) << keys.error().what();
}

} // namespace agent::credentials
