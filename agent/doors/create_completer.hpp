#pragma once
// Role: completes the containers that are made through the Docker API socket: reads their bodies, asks the
//   engine what they say of images and other containers, and has the registrar mint what they are given.
// Owner: the daemon. Threading: the loop thread.
// Failure: what cannot be read or asked goes on as it was sent.

#include "agent/containers/image_probe.hpp"
#include "agent/docker/client.hpp"
#include "agent/doors/proxy/completer.hpp"
#include "agent/doors/registrar.hpp"
#include "base/async.hpp"

#include <functional>
#include <string>

namespace agent::doors {

class CreateCompleter : public proxy::Completer {
public:
    /// All outlive it. Nothing is completed while `is_ready` is false: the World is not whole then.
    CreateCompleter(docker::Client& docker, containers::ImageProbe& image_probe,
                    Registrar& registrar, std::function<bool()> is_ready)
        : docker_(docker),
          image_probe_(image_probe),
          registrar_(registrar),
          is_ready_(std::move(is_ready)) {}

    base::Async<proxy::Completed> complete(proxy::CreateRequest request) override;

private:
    base::Async<base::Result<bool>> ask_engine(containers::Request& request);
    base::Async<base::Result<>> add_mounts_of_others(containers::Request& request);

    docker::Client& docker_;
    containers::ImageProbe& image_probe_;
    Registrar& registrar_;
    std::function<bool()> is_ready_;
};

} // namespace agent::doors
