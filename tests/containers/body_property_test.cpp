// For any body of a container that is completed: read by somebody else's parser, it is what it was and
// the additions, and nothing else.

#include "agent/containers/create_body.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>

namespace agent::containers {
namespace {

using Json = nlohmann::ordered_json;

/// Random bodies, and the same each time.
class Bodies {
public:
    explicit Bodies(unsigned seed) : random_(seed) {}

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool perhaps() { return below(2) == 0; }

    std::string word() {
        static const std::vector<std::string> words{"a",      "A=1",  "x y",  "\"quoted\"",
                                                    "\u00e9", "\\n",  "\n\t", "",
                                                    "<&>",    "/ecs", "null", "{\"a\":1}"};
        return words[below(static_cast<unsigned>(words.size()))];
    }
    Json anything(int depth) {
        switch (below(depth > 0 ? 7 : 5)) {
        case 0: return nullptr;
        case 1: return perhaps();
        case 2: return static_cast<std::int64_t>(below(1000)) - 500;
        case 3: return below(1000) / 8.0;
        case 4: return word();
        case 5: {
            auto list = Json::array();
            for (auto i = below(4); i > 0; --i)
                list.push_back(anything(depth - 1));
            return list;
        }
        default: {
            auto object = Json::object();
            for (auto i = below(4); i > 0; --i)
                object["k" + word()] = anything(depth - 1);
            return object;
        }
        }
    }
    Json texts(const std::string& prefix) {
        auto list = Json::array();
        for (auto i = below(4); i > 0; --i)
            list.push_back(prefix + std::to_string(i) + word());
        return list;
    }
    /// Puts a field in, perhaps null, perhaps not at all.
    void perhaps_put(Json& object, const std::string& key, Json value) {
        const auto way = below(4);
        if (way > 0)
            object[key] = way == 1 ? Json() : std::move(value);
    }
    Json body() {
        auto body = Json::object();
        auto host = Json::object();
        auto labels = Json::object();
        for (auto i = below(3); i > 0; --i)
            labels["label" + word()] = word();
        for (auto i = below(4); i > 0; --i)
            host["Field" + word()] = anything(3);
        perhaps_put(host, "Binds", texts("/s:/t"));
        for (auto i = below(4); i > 0; --i)
            body["Field" + word()] = anything(3);
        perhaps_put(body, "Env", texts("V"));
        if (perhaps())
            body["Another"] = anything(2);
        perhaps_put(body, "Labels", std::move(labels));
        perhaps_put(body, "HostConfig", std::move(host));
        if (perhaps())
            body["Last"] = anything(2);
        return body;
    }
    /// As one of several writers would write it.
    std::string written(const Json& body) {
        return body.dump(perhaps() ? -1 : static_cast<int>(below(4)), ' ', perhaps());
    }

private:
    std::mt19937 random_;
};

Json& made(Json& object, const std::string& key, Json empty) {
    if (!object.contains(key) || object[key].is_null())
        object[key] = std::move(empty);
    return object[key];
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = base::utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

TEST(BodyProperty, ACompletedBodyIsWhatItWasAndTheAdditions) {
    Additions additions;
    additions.variables = {"ECS_A=1 \"2\"", "ECS_B=\u00e9"};
    additions.unset = {"ECS_C"};
    additions.labels = {{"ecs.a", "<1>"}, {"ecs.b", ""}};
    additions.mount = Mount{"bind", "/s", "/ecs/metadata/web", "", false};
    int changed = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        Bodies bodies(seed);
        auto expected = bodies.body();
        const auto before = bodies.written(expected);
        const auto after = complete_create_body(before, additions);
        ASSERT_TRUE(after) << seed << ": " << before << "\n" << after.error().what();
        for (const auto* variable : {"ECS_A=1 \"2\"", "ECS_B=\u00e9", "ECS_C"})
            made(expected, "Env", Json::array()).push_back(variable);
        auto& labels = made(expected, "Labels", Json::object());
        labels["ecs.a"] = "<1>";
        labels["ecs.b"] = "";
        auto& host = made(expected, "HostConfig", Json::object());
        made(host, "Binds", Json::array()).push_back("/s:/ecs/metadata/web:ro");
        ASSERT_EQ(Json::parse(*after), expected) << seed << ": " << before;
        ASSERT_EQ(complete_create_body(before, Additions()).value(), before) << seed;
        changed += *after != before ? 1 : 0;
    }
    EXPECT_EQ(changed, 3000);
}

// Whatever is cut out of a body or changed in it, it is refused or it is JSON afterwards.
TEST(BodyProperty, ABrokenBodyIsRefusedOrStaysJson) {
    Additions additions;
    additions.variables = {"ECS_A=1"};
    additions.labels = {{"ecs.a", "1"}};
    additions.mount = Mount{"bind", "/s", "/ecs/metadata/web", "", false};
    int refused = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        Bodies bodies(seed);
        auto body = bodies.written(bodies.body());
        const auto place = bodies.below(static_cast<unsigned>(body.size()));
        if (bodies.perhaps())
            body.erase(place, 1 + bodies.below(3));
        else
            body[place] = "{}[],:\"\\ n1"[bodies.below(11)];
        const auto after = complete_create_body(body, additions);
        refused += after ? 0 : 1;
        // Go takes what is no UTF-8 as well, this parser does not.
        if (!after || !is_utf8(body))
            continue;
        ASSERT_TRUE(Json::accept(body)) << seed << ": " << body;
        ASSERT_TRUE(Json::accept(*after)) << seed << ": " << body << "\n" << *after;
    }
    EXPECT_GT(refused, 500);
    EXPECT_LT(refused, 3000);
}

} // namespace
} // namespace agent::containers
