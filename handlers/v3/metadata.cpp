#include "handlers/v3/metadata.hpp"

#include "handlers/metadata/documents.hpp"

namespace handlers::v3 {

constinit const metadata::Dialect dialect{"V3",
                                          500,
                                          "Unable to generate network response for container ",
                                          metadata::render_container,
                                          metadata::render_task,
                                          metadata::render_task_with_tags};

} // namespace handlers::v3
