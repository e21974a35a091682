#include "cli/text/labels.h"

#include <algorithm>
#include <set>

namespace visq::cli {
namespace {

// Of "a/b/c" the last two parts are "b/c".
std::string last_parts(const std::string& path, std::size_t parts) {
  std::size_t from = path.size();
  for (; parts > 0; --parts) {
    from = from == 0 ? std::string::npos : path.rfind('/', from - 1);
    if (from == std::string::npos) return path;
  }
  return path.substr(from + 1);
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<std::string>& paths) {
  const auto different = [](const std::vector<std::string>& list) {
    return std::set<std::string>(list.begin(), list.end()).size();
  };
  std::size_t most = 0;
  for (const std::string& path : paths)
    most = std::max(most, static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1);
  for (std::size_t parts = 1; parts < most; ++parts) {
    std::vector<std::string> labels;
    labels.reserve(paths.size());
    for (const std::string& path : paths) labels.push_back(last_parts(path, parts));
    if (different(labels) == different(paths)) return labels;
  }
  return paths;
}

}  // namespace visq::cli
