#pragma once
// Standard output or standard error, written without waiting for whoever reads it: a pipe that is
// full, a terminal that was stopped. Only a file on a disk is written as fast as the disk is. What
// others have of the same pipe stays as it is: no flag of it is changed.

#include "base/backlog.hpp"
#include "base/fd_linux.hpp"

#include <sys/types.h>

#include <string_view>

namespace base {

class StreamOutlet : public Outlet {
public:
    /// The number stays its owner's, who may put something else behind it (dup2).
    explicit StreamOutlet(int descriptor) : descriptor_(descriptor) {}

    std::size_t write(std::span<const Record> records) override;

private:
    enum class Kind { nothing, file, socket, reopened, other };

    void look();
    /// How many bytes were written; -1 with errno.
    ssize_t write_some(std::string_view bytes) const;

    int descriptor_;
    Kind kind_ = Kind::nothing;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    Fd own_;                ///< what is behind the number, opened anew so that it does not block
    std::size_t begun_ = 0; ///< bytes of the first record that were written
};

} // namespace base
