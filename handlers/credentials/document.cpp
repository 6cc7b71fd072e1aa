#include "handlers/credentials/document.hpp"

#include "base/json.hpp"
#include "base/secret.hpp"

#include <array>
#include <memory>

namespace handlers::credentials {

namespace {

/// The longest escape is "\\u0026", and there are keys and quotes beside the texts.
constexpr std::size_t longest_escape = 6;
constexpr std::size_t beside_texts = 128;

} // namespace

http::SharedBody render(const Document& document) {
    using Field = std::pair<std::string_view, std::string_view>;
    const std::array fields{
        Field{"RoleArn", document.role_arn}, Field{"AccessKeyId", document.access_key_id},
        Field{"SecretAccessKey", document.secret_access_key}, Field{"Token", document.token},
        Field{"Expiration", document.expiration}};
    const auto wiping = [](const std::string* text) {
        std::unique_ptr<std::string> owned(const_cast<std::string*>(text));
        base::wipe(*owned);
    };
    auto text = std::make_unique<std::string>();
    // It may not move while it grows: the old places would keep what stood there.
    std::size_t size = beside_texts;
    for (const auto& [name, value] : fields)
        size += longest_escape * value.size();
    text->reserve(size);
    for (const auto& [name, value] : fields) {
        *text += text->empty() ? '{' : ',';
        base::append_go_text(*text, name);
        *text += ':';
        base::append_go_text(*text, value);
    }
    *text += '}';
    return http::SharedBody(text.release(), wiping);
}

} // namespace handlers::credentials
