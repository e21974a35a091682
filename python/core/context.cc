#include "python/core/context.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "python/core/borrowed.h"
#include "python/core/failure.h"

namespace py = pybind11;

namespace visq::python {
namespace {

struct Close {
  void operator()(VmafContext* p) const { vmaf_close(p); }
  void operator()(VmafModel* p) const { vmaf_model_destroy(p); }
  void operator()(VmafModelCollection* p) const { vmaf_model_collection_destroy(p); }
};

struct Model {
  std::unique_ptr<VmafModel, Close> model;
  std::unique_ptr<VmafModelCollection, Close> collection;  // of a bootstrap model
};

// Options of a metric; freed unless a call of the library took them.
class Dictionary {
 public:
  explicit Dictionary(const OptionMap& options) {
    for (const auto& [key, value] : options)
      check(vmaf_feature_dictionary_set(&dictionary_, key.c_str(), value.c_str()));
  }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary() {
    if (dictionary_ != nullptr) vmaf_feature_dictionary_free(&dictionary_);
  }
  VmafFeatureDictionary* get() const { return dictionary_; }
  VmafFeatureDictionary* take() { return std::exchange(dictionary_, nullptr); }

 private:
  VmafFeatureDictionary* dictionary_ = nullptr;
};

bool is_metric(const std::string& name) {
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    if (name == metric->name) return true;
  return false;
}

unsigned threads_of(unsigned threads) {
  if (threads == 0) threads = std::thread::hardware_concurrency();
  return threads == 1 ? 0 : threads;  // one thread: the caller's
}

Model load(const ModelSpec& spec) {
  VmafModelConfig config{spec.name.c_str(), spec.flags};
  VmafModel* model = nullptr;
  VmafModelCollection* collection = nullptr;
  int result = spec.path.empty() ? vmaf_model_load(&model, &config, spec.version.c_str())
                                 : vmaf_model_load_from_path(&model, &config, spec.path.c_str());
  if (result != 0 && std::string(vmaf_last_error()).find("is a collection") != std::string::npos)
    result =
        spec.path.empty()
            ? vmaf_model_collection_load(&model, &collection, &config, spec.version.c_str())
            : vmaf_model_collection_load_from_path(&model, &collection, &config, spec.path.c_str());
  check(result);
  Model loaded;
  loaded.model.reset(model);
  loaded.collection.reset(collection);
  return loaded;
}

void overload(Model& loaded, const std::string& metric, const OptionMap& options) {
  Dictionary dictionary(options);
  VmafModelCollection* collection = loaded.collection.get();
  check(collection == nullptr
            ? vmaf_model_feature_overload(loaded.model.get(), metric.c_str(), dictionary.take())
            : vmaf_model_collection_feature_overload(loaded.model.get(), &collection,
                                                     metric.c_str(), dictionary.take()));
}

using NamedScores = std::vector<std::pair<std::string, double>>;

void append(void* user, const char* name, double value) {
  static_cast<NamedScores*>(user)->emplace_back(name, value);
}

}  // namespace

struct Context::State {
  std::unique_ptr<VmafContext, Close> context;
  std::vector<Model> models;  // destroyed first; the context does not need them to close

  // Models store their scores when they are asked for.
  void predict(unsigned index) const {
    double score = 0;
    VmafModelCollectionScore spread{};
    for (const Model& m : models) {
      check(vmaf_score_at_index(context.get(), m.model.get(), &score, index));
      if (m.collection != nullptr)
        check(vmaf_score_at_index_model_collection(context.get(), m.collection.get(), &spread,
                                                   index));
    }
  }

  NamedScores scores(unsigned index) const {
    NamedScores list;
    check(vmaf_for_each_score(context.get(), index, append, &list));
    return list;
  }

  std::vector<NamedPool> pooled() const {
    std::vector<NamedPool> list;
    check(vmaf_for_each_pooled(
        context.get(),
        [](void* user, const VmafPooledScore* s) {
          static_cast<std::vector<NamedPool>*>(user)->push_back({s->name, *s});
        },
        &list));
    return list;
  }

