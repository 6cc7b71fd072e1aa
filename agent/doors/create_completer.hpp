#pragma once
// Role: completes the containers that are made through the Docker API socket: reads their bodies, asks the
//   engine what they say of images and other containers, and has the registrar mint what they are given.
//   Docker's services are the service completer's.
// Owner: the daemon. Threading: the loop thread.
// Failure: what cannot be read or asked goes on as it was sent.

#include "agent/containers/image_probe.hpp"
#include "agent/docker/client.hpp"
#include "agent/doors/proxy/completer.hpp"
#include "agent/doors/registrar.hpp"
#include "agent/doors/service_completer.hpp"
#include "agent/observer/observer.hpp"
#include "base/async.hpp"

#include <string>

namespace agent::doors {

class CreateCompleter : public proxy::Completer {
public:
    /// All outlive it. Nothing is completed while the observer has not seen all containers.
    CreateCompleter(docker::Client& docker, observer::Observer& observer,
                    containers::ImageProbe& image_probe, Registrar& registrar,
                    ServiceCompleter services)
        : docker_(docker),
          observer_(observer),
          image_probe_(image_probe),
          registrar_(registrar),
          services_(std::move(services)) {}

    base::Async<proxy::Completed> complete(proxy::CreateRequest request) override;
    /// Until a container that was made is in the World, since whoever starts it may ask at once; half a
    /// second at most, and not at all while the observer does not see the engine.
    base::Async<void> answered(std::string endpoint_id, int status) override;

private:
    base::Async<base::Result<bool>> ask_engine(containers::Request& request);
    base::Async<base::Result<>> add_mounts_of_others(containers::Request& request);

    docker::Client& docker_;
    observer::Observer& observer_;
    containers::ImageProbe& image_probe_;
    Registrar& registrar_;
    ServiceCompleter services_;
};

} // namespace agent::doors
