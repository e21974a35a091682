// A model on disk, with any bytes beside it as its external data: the file, or an error. The first
// two bytes say where the model ends and the data begins.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "dnn/store/model_file.h"
#include "tests/fuzz/bytes.h"

namespace {

class Folder {
 public:
  Folder()
      : place_(std::filesystem::temp_directory_path() /
               ("visq_model_file_fuzz_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(place_);
  }
  ~Folder() { std::filesystem::remove_all(place_); }
  std::string write(const char* name, std::string_view bytes) const {
    std::ofstream(place_ / name, std::ios::binary) << bytes;
    return (place_ / name).string();
  }

 private:
  std::filesystem::path place_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  visq::test::Bytes bytes(data, size);
  const std::size_t end = bytes.take<std::uint16_t>();
  const std::string all = bytes.rest();
  const std::string_view text(all);
  folder.write("w.bin", text.substr(std::min(end, text.size())));
  const auto file = visq::open_model_file(folder.write("m.onnx", text.substr(0, end)), {});
  if (file ? file->sha256.empty() : file.error().message.empty()) __builtin_trap();
  return 0;
}
