#include "dnn/store/read_file.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace visq {

Result<std::string> read_file(const std::string& path, std::uint64_t limit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail(ENOENT, fmt::format("there is no file {}", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(EACCES, fmt::format("{} cannot be opened", path));
  std::string content;
  char block[1 << 16];
  // By what is read, not by what the file system says: the file may grow meanwhile.
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    content.append(block, static_cast<std::size_t>(file.gcount()));
    if (content.size() > limit)
      return fail(E2BIG, fmt::format("{} is larger than {} bytes", path, limit));
  }
  if (!file.eof()) return fail(EIO, fmt::format("{} cannot be read", path));
  return content;
}

}  // namespace visq
