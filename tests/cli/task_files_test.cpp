// Which files check-config looks at, of those that it is given.

#include "agent/cli/task_files.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace agent::cli {
namespace {

using Files = std::vector<std::string>;

class TaskFiles : public testing::Test {
protected:
    std::string put(const std::string& name, const std::string& text) {
        folder.write(name, text);
        return folder.path(name);
    }

    fakes::TemporaryFolder folder;
    const std::string task = "{family: f, containerDefinitions: [{name: c, image: i}]}";
};

TEST_F(TaskFiles, AreThoseBesideWhichTheNamedOverridesStand) {
    const auto web = put("web.yaml", task);
    const auto overrides = put("web.overrides.yaml", "{}");
    EXPECT_EQ(files_to_check({web, overrides}), Files{web});
    EXPECT_EQ(files_to_check({overrides, web}), Files{web});
    EXPECT_EQ(files_to_check({overrides, folder.path("./web.yaml")}),
              Files{folder.path("./web.yaml")});
    const auto other = put("other.json", "{}");
    EXPECT_EQ(files_to_check({other, overrides, overrides, "-"}), (Files{other, web, "-"}))
        << "on the disk";
    const auto twin = put("web.json", "{}");
    EXPECT_EQ(files_to_check({overrides}), (Files{twin, web})) << "both are changed by it";
}

TEST_F(TaskFiles, AreCheckedWithTheOverridesThatWereNamed) {
    put("web.yaml", task);
    const auto overrides = put("web.overrides.yaml", "containerOverrides: [{name: c, image: j}]");
    const auto files = files_to_check({overrides});
    ASSERT_EQ(files.size(), 1U);
    const auto file = check_named_file(files.front(), {});
    EXPECT_TRUE(file.is_fine()) << render_faults(file);
    ASSERT_EQ(file.images.size(), 1U);
    EXPECT_EQ(file.images.front().name, "j");
}

TEST_F(TaskFiles, OfAFolderAreThoseOfATasksFolder) {
    const auto web = put("d/web.yaml", task);
    const auto api = put("d/api.json", "{}");
    const auto beside = put("d/web.overrides.yaml", "{}");
    const auto lone = put("d/lone.overrides.yaml", "{}");
    put("d/notes.txt", "");
    put("d/.hidden.json", "{}");
    put("d/folder.json/inner.json", "{}");
    std::vector<std::string> warnings;
    EXPECT_EQ(files_to_check({folder.path("d")}, &warnings), (Files{api, web}));
    EXPECT_EQ(warnings, std::vector<std::string>{lone + ": has no task beside it"});
    EXPECT_EQ(files_to_check({beside, folder.path("d/")}), (Files{web, api})) << "each once";
    put("web/other.json", "{}");
    const auto overrides = put("web.overrides.yaml", "{}");
    EXPECT_EQ(files_to_check({folder.path("web"), overrides}),
              (Files{folder.path("web/other.json"), overrides}))
        << "a folder is no task beside overrides";
    put("empty/readme", "");
    warnings.clear();
    EXPECT_EQ(files_to_check({folder.path("empty")}, &warnings), Files{});
    EXPECT_EQ(warnings,
              std::vector<std::string>{folder.path("empty") + ": has no task definitions"});
}

TEST_F(TaskFiles, OverridesAloneAreAFault) {
    const auto overrides = put("web.overrides.yaml", "containerOverrides: [{name: c, image: j}]");
    EXPECT_EQ(files_to_check({overrides}), Files{overrides});
    EXPECT_EQ(render_faults(check_named_file(overrides, {})),
              overrides + ": overrides of a task that is not beside them: none of web.json, "
                          "web.yaml, web.yml is there\n");
}

} // namespace
} // namespace agent::cli
