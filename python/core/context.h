// One comparison for Python: a context of the library, its models, and pictures on their way.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "python/core/picture.h"
#include "python/core/reader.h"

namespace visq::python {

using OptionMap = std::map<std::string, std::string>;

struct ModelSpec {
  std::string version, path;  // one of them
  std::string name = "vmaf";
  std::uint64_t flags = VMAF_MODEL_FLAGS_DEFAULT;
  std::vector<std::pair<std::string, OptionMap>> overloads;  // metric and options
};

// What a clip scored: NaN where a frame has no score of that name.
struct Table {
  std::vector<unsigned> frames;
  std::vector<std::string> names;  // in report order
  std::vector<std::vector<double>> columns;
};

struct NamedPool {
  std::string name;
  VmafPooledScore score;  // without its name, which lives as long as the callback
};

// Calls give up the interpreter's lock while the library works. Any number of threads may call.
class Context {
 public:
  Context(unsigned threads, unsigned subsample, std::uint64_t cpumask);
  ~Context() { close(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void use_model(const ModelSpec& spec);
  void use_tiny_model(const std::string& path);
  void use_feature(const std::string& name, const OptionMap& options);
  void import_score(const std::string& name, double value, unsigned index);

  void push(const Frame& reference, const Frame& distorted, unsigned index, bool copy);
  // One frame of each file; "" when it was read, else which file ended: "both", "reference",
  // "distorted".
  std::string push_files(Reader& reference, Reader& distorted, unsigned index);
  void flush();

  unsigned frames_done() const;
  unsigned frames_final() const;
  // What the frame has by now; the scores of models too once all their features are final.
  std::vector<std::pair<std::string, double>> scores(unsigned index);
  Table table(unsigned frames);
  std::vector<NamedPool> pooled(unsigned frames);
  std::vector<std::pair<std::string, double>> aggregates() const;
  void write(const std::string& path, VmafOutputFormat format, int digits);
  void close();

 private:
  struct State;
  std::shared_ptr<State> state() const;  // throws after close()

  std::shared_ptr<State> state_;
  unsigned subsample_;
  PictureMaker pictures_;
};

}  // namespace visq::python
