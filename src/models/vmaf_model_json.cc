// Reads the JSON files of VMAF models. Every field is checked: a model decides over scores.
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "models/vmaf_model.h"

namespace visq {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFeatures = 64;
constexpr std::size_t kMaxKnots = 10;
constexpr std::size_t kMaxMembers = 1000;

Result<double> number(const Json& value, std::string_view what) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    return fail(EINVAL, fmt::format("\"{}\" must hold finite numbers", what));
  return value.get<double>();
}

Result<std::vector<double>> numbers(const Json& model, const char* key, std::size_t count) {
  const auto it = model.find(key);
  if (it == model.end() || !it->is_array() || it->size() != count)
    return fail(EINVAL, fmt::format("\"{}\" must be a list of {} numbers", key, count));
  std::vector<double> list;
  for (const Json& item : *it) {
    VISQ_ASSIGN(const double value, number(item, key));
    list.push_back(value);
  }
  return list;
}

Result<std::string> text(const Json& model, const char* key) {
  const auto it = model.find(key);
  if (it == model.end() || !it->is_string())
    return fail(EINVAL, fmt::format("\"{}\" must be a string", key));
  return it->get<std::string>();
}

// As features are named: numbers as the shortest decimal of their float.
Result<std::string> option_text(const std::string& key, const Json& value) {
  if (value.is_boolean()) return std::string(value.get<bool>() ? "true" : "false");
  if (value.is_string()) return value.get<std::string>();
  VISQ_ASSIGN(const double real, number(value, key));
  return fmt::format("{:g}", static_cast<float>(real));
}

}  // namespace

class ModelReader {
 public:
  static Result<VmafModelData> read(const Json& member, const ModelSettings& settings) {
    const auto dict = member.is_object() ? member.find("model_dict") : member.end();
    if (!member.is_object() || dict == member.end() || !dict->is_object())
      return fail(EINVAL, "it has no object \"model_dict\"");
    VmafModelData model;
    model.name = settings.name;
    VISQ_TRY(read_type(*dict));
    VISQ_TRY(read_features(*dict, model));
    VISQ_TRY(read_options(*dict, model));
    VISQ_TRY(read_normalisation(*dict, model));
    VISQ_TRY(read_clip(*dict, settings, model));
    VISQ_TRY(read_transform(*dict, settings, model));
    VISQ_TRY(read_chroma_correction(*dict, model));
    VISQ_ASSIGN(const std::string svm, text(*dict, "model"));
    VISQ_ASSIGN(model.svm_, Svm::parse(svm, model.features.size()));
    return model;
  }

 private:
  static Status read_type(const Json& dict) {
    static const std::set<std::string> kTypes{"LIBSVMNUSVR", "BOOTSTRAP_LIBSVMNUSVR",
                                              "RESIDUEBOOTSTRAP_LIBSVMNUSVR"};
    VISQ_ASSIGN(const std::string type, text(dict, "model_type"));
    if (kTypes.count(type) == 0)
      return fail(EINVAL, fmt::format("\"model_type\" {} is not supported", type.substr(0, 60)));
    return {};
  }

  static Status read_features(const Json& dict, VmafModelData& model) {
    const auto names = dict.find("feature_names");
    if (names == dict.end() || !names->is_array() || names->empty() || names->size() > kMaxFeatures)
      return fail(EINVAL,
                  fmt::format("\"feature_names\" must be a list of 1 to {} names", kMaxFeatures));
    for (const Json& name : *names) {
      if (!name.is_string() || name.get_ref<const std::string&>().size() > 256)
        return fail(EINVAL, "\"feature_names\" must hold strings of at most 256 bytes");
      model.features.push_back({{name.get<std::string>(), {}}});
    }
    return {};
  }

