#include "cli/page/html_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/sha256.h"
#include "cli/interrupt.h"
#include "cli/page/bd_rate.h"
#include "cli/page/provenance.h"
#include "cli/page/worst_frames.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWorstFrames = 10;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// A few digits fewer than a double has: they are drawn, and a page of 10,000 frames should open at
// once.
Json score(double value) {
  return std::isfinite(value) ? Json(std::round(value * 1e5) / 1e5) : Json(nullptr);
}

struct Metric {
  std::string name, unit;
  int direction = 1;  // as VmafFeatureInfo has it
};

// What a column is: described by the metric that prints it, by its first part where options are in
// its name.
Metric described(const VmafPooledScore& pooled) {
  Metric found{pooled.name, "", pooled.lower_is_better != 0 ? -1 : 1};
  std::size_t longest = 0;
  for (unsigned i = 0; const VmafMetricInfo* metric = vmaf_metric_info(i); ++i)
    for (std::size_t f = 0; f < metric->n_features; ++f) {
      const std::string_view printed = metric->features[f].printed;
      if (found.name.rfind(printed, 0) != 0 || printed.size() <= longest) continue;
      longest = printed.size();
      found.unit = metric->features[f].unit;
      found.direction = metric->features[f].direction;
    }
  return found;
}

Result<std::vector<Metric>> metrics_of(const job::Run& run) {
  std::vector<Metric> metrics;
  for (const job::Clip& clip : run.clips) {
    const int code = vmaf_for_each_pooled(
        clip.session.context(),
        [](void* user, const VmafPooledScore* s) {
          auto& list = *static_cast<std::vector<Metric>*>(user);
          const bool known = std::any_of(list.begin(), list.end(),
                                         [&](const Metric& m) { return m.name == s->name; });
          if (!known) list.push_back(described(*s));
        },
        &metrics);
    if (code != 0) return fail(-code, vmaf_last_error());
  }
  return metrics;
}

// The metric to begin with: the first model's score, else the first that says what is better.
const Metric& primary(const job::Run& run, const std::vector<Metric>& metrics) {
  for (const job::ModelSpec& model : run.job.models)
    for (const Metric& metric : metrics)
      if (metric.name == model.name) return metric;
  for (const Metric& metric : metrics)
    if (metric.direction != 0) return metric;
  return metrics.front();
}

Json pooled_of(const job::Clip& clip) {
  Json pooled = Json::object();
  vmaf_for_each_pooled(
      clip.session.context(),
      [](void* user, const VmafPooledScore* s) {
        Json entry{{"mean", number(s->mean)},
                   {"harmonic_mean", number(s->harmonic_mean)},
                   {"geometric_mean", number(s->geometric_mean)},
                   {"min", number(s->min)},
                   {"min_frame", s->min_frame},
                   {"max", number(s->max)},
                   {"max_frame", s->max_frame},
                   {"percentile_1", number(s->percentile_1)},
                   {"percentile_5", number(s->percentile_5)},
                   {"percentile_10", number(s->percentile_10)},
                   {"percentile_50", number(s->percentile_50)}};
        if (s->window_frames > 0)
          entry["worst_window"] = {{"frames", s->window_frames},
                                   {"first_frame", s->window_first_frame},
                                   {"mean", number(s->window_mean)}};
        (*static_cast<Json*>(user))[s->name] = std::move(entry);
      },
      &pooled);
  return pooled;
}

std::vector<double> scores_of(const job::Clip& clip, const std::string& metric) {
  std::vector<double> scores(clip.frames, std::numeric_limits<double>::quiet_NaN());
  vmaf_feature_scores(clip.session.context(), metric.c_str(), scores.data(), scores.size());
  return scores;
}

Json file_of(const std::string& path) {
  Json file{{"path", path}};
  std::error_code unknown;
  if (path == "-" || interrupted()) return file;
  if (!std::filesystem::is_regular_file(path, unknown)) return file;  // a pipe gives its bytes once
  const auto hash = sha256_of_file(path, interrupted);
  file["sha256"] = hash ? Json(*hash) : Json(nullptr);
  return file;
}

