#!/usr/bin/env bash
# compile_elsewhere.sh ROOM HEADERS RESULTS
# What of a room is not Linux's (x_linux.cpp) compiles with a compiler for Windows, in whose headers nothing of Linux is.
# HEADERS is a folder for the libraries' own, which are all there is beside the compiler's.
set -euo pipefail
room=$1 headers=$2 results=$3
readonly room headers results
cd "$(dirname "$(readlink -f "$0")")/../.."

# Rooms that stand on Linux but for these.
sources() {
    case $room in
    ipam) echo ipam/pool.cpp ;;
    *) find "$room" -name '*.cpp' ! -name '*_linux.cpp' ! -name boost_impl.cpp | sort ;;
    esac
}

mkdir -p "$headers"
for library in boost nlohmann yaml-cpp; do
    ln -sfn "/usr/include/$library" "$headers/$library"
done

# As one, like in a unity build: the headers are read once.
compile() {
    sources | sed 's/.*/#include "&"/' |
        x86_64-w64-mingw32-g++-posix -std=c++20 -fsyntax-only -x c++ -I . -isystem "$headers" -D_WIN32_WINNT=0x0A00 \
            -DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_BEAST_SEPARATE_COMPILATION -Wno-subobject-linkage -
}

if compile; then
    echo "passed $room: compiles without Linux's headers" >"$results"
else
    echo "failed $room: compiles without Linux's headers" >"$results"
    exit 1
fi
