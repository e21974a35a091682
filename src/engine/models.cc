// Models in an engine. One of features reads the table, and so does whoever asks for its scores; a
// tiny model of pictures is a metric like any other.
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

// Its descriptor, whose texts are the model's. No file says which of its scores are good: it may be
// a quality, or a distance as LPIPS is.
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

Error taken(const std::string& model, const std::string& score) {
  return {EINVAL, fmt::format("model {}: this context has a feature \"{}\" already", model, score),
          ErrorKind::usage};
}

// Whoever reads a score that a metric reports only when it is asked for asks for it.
OptionStrings options_for(const Descriptor& metric, const ModelInput& input) {
  OptionStrings options = input.options;
  const OptionInfo* const debug = option_with_role(metric, OptionRole::debug);
  for (const FeatureInfo& feature : metric.features)
    if (feature.role == FeatureRole::debug && debug != nullptr &&
        (feature.name == input.name || feature.alias == input.name))
      options.try_emplace(std::string(debug->name), "true");
  return options;
}

}  // namespace

Status Engine::check_not_started(const std::string& model) const {
  if (!started()) return {};
  return fail(EINVAL, fmt::format("model {} must be added before the first picture is read", model),
              ErrorKind::usage);
}

Status Engine::use(std::shared_ptr<const TinyModel> model) {
  std::lock_guard pushes(push_mutex_);
  VISQ_TRY(check_not_started(model->name()));
  if (table_.find(model->name())) return tl::unexpected(taken(model->name(), model->name()));
  if (model->pictures() != nullptr)
    VISQ_TRY(register_pictures(model));
  else
    VISQ_TRY(add(model->features(), ColumnPhase::tiny_model));
  tiny_models_.push_back(std::move(model));
  return {};
}

Status Engine::use(std::shared_ptr<const ScoreModel> model) {
  std::lock_guard pushes(push_mutex_);
  VISQ_TRY(check_not_started(model->name()));
  return add(std::move(model), ColumnPhase::model);
}

Status Engine::use_features(const ScoreModel& model) {
  std::lock_guard pushes(push_mutex_);
  VISQ_TRY(check_not_started(model.name()));
  return register_features(model);
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
  ask(instance->columns);
  instances_.push_back(std::move(instance));
  note_needs();
  return {};
}

// The metrics of a model's features, where they are not registered yet. Others may be imported.
Status Engine::register_features(const ScoreModel& model) {
  for (const ModelInput& input : model.inputs()) {
    const Descriptor* metric = find_metric_of_feature(input.name);
    if (metric != nullptr) {
      VISQ_TRY(register_instance(*metric, options_for(*metric, input)));
    } else if (!table_.find(input.name)) {
      return fail(
          EINVAL,
          fmt::format("model {} needs feature \"{}\", which no metric of this build provides",
                      model.name(), input.name),
          ErrorKind::model);
    }
  }
  return {};
}

Status Engine::add(std::shared_ptr<const ScoreModel> model, ColumnPhase phase) {
  const auto is_it = [&](const BoundModel& other) {
    return other.model->name() == model->name() && other.model->id() == model->id();
  };
  if (std::any_of(models_.begin(), models_.end(), is_it)) return {};
  for (const std::string& score : model->outputs())
    if (!is_owned(score) && table_.find(score)) return tl::unexpected(taken(model->name(), score));
  VISQ_TRY(register_features(*model));
  VISQ_ASSIGN(BoundModel bound, bind(std::move(model), phase));
  models_.push_back(std::move(bound));
  return {};
}

Result<BoundModel> Engine::bind(std::shared_ptr<const ScoreModel> model, ColumnPhase phase) {
  VISQ_TRY(claim(*model));
  BoundModel bound{std::move(model), {}, {}};
  for (const ModelInput& input : bound.model->inputs()) {
    VISQ_ASSIGN(const std::size_t column, input_column(*bound.model, input));
    bound.inputs.push_back(column);
  }
  for (const std::string& score : bound.model->outputs())
    bound.outputs.push_back(table_.column({score, score, phase, true, direction_of_score(score)}));
  ask(bound.outputs);
  return bound;
}