std::string image(const std::string& jpeg) {
  return jpeg.empty() ? "" : "data:image/jpeg;base64," + base64(jpeg);
}

Json worst_json(const ClipWorst& worst) {
  Json list = Json::array();
  for (const WorstFrame& w : worst.frames)
    list.push_back({{"frame", w.frame},
                    {"score", number(w.score)},
                    {"reference", image(w.reference)},
                    {"distorted", image(w.distorted)},
                    {"difference", image(w.difference)},
                    {"map", image(w.map)},
                    {"map_caption", w.map_caption}});
  return list;
}

Json clip_json(const Settings& settings, const job::Run& run, std::size_t position,
               const std::vector<Metric>& metrics, const ClipWorst& worst) {
  const job::Clip& clip = run.clips[position];
  const io::StreamInfo& info = clip.reader->info();
  Json json = file_of(clip.path);
  json["format"] = describe(info);
  json["curve"] = settings.curves.empty() ? "" : settings.curves[position];
  json["bit_rate"] = info.bit_rate ? Json(*info.bit_rate) : Json(nullptr);
  json["frames"] = clip.frames;
  json["complete"] = clip.complete;
  json["partial"] = clip.partial;
  if (!clip.status) json["error"] = clip.status.error().message;
  json["pooled"] = pooled_of(clip);
  json["scores"] = Json::object();
  for (const Metric& metric : metrics) {
    Json list = Json::array();
    for (const double value : scores_of(clip, metric.name)) list.push_back(score(value));
    json["scores"][metric.name] = std::move(list);
  }
  json["worst"] = worst_json(worst);
  json["worst_note"] = worst.note;
  return json;
}

struct RateCurve {
  std::string name;
  std::vector<RatePoint> points;
  std::vector<std::size_t> clips;
};

// A curve for each name, in the order in which they come, of the clips whose bit rate is known.
std::vector<RateCurve> rate_curves(const job::Run& run, const Json& clips, const Metric& metric) {
  std::vector<RateCurve> curves;
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    const std::string name = clips[i]["curve"];
    auto curve = std::find_if(curves.begin(), curves.end(),
                              [&](const RateCurve& c) { return c.name == name; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), {name, {}, {}});
    const Json& pooled = clips[i]["pooled"];
    if (clips[i]["bit_rate"].is_null() || !pooled.contains(metric.name) ||
        pooled[metric.name]["mean"].is_null())
      continue;
    const double mean = pooled[metric.name]["mean"];
    curve->points.push_back({clips[i]["bit_rate"], metric.direction < 0 ? -mean : mean});
    curve->clips.push_back(i);
  }
  return curves;
}

Json bd_rates(const std::vector<RateCurve>& curves) {
  Json list = Json::array();
  for (std::size_t i = 1; i < curves.size(); ++i) {
    const BdRate rate = bd_rate(curves[0].points, curves[i].points);
    list.push_back({{"anchor", curves[0].name},
                    {"test", curves[i].name},
                    {"percent", rate.percent ? Json(*rate.percent) : Json(nullptr)},
                    {"why_not", rate.why_not}});
  }
  return list;
}

Json rate_quality(const job::Run& run, const Json& clips, const Metric& metric) {
  const std::vector<RateCurve> curves = rate_curves(run, clips, metric);
  Json json{{"curves", Json::array()}, {"hull", Json::array()}, {"bd_rate", bd_rates(curves)}};
  RateCurve all;
  for (const RateCurve& curve : curves) {
    json["curves"].push_back({{"name", curve.name}, {"clips", curve.clips}});
    all.points.insert(all.points.end(), curve.points.begin(), curve.points.end());
    all.clips.insert(all.clips.end(), curve.clips.begin(), curve.clips.end());
  }
  for (const std::size_t i : rate_quality_hull(all.points)) json["hull"].push_back(all.clips[i]);
  return json;
}

