#include "agent/doors/cluster_key.hpp"

#include "base/private_file.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace agent::doors {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// So that nothing else that is made of the key is ever a credentials id.
constexpr std::string_view purpose = "ecs-node-agent credentials\n";
constexpr std::size_t id_bytes = 16; ///< of the code, in the id

/// An editor puts a line end there, and a copy may lose it.
std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

} // namespace

Result<std::optional<ClusterKey>> ClusterKey::load(const std::string& path, bool required) {
    auto read = base::read_trusted_file(path, most_bytes, base::Readers::owner_only);
    if (!read && read.error().code() == Errc::not_found && !required)
        return std::optional<ClusterKey>();
    TRY(auto text, std::move(read));
    const base::WipeAtEnd wipe(text);
    const auto secret = without_line_end(text);
    if (secret.size() < fewest_bytes)
        return Error(Errc::invalid_argument, path + ": expected " + std::to_string(fewest_bytes) +
                                                 " bytes or more that nobody can guess, got " +
                                                 std::to_string(secret.size()));
    return std::optional<ClusterKey>(std::in_place, secret);
}

std::string ClusterKey::credentials_id(std::string_view task, std::string_view service) const {
    const auto key = secret_.view();
    const auto text = std::string(purpose).append(service);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned int size = 0;
    const auto* made = ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
                              reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              code.data(), &size);
    // An id that anybody could make would be worse than none.
    if (made == nullptr || size < id_bytes)
        return {};
    std::string id(task);
    id += '-';
    for (std::size_t i = 0; i < id_bytes; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        id += digits[code[i] >> 4];
        id += digits[code[i] & 15];
    }
    return id;
}

} // namespace agent::doors
