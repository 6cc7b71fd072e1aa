#include "agent/tables/document_builder.hpp"

namespace agent::tables {

namespace {

using Json = nlohmann::ordered_json;

/// Feeds the builder from nlohmann's parser; the first refusal ends the parse.
class JsonEvents : public nlohmann::json_sax<Json> {
public:
    bool null() override { return done(builder_.value(nullptr)); }
    bool boolean(bool value) override { return done(builder_.value(value)); }
    bool number_integer(number_integer_t value) override { return done(builder_.value(value)); }
    bool number_unsigned(number_unsigned_t value) override { return done(builder_.value(value)); }
    bool number_float(number_float_t value, const string_t& /*text*/) override {
        return done(builder_.value(value));
    }
    bool string(string_t& value) override { return done(builder_.value(std::move(value))); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*count*/) override { return done(builder_.begin_object()); }
    bool start_array(std::size_t /*count*/) override { return done(builder_.begin_array()); }
    bool key(string_t& name) override { return done(builder_.key(std::move(name))); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }

    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& exception) override {
        std::string_view what = exception.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
        constexpr std::string_view lead = "parse error ";
        if (const auto found = what.find(lead); found != std::string_view::npos)
            what.remove_prefix(found + lead.size());
        error_ = base::Error(base::Errc::invalid_argument, "not valid JSON " + shorten(what));
        return false;
    }

    base::Result<Json> result(bool parsed) {
        if (!parsed)
            return error_;
        return builder_.finish();
    }

private:
    bool done(base::Result<> result) {
        if (result)
            return true;
        error_ = std::move(result).error();
        return false;
    }
    bool end() {
        builder_.end();
        return true;
    }

    DocumentBuilder builder_;
    base::Error error_;
};

} // namespace

base::Result<Json> read_json(std::string_view text) {
    JsonEvents events;
    const bool parsed = Json::sax_parse(text, &events);
    return events.result(parsed);
}

} // namespace agent::tables