void add_network(Json& list, const Json& model, const std::string& name) {
  list.push_back({{"name", name},
                  {"path", model["file"]},
                  {"sha256", model["sha256"]},
                  {"device", model["device"]}});
}

// VMAF's models, then the networks, then those that drew maps.
Json models_of(const job::Job& job, const Json& networks, const Json& of_maps) {
  Json list = Json::array();
  for (const job::ModelSpec& model : job.models) {
    Json entry = model.path.empty() ? Json{{"version", model.version}} : file_of(model.path);
    entry["name"] = model.name;
    list.push_back(std::move(entry));
  }
  for (const Json& model : networks) add_network(list, model, model["name"]);
  for (const Json& model : of_maps)
    add_network(list, model, model["name"].get<std::string>() + " map");
  return list;
}

std::vector<ClipWorst> worst_frames(const job::Run& run, const Metric& metric) {
  std::vector<ClipWorst> worst;
  for (const job::Clip& clip : run.clips) {
    worst.emplace_back();
    if (metric.direction != 0)
      worst.back().frames =
          worst_of(scores_of(clip, metric.name), metric.direction < 0, kWorstFrames);
    else
      worst.back().note = fmt::format("{} does not say what is better.", metric.name);
  }
  return worst;
}

Result<Json> data_of(const Settings& settings, const job::Run& run) {
  VISQ_ASSIGN(const std::vector<Metric> metrics, metrics_of(run));
  const Metric& first = primary(run, metrics);
  std::vector<ClipWorst> worst = worst_frames(run, first);
  const Json of_maps = draw_worst(settings, run, worst),
             made = made_with(run.clips.front().session.context());
  Json data{{"version", vmaf_version()},
            {"command", settings.command},
            {"environment", made["environment"]},
            {"primary", first.name},
            {"subsample", std::max(1u, run.job.subsample)},
            {"reference", file_of(run.job.reference)},
            {"models", models_of(run.job, made["tiny_models"], of_maps)}};
  data["reference"]["format"] = describe(run.reference->info());
  data["frame_rate"] = run.reference->info().rate.per_second();
  for (const Metric& metric : metrics)
    data["metrics"].push_back(
        {{"name", metric.name}, {"unit", metric.unit}, {"direction", metric.direction}});
  for (std::size_t i = 0; i < run.clips.size(); ++i)
    data["clips"].push_back(clip_json(settings, run, i, metrics, worst[i]));
  for (const Metric& metric : metrics)
    if (metric.direction != 0)
      data["rate_quality"][metric.name] = rate_quality(run, data["clips"], metric);
  return data;
}

// Within a script element nothing may end it or begin a comment.
std::string embedded(const Json& data) {
  std::string out;
  for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace))
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

void fill(std::string& page, std::string_view mark, std::string_view content) {
  const std::size_t at = page.find(mark);
  if (at != std::string::npos) page.replace(at, mark.size(), content);
}

}  // namespace

Status check_report_possible(const Settings& settings) {
  if (report_assets().plot_script.empty())
    return fail(ENOSYS,
                "--report is not available: this build was made without the plotting library "
                "uPlot; run ./setup, which gets it, and build again",
                ErrorKind::usage);
  if (!LpipsMaps::are_wanted(settings)) return {};
  VISQ_ASSIGN(const auto maps, LpipsMaps::open(settings));
  return {};
}

Result<std::string> html_report(const Settings& settings, const job::Run& run) {
  const ReportAssets assets = report_assets();
  VISQ_ASSIGN(const Json data, data_of(settings, run));
  std::string page(assets.page);
  fill(page, "<!--PLOT_STYLE-->", assets.plot_style);
  fill(page, "<!--STYLE-->", assets.style);
  fill(page, "<!--PLOT_SCRIPT-->", assets.plot_script);
  fill(page, "<!--SCRIPT-->", assets.script);
  fill(page, "<!--DATA-->", embedded(data));  // last: what it says is nobody's mark
  return page;
}

}  // namespace visq::cli
