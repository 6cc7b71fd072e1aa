#pragma once
// Tasks with a role, and the keys that a file has for all roles.

#include "tests/integration/support/tasks.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace integration {

inline const std::string web_role = "arn:aws:iam::000000000000:role/web";
inline constexpr auto nobodys =
    R"({"code":"InvalidIdInRequest","message":"CredentialsV2Request: Credentials not found",)"
    R"("HTTPErrorCode":400})";

inline std::string with_role(const std::string& role = "web") {
    return R"("taskRoleArn": ")" + role + '"';
}

inline std::string one_task(const std::string& family, const std::string& more) {
    return task(family, {container("app", runs_until_told())}, more);
}

inline std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

class CredentialsOfTasks : public TaskTest {
protected:
    /// Keys that do not expire, with this secret.
    void put_keys(const std::string& id, const std::string& secret, const std::string& more = "") {
        std::ofstream(keys_file() + ".new")
            << R"({"AccessKeyId": ")" << id << R"(", "SecretAccessKey": ")" << secret
            << R"(", "SessionToken": "the-token")" << more << "}";
        ::chmod((keys_file() + ".new").c_str(), 0600);
        std::filesystem::rename(keys_file() + ".new", keys_file());
    }
    void configure(const std::string& yaml) const {
        std::ofstream(agent_->credentials_file()) << yaml;
    }
    /// All roles have the keys of the file.
    void start_with_keys(const std::string& settings = "") {
        put_keys("AKIAFIRST", first_secret);
        configure("providers: {keys: {type: static, file: " + keys_file() + "}}\ndefault: keys\n");
        std::ofstream(agent_->config_file()) << settings;
        agent_->start();
    }
    std::string keys_file() const { return agent_->directory() + "/keys.json"; }

    static std::string path_of(const std::string& container) {
        return variable_of(container, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    }
    /// What the demo image's wget, or nc, gets from inside a container: head and body.
    static std::string raw_in(const std::string& container, const std::string& path,
                              const std::string& header = "") {
        return exec_in(container, "printf 'GET " + path + " HTTP/1.0\\r\\n" + header +
                                      "\\r\\n' | nc 169.254.170.2 80");
    }
    static Json keys_in(const std::string& container, const std::string& path) {
        return get_in(container, "http://169.254.170.2" + path);
    }
    /// The answer but for what differs from one request to the next.
    static std::string comparable(std::string answer) {
        for (const auto* header : {"Date: ", "X-Rate-Limit-Request-Remote-Addr: "}) {
            const auto at = answer.find(header);
            if (at != std::string::npos)
                answer.erase(at, answer.find("\r\n", at) - at);
        }
        return answer;
    }

    static inline const std::string first_secret = "first-secret-of-forty-characters-12345678";
};

} // namespace integration