  void predict_clip(unsigned frames) const {
    double score = 0;
    VmafModelCollectionScore spread{};
    for (const Model& m : models) {
      if (frames == 0) break;
      check(vmaf_score_pooled(context.get(), m.model.get(), VMAF_POOL_METHOD_MEAN, &score, 0,
                              frames - 1));
      if (m.collection != nullptr)
        check(vmaf_score_pooled_model_collection(context.get(), m.collection.get(),
                                                 VMAF_POOL_METHOD_MEAN, &spread, 0, frames - 1));
    }
  }
};

Context::Context(unsigned threads, unsigned subsample, std::uint64_t cpumask)
    : state_(std::make_shared<State>()), subsample_(std::max(1u, subsample)) {
  VmafContext* context = nullptr;
  check(vmaf_init(&context, {VMAF_LOG_LEVEL_WARNING, threads_of(threads), subsample, cpumask, 0}));
  state_->context.reset(context);
}

std::shared_ptr<Context::State> Context::state() const {
  if (state_ == nullptr) throw Failure(EINVAL, "the session is closed");
  return state_;
}

void Context::use_model(const ModelSpec& spec) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  Model loaded = load(spec);
  for (const auto& [metric, options] : spec.overloads) overload(loaded, metric, options);
  check(vmaf_use_features_from_model(state->context.get(), loaded.model.get()));
  if (loaded.collection != nullptr)
    check(vmaf_use_features_from_model_collection(state->context.get(), loaded.collection.get()));
  state->models.push_back(std::move(loaded));
}

void Context::use_tiny_model(const std::string& path) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  check(vmaf_use_tiny_model(state->context.get(), path.c_str(), nullptr));
}

void Context::use_feature(const std::string& name, const OptionMap& options) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  Dictionary dictionary(options);
  check(vmaf_use_feature(state->context.get(), name.c_str(),
                         is_metric(name) ? dictionary.take() : dictionary.get()));
}

void Context::import_score(const std::string& name, double value, unsigned index) {
  check(vmaf_import_feature_score(state()->context.get(), name.c_str(), value, index));
}

void Context::push(const Frame& reference, const Frame& distorted, unsigned index, bool copy) {
  const auto state = this->state();
  drop_returned_arrays();
  Picture ref = pictures_.make(reference, copy), dist = pictures_.make(distorted, copy);
  const py::gil_scoped_release unlocked;
  check(vmaf_read_pictures(state->context.get(), ref.get(), dist.get(), index));
}

std::string Context::push_files(Reader& reference, Reader& distorted, unsigned index) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  std::optional<Picture> ref = reference.read(), dist = distorted.read();
  if (!ref && !dist) return "both";
  if (!ref) return "reference";
  if (!dist) return "distorted";
  check(vmaf_read_pictures(state->context.get(), ref->get(), dist->get(), index));
  return "";
}

void Context::flush() {
  const auto state = this->state();
  {
    const py::gil_scoped_release unlocked;
    check(vmaf_read_pictures(state->context.get(), nullptr, nullptr, 0));
  }
  drop_returned_arrays();
}

unsigned Context::frames_done() const { return vmaf_frames_done(state()->context.get()); }
unsigned Context::frames_final() const { return vmaf_frames_final(state()->context.get()); }

NamedScores Context::scores(unsigned index) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  NamedScores list = state->scores(index);
  if (list.empty() || index % subsample_ != 0 || index >= vmaf_frames_final(state->context.get()))
    return list;
  state->predict(index);
  return state->models.empty() ? list : state->scores(index);
}

Table Context::table(unsigned frames) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  state->predict_clip(frames);
  Table table;
  std::map<std::string, std::size_t> column;
  for (const NamedPool& pool : state->pooled())
    if (column.emplace(pool.name, column.size()).second) table.names.push_back(pool.name);
  table.columns.resize(column.size());
  for (unsigned index = 0; index < frames; index += subsample_) {
    const NamedScores scores = state->scores(index);
    if (scores.empty()) continue;
    table.frames.push_back(index);
    for (auto& values : table.columns) values.push_back(std::numeric_limits<double>::quiet_NaN());
    for (const auto& [name, value] : scores) table.columns[column.at(name)].back() = value;
  }
  return table;
}

std::vector<NamedPool> Context::pooled(unsigned frames) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  state->predict_clip(frames);
  return state->pooled();
}

NamedScores Context::aggregates() const {
  NamedScores list;
  check(vmaf_for_each_aggregate(state()->context.get(), append, &list));
  return list;
}

void Context::write(const std::string& path, VmafOutputFormat format, int digits) {
  const auto state = this->state();
  const py::gil_scoped_release unlocked;
  check(vmaf_set_output_precision(state->context.get(), digits));
  check(vmaf_write_output(state->context.get(), path.c_str(), format));
}

void Context::close() {
  std::shared_ptr<State> last = std::move(state_);
  if (last == nullptr) return;
  {
    const py::gil_scoped_release unlocked;
    last.reset();  // waits for frames in flight
  }
  drop_returned_arrays();
}

}  // namespace visq::python
