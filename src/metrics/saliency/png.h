// A gray picture as a PNG file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace visq {

// The bytes of an 8-bit gray PNG (W3C PNG, third edition), not compressed: maps are looked at and thrown away.
std::string gray_png(std::span<const std::uint8_t> samples, int width, int height);

// Writes it. Errors name the file.
Status write_gray_png(const std::string& path, std::span<const std::uint8_t> samples, int width, int height);

}  // namespace visq