// Names of scores belong to the first model that has them, also when that is gone.
Status Engine::claim(const ScoreModel& model) {
  std::lock_guard lock(models_mutex_);
  for (const std::string& score : model.outputs())
    if (score_owners_.try_emplace(score, model.id()).first->second != model.id())
      return fail(
          EINVAL,
          fmt::format("two models of this context are named \"{}\"; give each its own name", score),
          ErrorKind::usage);
  return {};
}

bool Engine::is_owned(const std::string& score) const {
  std::lock_guard lock(models_mutex_);
  return score_owners_.count(score) != 0;
}

// The column of a feature, given the options of the model: of a metric, or imported.
Result<std::size_t> Engine::input_column(const ScoreModel& model, const ModelInput& input) const {
  std::string stored = input.name;
  if (const Descriptor* metric = find_metric_of_feature(input.name)) {
    VISQ_ASSIGN(const Options options,
                Options::parse(metric->name, metric->options, input.options));
    for (const FeatureInfo& feature : metric->features)
      if (feature.name == input.name || feature.alias == input.name)
        stored = stored_name(feature, options);
  }
  if (const auto column = table_.find(stored)) return *column;
  return fail(EINVAL,
              fmt::format("model {} needs feature \"{}\", which is not scored in this context",
                          model.name(), stored),
              ErrorKind::usage);
}

Status Engine::check_reference(unsigned index) const {
  const Descriptor* metric = needs_reference();
  return metric == nullptr ? Status()
                           : fail(EINVAL,
                                  fmt::format("frame {} came without a reference, which {} needs",
                                              index, metric->name),
                                  ErrorKind::usage);
}

Result<double> Engine::score_at(std::size_t column, unsigned index) {
  if (const auto score = table_.get(column, index)) return *score;  // final, whatever failed since
  VISQ_TRY(wait(index));
  if (const auto score = table_.get(column, index)) return *score;
  const unsigned step = config_.subsample;
  if (index % step != 0)
    return fail(EINVAL,
                fmt::format("frame {} was left out by subsampling every {} frames", index, step),
                ErrorKind::usage);
  if (flushed())
    return fail(EINVAL, fmt::format("frame {} has no score: the clip has no such frame", index),
                ErrorKind::usage);
  return fail(
      EINVAL,
      fmt::format("frame {} has no final score yet: it was not read, or needs the frames after it",
                  index),
      ErrorKind::usage);
}

Status Engine::score(const BoundModel& bound, unsigned index) {
  const auto is_there = [&](std::size_t column) { return table_.get(column, index).has_value(); };
  if (std::all_of(bound.outputs.begin(), bound.outputs.end(), is_there)) return {};
  std::vector<double> values;
  for (const std::size_t column : bound.inputs) {
    VISQ_ASSIGN(const double value, score_at(column, index));
    values.push_back(value);
  }
  return store_scores(bound, values, index);
}

// Of those that were added: a frame whose features are final.
Status Engine::score_models(unsigned index) {
  if (index % config_.subsample != 0) return {};
  for (const BoundModel& bound : models_)
    if (Status status = score_final(bound, index); !status)
      return fail(status.error(), fmt::format("frame {}, model {}: {}", index, bound.model->name(),
                                              status.error().message));
  return {};
}

Status Engine::score_final(const BoundModel& bound, unsigned index) {
  std::vector<double> values;
  for (std::size_t i = 0; i < bound.inputs.size(); ++i) {
    const auto value = table_.get(bound.inputs[i], index);
    if (!value)
      return fail(EINVAL,
                  fmt::format("feature \"{}\" has no score", bound.model->inputs()[i].name));
    values.push_back(*value);
  }
  return store_scores(bound, values, index);
}

// Somebody may have asked for the same scores meanwhile: they are stored once.
Status Engine::store_scores(const BoundModel& bound, std::span<const double> values,
                            unsigned index) {
  VISQ_ASSIGN(const std::vector<double> scores, bound.model->score(values));
  std::lock_guard lock(models_mutex_);
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (!table_.get(bound.outputs[i], index))
      VISQ_TRY(table_.set(bound.outputs[i], index, scores[i]));
  return {};
}

}  // namespace visq