  static Status read_options(const Json& dict, VmafModelData& model) {
    const auto list = dict.find("feature_opts_dicts");
    if (list == dict.end() || list->is_null()) return {};
    if (!list->is_array() || list->size() != model.features.size())
      return fail(EINVAL,
                  fmt::format("\"feature_opts_dicts\" must be a list of {} objects, one a feature",
                              model.features.size()));
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!(*list)[i].is_object()) return fail(EINVAL, "\"feature_opts_dicts\" must hold objects");
      for (const auto& [key, value] : (*list)[i].items()) {
        VISQ_ASSIGN(model.features[i].options[key], option_text(key, value));
      }
    }
    return {};
  }

  static Status read_normalisation(const Json& dict, VmafModelData& model) {
    VISQ_ASSIGN(const std::string type, text(dict, "norm_type"));
    model.rescale_ = type == "linear_rescale";
    if (type == "none") return {};
    if (!model.rescale_)
      return fail(EINVAL, fmt::format("\"norm_type\" {} is neither linear_rescale nor none",
                                      type.substr(0, 60)));
    VISQ_ASSIGN(const auto slopes, numbers(dict, "slopes", model.features.size() + 1));
    VISQ_ASSIGN(const auto intercepts, numbers(dict, "intercepts", model.features.size() + 1));
    if (slopes[0] == 0)
      return fail(EINVAL, "the first of \"slopes\", which divides the output, is 0");
    model.slope_ = slopes[0];
    model.intercept_ = intercepts[0];
    for (std::size_t i = 0; i < model.features.size(); ++i) {
      model.features[i].slope = slopes[i + 1];
      model.features[i].intercept = intercepts[i + 1];
    }
    return {};
  }

  static Status read_clip(const Json& dict, const ModelSettings& settings, VmafModelData& model) {
    const auto it = dict.find("score_clip");
    if (it == dict.end() || it->is_null()) return {};
    VISQ_ASSIGN(const auto clip, numbers(dict, "score_clip", 2));
    if (clip[0] > clip[1]) return fail(EINVAL, "\"score_clip\" has a minimum above its maximum");
    if (!settings.disable_clip) model.clip_ = {clip[0], clip[1]};
    return {};
  }

  static Status read_transform(const Json& dict, const ModelSettings& settings,
                               VmafModelData& model) {
    const auto it = dict.find("score_transform");
    if (it == dict.end() || it->is_null()) return {};
    if (!it->is_object()) return fail(EINVAL, "\"score_transform\" must be an object");
    ScoreTransform& transform = model.transform_;
    static constexpr const char* kCoefficients[] = {"p0", "p1", "p2"};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto p = it->find(kCoefficients[i]);
      if (p == it->end() || p->is_null()) continue;
      VISQ_ASSIGN(transform.coefficients[i], number(*p, kCoefficients[i]));
    }
    VISQ_TRY(read_knots(*it, transform));
    VISQ_ASSIGN(transform.out_lte_in, flag(*it, "out_lte_in"));
    VISQ_ASSIGN(transform.out_gte_in, flag(*it, "out_gte_in"));
    VISQ_ASSIGN(const bool enabled, flag(*it, "enabled"));
    transform.enabled = (enabled || settings.enable_transform) && !settings.disable_transform;
    return {};
  }

  static Result<bool> flag(const Json& object, const char* key) {
    const auto it = object.find(key);
    if (it == object.end() || it->is_null() || is_text(*it, "false")) return false;
    if (is_text(*it, "true")) return true;
    if (it->is_boolean()) return it->get<bool>();
    return fail(EINVAL, fmt::format("\"{}\" must be true or false", key));
  }

  static Status read_knots(const Json& object, ScoreTransform& transform) {
    const auto it = object.find("knots");
    if (it == object.end() || it->is_null()) return {};
    if (!it->is_array() || it->size() < 2 || it->size() > kMaxKnots)
      return fail(EINVAL, fmt::format("\"knots\" must be a list of 2 to {} pairs", kMaxKnots));
    for (const Json& knot : *it) {
      if (!knot.is_array() || knot.size() != 2)
        return fail(EINVAL, "\"knots\" must hold pairs of numbers");
      VISQ_ASSIGN(const double x, number(knot[0], "knots"));
      VISQ_ASSIGN(const double y, number(knot[1], "knots"));
      if (!transform.knots.empty() && x <= transform.knots.back().first)
        return fail(EINVAL, "\"knots\" must ascend");
      transform.knots.emplace_back(x, y);
    }
    return {};
  }

  static Status read_chroma_correction(const Json& dict, VmafModelData& model) {
    const auto it = dict.find("chroma_correction_parameter");
    if (it == dict.end() || it->is_null()) return {};
    VISQ_ASSIGN(model.chroma_correction_, number(*it, "chroma_correction_parameter"));
    return {};
  }
};

Result<std::vector<VmafModelData>> parse_vmaf_model(std::string_view json,
                                                    const ModelSettings& settings) {
  if (json.size() > kMaxVmafModelBytes)
    return fail(E2BIG, fmt::format("it has {} bytes; a model has at most {}", json.size(),
                                   kMaxVmafModelBytes));
  const JsonDocument document(json);
  const Json& root = document.root();
  if (root.is_discarded()) return fail(EINVAL, "it is not valid JSON");
  std::vector<VmafModelData> models;
  if (!root.is_object() || root.find("0") == root.end()) {
    VISQ_ASSIGN(VmafModelData model, ModelReader::read(root, settings));
    models.push_back(std::move(model));
    return models;
  }
  for (std::size_t i = 0; root.find(std::to_string(i)) != root.end() && i < kMaxMembers; ++i) {
    ModelSettings member = settings;
    if (i > 0) member.name = fmt::format("{}_{:04}", settings.name, i);
    auto model = ModelReader::read(root[std::to_string(i)], member);
    if (!model)
      return fail(model.error(), fmt::format("member \"{}\": {}", i, model.error().message));
    models.push_back(*std::move(model));
  }
  return models;
}

}  // namespace visq
