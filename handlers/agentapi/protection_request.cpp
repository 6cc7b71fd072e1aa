#include "handlers/agentapi/protection_request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace handlers::agentapi {

namespace {

bool same_but_for_case(std::string_view one, std::string_view other) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

/// Takes the values as they come; false refuses the body.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
public:
    const ProtectionRequest& request() const { return request_; }

    bool null() override {
        // As the whole body it is as good as {}.
        if (field_ == Field::enabled)
            request_.enabled.reset();
        else if (field_ == Field::minutes)
            request_.minutes.reset();
        return true;
    }
    bool boolean(bool value) override {
        if (field_ != Field::enabled)
            return false;
        request_.enabled = value;
        return true;
    }
    bool number_integer(number_integer_t value) override {
        if (field_ != Field::minutes)
            return false;
        request_.minutes = value;
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        return value <= static_cast<number_unsigned_t>(most) &&
               number_integer(static_cast<number_integer_t>(value));
    }
    /// Whatever has a point or an exponent, integral or not, and what is too large.
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return false; }
    bool string(string_t& /*text*/) override { return false; }
    bool binary(binary_t& /*bytes*/) override { return false; }
    bool start_object(std::size_t /*elements*/) override { return field_ == Field::none; }
    bool key(string_t& name) override {
        if (same_but_for_case(name, "ProtectionEnabled"))
            field_ = Field::enabled;
        else if (same_but_for_case(name, "ExpiresInMinutes"))
            field_ = Field::minutes;
        else
            return false;
        return true;
    }
    bool end_object() override { return true; }
    bool start_array(std::size_t /*elements*/) override { return false; }
    bool end_array() override { return false; }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        return false;
    }

private:
    enum class Field { none, enabled, minutes };
    Field field_ = Field::none;
    ProtectionRequest request_;
};

} // namespace

std::optional<ProtectionRequest> decode_protection_request(std::string_view body) {
    // The library passes over a byte order mark; Go's decoder does not.
    if (body.starts_with("\xEF\xBB\xBF"))
        return std::nullopt;
    Reader reader;
    constexpr bool whole_text = false;
    if (!nlohmann::json::sax_parse(body.begin(), body.end(), &reader,
                                   nlohmann::json::input_format_t::json, whole_text))
        return std::nullopt;
    return reader.request();
}

} // namespace handlers::agentapi
