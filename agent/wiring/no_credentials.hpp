#pragma once
// Nobody's credentials: no provider can be configured yet, so every id is unknown.

#include "handlers/credentials/source.hpp"

namespace agent::wiring {

class NoCredentials : public handlers::CredentialsSource {
public:
    Answer find(std::string_view /*id*/) override { return {}; }
};

} // namespace agent::wiring
