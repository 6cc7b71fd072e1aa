// Keys in a file.

#include "provider_fixture.hpp"

#include "fakes/gate.hpp"

#include <algorithm>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;

class StaticProviderTest : public ProviderFixture {
protected:
    StaticProviderTest() { spec.file = folder.path("keys.json"); }
    base::Result<Keys> fetch_from_file() { return fetch(make_static_provider(spec, services())); }

    StaticSpec spec;
};

TEST_F(StaticProviderTest, ReadsItsFile) {
    write_private(folder, "keys.json", R"({"AccessKeyId":"ID","SecretAccessKey":"KEY",
        "SessionToken":"T","Expiration":"2126-01-02T03:04:05Z"})");
    const auto keys = fetch_from_file();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ID");
    EXPECT_EQ(keys->secret_access_key.view(), "KEY");
    EXPECT_EQ(keys->session_token.view(), "T");
    EXPECT_EQ(keys->expires_at, base::parse_rfc3339("2126-01-02T03:04:05Z"));
}

TEST_F(StaticProviderTest, ReadsItAnewForEachFetch) {
    const auto provider = make_static_provider(spec, services());
    write_private(folder, "keys.json", R"({"AccessKeyId":"FIRST","SecretAccessKey":"KEY"})");
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "FIRST");
    write_private(folder, "keys.json", R"({"AccessKeyId":"SECOND","SecretAccessKey":"KEY"})");
    EXPECT_EQ(fetch(provider)->access_key_id.view(), "SECOND");
    folder.remove("keys.json");
    expect_failure(fetch(provider), Errc::not_found, spec.file + ": No such file or directory");
}

// D5
TEST_F(StaticProviderTest, DoesNotWaitForProgramsThatHang) {
    const fakes::Gate gate(folder.path("gate"));
    write_private(folder, "keys.json", R"({"AccessKeyId":"ID","SecretAccessKey":"KEY"})");
    ProcessSpec hung;
    hung.command = {write_program("hung", gate.wait())};
    const auto provider = make_process_provider(hung, services());
    std::vector<std::shared_ptr<std::optional<base::Result<Keys>>>> late;
    for (int i = 0; i < 3; ++i) {
        auto asked = request;
        late.push_back(loop.start(provider->fetch(std::move(asked))));
    }
    loop.run_until([&] { return program_workers.depth().running == 2; });
    const auto keys = fetch_from_file();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ID");
    gate.open();
    const auto has_ended = [](const auto& fetched) { return fetched->has_value(); };
    loop.run_until([&] { return std::ranges::all_of(late, has_ended); });
    EXPECT_TRUE(std::ranges::all_of(late, has_ended));
}

TEST_F(StaticProviderTest, RefusesAFileThatOthersMayRead) {
    folder.write("keys.json", R"({"AccessKeyId":"ID","SecretAccessKey":"KEY"})");
    using std::filesystem::perms;
    std::filesystem::permissions(spec.file,
                                 perms::owner_read | perms::owner_write | perms::others_read);
    expect_failure(fetch_from_file(), Errc::permission,
                   spec.file + ": others may read it (chmod 600 " + spec.file + ")");
}

TEST_F(StaticProviderTest, SaysWhatIsWrongWithIt) {
    write_private(folder, "keys.json", R"({"AccessKeyId":"ID","SecretAccessKey":["MARKER"]})");
    expect_failure(fetch_from_file(), Errc::invalid_argument,
                   spec.file + ": SecretAccessKey: expected a text");
    write_private(folder, "keys.json", "MARKER");
    expect_failure(fetch_from_file(), Errc::invalid_argument,
                   spec.file + ": expected JSON with AccessKeyId and SecretAccessKey");
    write_private(folder, "keys.json", R"({"AccessKeyId":"ID","SecretAccessKey":"MARKER",
        "Expiration":"2001-01-02T03:04:05Z"})");
    expect_failure(fetch_from_file(), Errc::unavailable,
                   spec.file + ": the keys have expired at 2001-01-02T03:04:05Z");
    write_private(folder, "keys.json", std::string(64 * 1024 + 1, ' '));
    expect_failure(fetch_from_file(), Errc::too_large, spec.file + ": longer than 65536 bytes");
}

} // namespace
} // namespace agent::credentials
