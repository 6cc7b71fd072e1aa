#include "tests/conformance/credentials/programs.hpp"

#include <filesystem>
#include <iostream>
#include <stdexcept>

namespace conformance {

using integration::Words;

namespace {

constexpr auto install_limit = std::chrono::seconds(180);

const std::string of_nobody_in_python =
    R"(Received non 200 response (400) from ECS metadata: {"code":"InvalidIdInRequest",)"
    R"("message":"CredentialsV2Request: Credentials not found","HTTPErrorCode":400})";

std::string source(const std::string& name) {
    return sources_folder + '/' + name;
}

Words node(const std::string& name, const Words& more = {}) {
    Words words{path_of_node(), source(name)};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// What went wrong, or "".
std::string install() {
    try {
        integration::must({CREDENTIALS_FOLDER "/install.sh", installed_folder}, install_limit);
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::vector<Program> all_programs() {
    return {
        {.name = "boto3",
         .words = {"/usr/bin/python3", "-B", source("boto.py")},
         .of_nobody = of_nobody_in_python,
         .refreshes = true},
        {.name = "awscli", .words = {"sh", source("aws_cli.sh")}, .of_nobody = of_nobody_in_python},
        {.name = "JavaScript v3 fromContainerMetadata",
         .words = node("v3.js", {"fromContainerMetadata"}),
         .of_nobody = "ProviderError: Error response received from instance metadata service",
         .refreshes = true},
        {.name = "JavaScript v3 fromHttp",
         .words = node("v3.js", {"fromHttp"}),
         .of_nobody = "CredentialsProviderError: Server responded with status: 400",
         .refreshes = true},
        {.name = "JavaScript v3 fromNodeProviderChain",
         .words = node("v3.js", {"fromNodeProviderChain"}),
         .of_nobody = "CredentialsProviderError: Could not load credentials from any providers"},
        {.name = "JavaScript v2",
         .words = node("v2.js"),
         .of_nobody = "400: null",
         .sends_token = false},
        {.name = "aws-crt",
         .words = node("crt.js"),
         .of_nobody = "AWS_AUTH_SIGNING_NO_CREDENTIALS"},
        {.name = "Go v2",
         .words = {installed_folder + "/gov2"},
         .of_nobody = "InvalidIdInRequest: CredentialsV2Request: Credentials not found",
         .refreshes = true},
        {.name = "Ruby",
         .words = {"/usr/bin/ruby", source("core.rb")},
         .of_nobody = "there are no credentials",
         .sends_token = false},
        {.name = "AsyncAws",
         .words = {"/usr/bin/php", source("async_aws.php")},
         .of_nobody = "HTTP/1.1 400 Bad Request returned for",
         .sends_token = false},
        {.name = "s3fs",
         .words = {"sh", source("s3fs.sh")},
         .of_nobody = "Failed to check IAM role name",
         .sends_token = false,
         .bucket = "mounted"},
        {.name = "restic",
         .words = {"sh", source("restic.sh")},
         .of_nobody = "Stat: Access Denied.",
         .bucket = "backups"},
    };
}

std::vector<Program> programs_of_distribution() {
    auto all = all_programs();
    if (!std::filesystem::exists("/usr/bin/aws")) {
        std::cerr << "NOT RUN: awscli, which is no package of Ubuntu 24.04\n";
        std::erase_if(all, [](const Program& each) { return each.name == "awscli"; });
    }
    return all;
}

} // namespace

const std::vector<Program>& programs() {
    // A failure is kept: a registry that does not answer is not asked again for each test.
    static const auto problem = install();
    if (!problem.empty())
        throw std::runtime_error("there are no clients: " + problem);
    static const auto present = programs_of_distribution();
    return present;
}

std::vector<Program> refreshing_programs() {
    std::vector<Program> some;
    for (auto program : programs()) {
        if (!program.refreshes)
            continue;
        program.words.emplace_back("refresh");
        some.push_back(std::move(program));
    }
    return some;
}

std::string path_of_node() {
    static const auto path = integration::shell("readlink -f \"$(command -v node)\"");
    return path;
}

} // namespace conformance
