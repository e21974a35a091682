#include "report/maps.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/output_file.h"
#include "report/png.h"

namespace visq {
namespace {

Status make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(error.value(),
                fmt::format("cannot make the folder for maps {}: {}", folder, error.message()),
                ErrorKind::output);
  std::string trial = (std::filesystem::path(folder) / ".visq-XXXXXX").string();
  const int file = mkstemp(trial.data());
  if (file < 0)
    return fail(
        errno,
        fmt::format("cannot write into the folder for maps {}: {}", folder, std::strerror(errno)),
        ErrorKind::output);
  close(file);
  unlink(trial.c_str());
  return {};
}

constexpr const char* kWhat = "the map";

// A map is soon made again: a sync for each would make the disk the slowest metric.
Status write_file(const std::string& path, std::string_view bytes) {
  VISQ_ASSIGN(OutputFile file, OutputFile::create(path, kWhat));
  VISQ_TRY(file.write(bytes));
  return file.finish(false);
}

template <typename T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::vector<float> values_of(const Map& map) {
  std::vector<float> values;
  for (int y = 0; y < map.values.height; ++y)
    values.insert(values.end(), map.values.row(y), map.values.row(y) + map.values.width);
  return values;
}

std::vector<std::uint16_t> gray_of(const Map& map) {
  std::vector<std::uint16_t> samples;
  samples.reserve(static_cast<std::size_t>(map.values.width) *
                  static_cast<std::size_t>(map.values.height));
  for (int y = 0; y < map.values.height; ++y)
    for (int x = 0; x < map.values.width; ++x) samples.push_back(map.gray(map.values.row(y)[x]));
  return samples;
}

class MapFolder final : public MapTaker {
 public:
  explicit MapFolder(std::string folder) : folder_(std::move(folder)) {}

  // Sequences end with the clip.
  ~MapFolder() override {
    for (auto& [path, file] : sequences_) file.finish(false);
  }

  Status take(unsigned frame, const Map& map) override {
    const std::string path = fmt::format("{}/{}", folder_, map.file);
    if (map.files == MapFiles::sequence) return append(path + ".gray", frame, map);
    if (map.files == MapFiles::png_and_values)
      VISQ_TRY(write_file(path + ".f32", bytes_of(values_of(map))));
    auto png = gray_png(gray_of(map), map.values.width, map.values.height);
    if (!png)
      return fail(png.error(),
                  fmt::format("cannot write the map {}.png: {}", path, png.error().message));
    return write_file(path + ".png", *png);
  }

 private:
  Status append(const std::string& path, unsigned frame, const Map& map) {
    VISQ_ASSIGN(const OutputFile* const file, sequence(path));
    const std::vector<std::uint16_t> samples = gray_of(map);
    const std::string_view bytes = bytes_of(samples);
    return file->write_at(bytes, static_cast<off_t>(bytes.size()) * frame);
  }

  // Open from its first frame to the end of the clip.
  Result<const OutputFile*> sequence(const std::string& path) {
    std::lock_guard lock(mutex_);
    auto it = sequences_.find(path);
    if (it == sequences_.end()) {
      VISQ_ASSIGN(OutputFile file, OutputFile::create(path, kWhat));
      it = sequences_.emplace(path, std::move(file)).first;
    }
    return &it->second;
  }

  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, OutputFile> sequences_;  // guarded by it
};

}  // namespace

Result<std::unique_ptr<MapTaker>> open_map_folder(const std::string& folder) {
  VISQ_TRY(make_folder(folder));
  return std::make_unique<MapFolder>(folder);
}

}  // namespace visq
