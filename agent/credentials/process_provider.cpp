#include "agent/credentials/keys_program.hpp"
#include "agent/credentials/providers.hpp"

namespace agent::credentials {

namespace {

using base::Async;
using base::Result;

class ProcessProvider : public Provider {
public:
    ProcessProvider(KeysProgram program, base::WorkerPool& programs)
        : program_(std::move(program)), programs_(programs) {}

    Async<Result<Keys>> fetch(RoleRequest request) override {
        auto run = [program = program_, request] { return run_keys_program(program, request); };
        auto keys = co_await base::offload(programs_, std::move(run));
        co_return keys;
    }

private:
    KeysProgram program_;
    base::WorkerPool& programs_;
};

} // namespace

ProviderPtr make_process_provider(const ProcessSpec& spec, const ProviderServices& services) {
    KeysProgram program{spec.command, services.environment, spec.timeout};
    return std::make_shared<ProcessProvider>(std::move(program), services.programs);
}

} // namespace agent::credentials
