// Tiny models in an engine: one of pictures is a metric like any other; one of features reads the
// table.
#include <algorithm>

#include <fmt/format.h>

#include "engine/instance.h"

namespace visq {
namespace {

// The metric that a model of pictures is.
class PictureMetric final : public Metric {
 public:
  explicit PictureMetric(std::shared_ptr<const TinyModel> model) : model_(std::move(model)) {}

  bool needs_reference() const override { return model_->needs_reference(); }

  Status extract(const Frame& frame, Scratch&, Scores& scores) const override {
    VISQ_ASSIGN(const PictureModelOutput output,
                model_->pictures()->run(*frame.ref, *frame.dist, frame.stop));
    scores.set(0, output.mean());
    return {};
  }

 private:
  std::shared_ptr<const TinyModel> model_;
};

// Its descriptor, whose texts are the model's.
struct PictureDescriptor {
  explicit PictureDescriptor(std::shared_ptr<const TinyModel> m)
      : model(std::move(m)), feature{.name = model->name(), .min = -kInfinity, .max = kInfinity} {
    descriptor = {.name = model->name(),
                  .summary = "tiny model",
                  .features = {&feature, 1},
                  .planes = model->pictures()->takes_rgb() ? Planes::all : Planes::luma,
                  .exactness = Exactness::tolerant,
                  .rgb = model->pictures()->takes_rgb()};
  }
  std::shared_ptr<const TinyModel> model;
  FeatureInfo feature;
  Descriptor descriptor;
};

// What models of VMAF's kind call them: the scores of the integer metrics.
struct Canonical {
  std::string_view name, feature;
};
constexpr Canonical kCanonical[] = {{"adm2", "VMAF_integer_feature_adm2_score"},
                                    {"vif_scale0", "VMAF_integer_feature_vif_scale0_score"},
                                    {"vif_scale1", "VMAF_integer_feature_vif_scale1_score"},
                                    {"vif_scale2", "VMAF_integer_feature_vif_scale2_score"},
                                    {"vif_scale3", "VMAF_integer_feature_vif_scale3_score"},
                                    {"motion2", "VMAF_integer_feature_motion2_score"}};

std::string_view feature_named(std::string_view name) {
  const auto it = std::find_if(std::begin(kCanonical), std::end(kCanonical),
                               [&](const Canonical& c) { return c.name == name; });
  return it == std::end(kCanonical) ? name : it->feature;
}

}  // namespace

Status Engine::use(std::shared_ptr<const TinyModel> model) {
  std::lock_guard pushes(push_mutex_);
  if (started())
    return fail(EINVAL, fmt::format("tiny model {} must be added before the first picture is read",
                                    model->name()));
  for (const std::string& name : model->outputs())
    if (table_.find(name))
      return fail(EINVAL, fmt::format("tiny model {}: this context has a feature \"{}\" already",
                                      model->name(), name));
  VISQ_TRY(model->pictures() != nullptr ? register_pictures(model) : register_features(model));
  tiny_models_.push_back(std::move(model));
  return {};
}

Status Engine::register_pictures(const std::shared_ptr<const TinyModel>& model) {
  auto owner = std::make_shared<PictureDescriptor>(model);
  VISQ_ASSIGN(const Options options, Options::parse(model->name(), {}, {}));
  auto instance = std::make_unique<Instance>();
  instance->descriptor = &owner->descriptor;
  instance->key = "tiny model " + model->name();
  instance->metric = std::make_unique<PictureMetric>(model);
  instance->owner = std::move(owner);
  add_columns(*instance, options);
  instances_.push_back(std::move(instance));
  note_needs();
  return {};
}

Status Engine::register_features(const std::shared_ptr<const TinyModel>& model) {
  FeatureReader reader{model, {}, {}};
  for (const std::string& name : model->features()) {
    VISQ_ASSIGN(const std::size_t column, feature_column(*model, name));
    reader.features.push_back(column);
  }
  for (const std::string& name : model->outputs())
    reader.outputs.push_back(table_.column({name, name, ColumnPhase::model, true}));
  feature_readers_.push_back(std::move(reader));
  return {};
}

// The column of a feature: canonical, of a metric, which is registered if it is not yet, or
// imported.
Result<std::size_t> Engine::feature_column(const TinyModel& model, const std::string& name) {
  const std::string_view wanted = feature_named(name);
  const Descriptor* metric = find_metric_of_feature(wanted);
  if (metric == nullptr) {
    if (const auto column = table_.find(wanted)) return *column;
    return fail(
        EINVAL,
        fmt::format("tiny model {} needs feature \"{}\", which no metric of this build provides",
                    model.name(), name));
  }
  VISQ_TRY(register_instance(*metric, {}));
  VISQ_ASSIGN(const Options options, Options::parse(metric->name, metric->options, {}));
  const auto is_it = [&](const FeatureInfo& feature) {
    return feature.role != FeatureRole::internal &&
           (feature.name == wanted || feature.alias == wanted);
  };
  const auto feature = std::find_if(metric->features.begin(), metric->features.end(), is_it);
  if (feature != metric->features.end())
    if (const auto column = table_.find(stored_name(*feature, options))) return *column;
  return fail(EINVAL,
              fmt::format("tiny model {} needs feature \"{}\", which metric {} does not report",
                          model.name(), name, metric->name));
}

Status Engine::check_reference(unsigned index) const {
  const Descriptor* metric = needs_reference();
  return metric == nullptr
             ? Status()
             : fail(EINVAL, fmt::format("frame {} came without a reference, which {} needs", index,
                                        metric->name));
}

Status Engine::score_tiny_models(unsigned index) {
  if (index % config_.subsample != 0) return {};
  for (const FeatureReader& reader : feature_readers_)
    if (Status status = score_row(reader, index); !status)
      return fail(status.error(), fmt::format("frame {}, tiny model {}: {}", index,
                                              reader.model->name(), status.error().message));
  return {};
}

Status Engine::score_row(const FeatureReader& reader, unsigned index) {
  std::vector<double> values;
  for (std::size_t i = 0; i < reader.features.size(); ++i) {
    const auto value = table_.get(reader.features[i], index);
    if (!value)
      return fail(EINVAL, fmt::format("feature \"{}\" has no score", reader.model->features()[i]));
    values.push_back(*value);
  }
  VISQ_ASSIGN(const auto scores, reader.model->score(values));
  for (std::size_t i = 0; i < scores.size(); ++i)
    VISQ_TRY(table_.set(reader.outputs[i], index, scores[i]));
  return {};
}

}  // namespace visq
