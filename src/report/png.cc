#include "report/png.h"

#include <bit>
#include <csetjmp>
#include <new>

#include <fmt/format.h>
#include <png.h>

#include "base/library.h"

namespace visq {
namespace {

struct Libpng {
  decltype(&png_create_write_struct) create = nullptr;
  decltype(&png_create_info_struct) create_info = nullptr;
  decltype(&png_destroy_write_struct) destroy = nullptr;
  decltype(&png_set_longjmp_fn) set_longjmp = nullptr;
  decltype(&png_longjmp) jump = nullptr;
  decltype(&png_get_io_ptr) io = nullptr;
  decltype(&png_set_write_fn) set_write = nullptr;
  decltype(&png_set_IHDR) set_header = nullptr;
  decltype(&png_set_filter) set_filter = nullptr;
  decltype(&png_set_compression_level) set_level = nullptr;
  decltype(&png_set_rows) set_rows = nullptr;
  decltype(&png_write_png) write = nullptr;
  bool loaded = false;
};

Libpng load() {
  Libpng p;
  const Library library(VISQ_PNG);
  p.loaded =
      library.find("png_create_write_struct", p.create) &&
      library.find("png_create_info_struct", p.create_info) &&
      library.find("png_destroy_write_struct", p.destroy) &&
      library.find("png_set_longjmp_fn", p.set_longjmp) && library.find("png_longjmp", p.jump) &&
      library.find("png_get_io_ptr", p.io) && library.find("png_set_write_fn", p.set_write) &&
      library.find("png_set_IHDR", p.set_header) && library.find("png_set_filter", p.set_filter) &&
      library.find("png_set_compression_level", p.set_level) &&
      library.find("png_set_rows", p.set_rows) && library.find("png_write_png", p.write);
  return p;
}

const Libpng& libpng() {
  static const Libpng library = load();
  return library;
}

// libpng leaves by longjmp when it fails; no exception passes through it.
class Encoder {
 public:
  Encoder() {
    png_ = libpng().create(PNG_LIBPNG_VER_STRING, nullptr, give_up, ignore);
    if (png_ != nullptr) info_ = libpng().create_info(png_);
  }
  ~Encoder() { libpng().destroy(&png_, &info_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  bool encode(std::vector<png_bytep>& rows, int width) {
    if (info_ == nullptr) return false;
    if (setjmp(*libpng().set_longjmp(png_, longjmp, sizeof(jmp_buf))) != 0) return false;
    libpng().set_write(png_, &bytes_, append, nullptr);
    libpng().set_header(png_, info_, static_cast<png_uint_32>(width),
                        static_cast<png_uint_32>(rows.size()), 16, PNG_COLOR_TYPE_GRAY,
                        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    libpng().set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    libpng().set_level(png_, 0);
    libpng().set_rows(png_, info_, rows.data());
    libpng().write(png_, info_, kTransforms, nullptr);
    return true;
  }

  std::string& bytes() { return bytes_; }

 private:
  static constexpr int kTransforms = std::endian::native == std::endian::little
                                         ? PNG_TRANSFORM_SWAP_ENDIAN
                                         : PNG_TRANSFORM_IDENTITY;

  static void give_up(png_structp png, png_const_charp) { libpng().jump(png, 1); }
  static void ignore(png_structp, png_const_charp) {}

  static void append(png_structp png, png_bytep from, std::size_t size) {
    bool done = true;
    try {
      static_cast<std::string*>(libpng().io(png))
          ->append(reinterpret_cast<const char*>(from), size);
    } catch (const std::exception&) {
      done = false;
    }
    if (!done) libpng().jump(png, 1);
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::string bytes_;
};

}  // namespace

Result<std::string> gray_png(const std::vector<std::uint16_t>& samples, int width, int height) {
  if (!libpng().loaded) return fail(ENOSYS, VISQ_PNG " cannot be loaded");
  std::vector<png_bytep> rows;
  rows.reserve(static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)  // which libpng does not write to
    rows.push_back(const_cast<png_bytep>(reinterpret_cast<png_const_bytep>(
        samples.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width))));
  Encoder encoder;
  if (!encoder.encode(rows, width)) return fail(EIO, "libpng cannot encode it");
  return std::move(encoder.bytes());
}

}  // namespace visq
