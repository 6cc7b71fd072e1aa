#include "packaging/pause/pause_program.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".globl ecs_pause_begin, ecs_pause_end\n"
    "ecs_pause_begin:\n"
    ".incbin \"" ECS_PAUSE_FILE "\"\n"
    "ecs_pause_end:\n"
    ".popsection\n");

extern "C" const std::byte ecs_pause_begin[];
extern "C" const std::byte ecs_pause_end[];

namespace packaging {

namespace {

constexpr std::size_t tar_block = 512;

std::string octal(std::uint64_t value, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i > 0 && value != 0; value /= 8)
        text[--i] = static_cast<char>('0' + value % 8);
    return text;
}

/// A ustar header for a regular, executable file that root owns, last changed in 1970.
std::string tar_header(std::string_view name, std::size_t size) {
    std::string header(tar_block, '\0');
    const auto put = [&](std::size_t offset, std::string_view value) {
        header.replace(offset, value.size(), value);
    };
    put(0, name);
    put(100, octal(0755, 7));
    put(108, octal(0, 7));
    put(116, octal(0, 7));
    put(124, octal(size, 11));
    put(136, octal(0, 11));
    put(156, "0");
    put(257, "ustar");
    put(263, "00");
    // The checksum counts its own field as blanks.
    put(148, "        ");
    std::uint64_t sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    put(148, octal(sum, 6));
    header[154] = '\0';
    return header;
}

} // namespace

std::span<const std::byte> pause_program() {
    return {ecs_pause_begin, ecs_pause_end};
}

std::string pause_digest() {
    // FNV-1a: it tells versions of our own file apart, it does not guard against anybody.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto byte : pause_program())
        hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
    return text.data();
}

std::string pause_tar() {
    const auto program = pause_program();
    auto tar = tar_header("pause", program.size());
    for (const auto byte : program)
        tar += std::to_integer<char>(byte);
    // Padding to a whole block, and the two empty blocks that end an archive.
    tar.resize((tar.size() + tar_block - 1) / tar_block * tar_block + 2 * tar_block, '\0');
    return tar;
}

} // namespace packaging
