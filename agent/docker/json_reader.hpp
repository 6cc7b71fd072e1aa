#pragma once
// A lenient look at a JSON document: missing and null fields read as empty, a field of the wrong
// type is remembered, by its JSON pointer, as the document's one error. For decode*.cpp only.

#include "base/error.hpp"
#include "base/time.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::docker {

/// One value of the document, or nothing. Refers to the document and its Failure.
class JsonReader {
public:
    using Json = nlohmann::json;
    using Failure = std::optional<base::Error>;

    JsonReader(const Json& document, Failure& failure)
        : JsonReader(&document, std::string(), failure) {}

    /// A field of an object; nothing when this is nothing or has no such field.
    JsonReader operator[](const char* key) const {
        const Json* child = nullptr;
        if (expect(Json::value_t::object, "an object")) {
            if (const auto found = value_->find(key); found != value_->end())
                child = &*found;
        }
        return JsonReader(child, path_ + "/" + key, *failure_);
    }

    bool present() const { return value_ != nullptr; }

    std::string text() const {
        return expect(Json::value_t::string, "a string") ? value_->get_ref<const std::string&>()
                                                         : std::string();
    }

    bool flag() const { return expect(Json::value_t::boolean, "a boolean") && value_->get<bool>(); }

    std::int64_t number() const {
        if (!present())
            return 0;
        if (value_->is_number_unsigned() &&
            value_->get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max())
            return value_->get<std::int64_t>();
        if (value_->is_number_integer() && !value_->is_number_unsigned())
            return value_->get<std::int64_t>();
        fail("a whole number");
        return 0;
    }

    /// A number that only grows; exact to 2^64.
    std::uint64_t counter() const {
        if (!present())
            return 0;
        if (value_->is_number_unsigned())
            return value_->get<std::uint64_t>();
        fail("a whole number that is not negative");
        return 0;
    }

    /// A number that fits an int; prefix lengths and the like.
    int small_number() const {
        const auto wide = number();
        if (wide >= 0 && wide <= std::numeric_limits<int>::max())
            return static_cast<int>(wide);
        fail("a small number");
        return 0;
    }

    /// RFC 3339 text; nothing for Docker's year 1 and for text that is no time.
    std::optional<base::Time> time() const { return base::parse_rfc3339(text()); }

    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        each_item([&](const JsonReader& item) { all.push_back(item.text()); });
        return all;
    }

    std::map<std::string, std::string> text_map() const {
        std::map<std::string, std::string> all;
        each_field(
            [&](const std::string& key, const JsonReader& field) { all[key] = field.text(); });
        return all;
    }

    std::vector<std::string> keys() const {
        std::vector<std::string> all;
        each_field([&](const std::string& key, const JsonReader&) { all.push_back(key); });
        return all;
    }

    /// visit(item) for each element of an array.
    template <class Visit>
    void each_item(Visit visit) const {
        if (!expect(Json::value_t::array, "an array"))
            return;
        for (std::size_t i = 0; i < value_->size() && !*failure_; ++i)
            visit(JsonReader(&(*value_)[i], path_ + "/" + std::to_string(i), *failure_));
    }

    /// visit(key, value) for each field of an object.
    template <class Visit>
    void each_field(Visit visit) const {
        if (!expect(Json::value_t::object, "an object"))
            return;
        for (auto field = value_->begin(); field != value_->end() && !*failure_; ++field)
            visit(field.key(), JsonReader(&*field, path_ + "/" + field.key(), *failure_));
    }

    void fail(std::string_view expected) const {
        if (*failure_)
            return;
        std::string what = "expected ";
        what.append(expected).append(" at ").append(path_.empty() ? "/" : path_.substr(0, 256));
        failure_->emplace(base::Errc::protocol, std::move(what));
    }

private:
    JsonReader(const Json* value, std::string path, Failure& failure)
        : value_(value != nullptr && value->is_null() ? nullptr : value),
          path_(std::move(path)),
          failure_(&failure) {}

    bool expect(Json::value_t type, std::string_view expected) const {
        if (!present())
            return false;
        if (value_->type() == type)
            return true;
        fail(expected);
        return false;
    }

    const Json* value_;
    std::string path_;
    Failure* failure_;
};

/// Parses `text` and fills a T by `read(reader, value)`. A document that is no JSON object or array
/// at all is a protocol error too.
template <class T, class Read>
base::Result<T> decode_with(std::string_view text, Read read) {
    nlohmann::json document;
    try {
        document = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& failure) {
        // Without the library's excerpt of the text, which may hold a container's environment.
        return base::Error(base::Errc::protocol,
                           "not valid JSON at byte " + std::to_string(failure.byte));
    } catch (const nlohmann::json::exception&) {
        return base::Error(base::Errc::protocol, "not valid JSON");
    }
    if (!document.is_structured())
        return base::Error(base::Errc::protocol, "expected a JSON object or array");
    JsonReader::Failure failure;
    T value;
    read(JsonReader(document, failure), value);
    if (failure)
        return std::move(*failure);
    return value;
}

} // namespace agent::docker
