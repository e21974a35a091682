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
#include "cli/page/provenance.h"
#include "cli/page/worst_frames.h"
#include "cli/text/labels.h"
#include "job/bd_rate.h"
#include "job/pooled.h"
#include "job/presets.h"
#include "libvmaf/visq.h"

namespace visq::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWorstFrames = 10, kWorstShots = 10;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// A few digits fewer than a double has: they are drawn, and a page of 10,000 frames should open at
// once.
Json score(double value) {
  return std::isfinite(value) ? Json(std::round(value * 1e5) / 1e5) : Json(nullptr);
}

// A score as the clips have it, the asked ones first.
using Metrics = std::vector<job::Pooled>;

Metrics metrics_of(const job::Run& run) {
  Metrics metrics;
  for (const job::Clip& clip : run.clips)
    for (job::Pooled& pooled : job::pooled(clip.session.context())) {
      const bool known = std::any_of(metrics.begin(), metrics.end(),
                                     [&](const job::Pooled& m) { return m.name == pooled.name; });
      if (!known) metrics.push_back(std::move(pooled));
    }
  return job::asked_first(std::move(metrics));
}

// The metric to begin with: the first that says what is better.
const job::Pooled& primary(const Metrics& metrics) {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [](const job::Pooled& m) { return m.has_direction(); });
  return found == metrics.end() ? metrics.front() : *found;
}

Json worst_of_score(const job::Pooled& pooled) {
  const VmafPooledScore& s = pooled.score;
  Json shares = Json::array();
  for (const auto& [threshold, share] : pooled.shares)
    shares.push_back({{"threshold", threshold}, {"share", number(share)}});
  return {{"percentile_1", number(s.worst_percentile_1)},
          {"percentile_5", number(s.worst_percentile_5)},
          {"percentile_10", number(s.worst_percentile_10)},
          {"mean_1", number(s.worst_1_percent_mean)},
          {"frame", s.worst_frame},
          {"value", number(s.worst_frame_value)},
          {"shares", std::move(shares)}};
}

Json pooled_json(const std::vector<job::Pooled>& list) {
  Json all = Json::object();
  for (const job::Pooled& pooled : list) {
    const VmafPooledScore& s = pooled.score;
    Json entry{{"clip", number(s.clip)},
               {"median", number(s.percentile_50)},
               {"min", number(s.min)},
               {"max", number(s.max)}};
    if (s.direction > 0) entry["harmonic_mean"] = number(s.harmonic_mean);
    if (pooled.has_direction()) entry["worst"] = worst_of_score(pooled);
    if (s.window_frames > 0)
      entry["worst_window"] = {{"frames", s.window_frames},
                               {"first_frame", s.window_first_frame},
                               {"mean", number(s.window_mean)}};
    all[pooled.name] = std::move(entry);
  }
  return all;
}

std::string image(const std::string& jpeg) {
  return jpeg.empty() ? "" : "data:image/jpeg;base64," + base64(jpeg);
}

// Of the scores that were asked for: there may be hundreds of shots.
Json shots_json(const job::Clip& clip, const ClipWorst& worst) {
  Json list = Json::array();
  for (auto& [frames, asked] : job::pooled_by_shot(clip.session.context())) {
    std::erase_if(asked, [](const job::Pooled& p) { return !p.was_asked_for(); });
    Json shot{{"first", frames.first}, {"last", frames.last}, {"pooled", pooled_json(asked)}};
    for (const WorstFrame& drawn : worst.shots)
      if (drawn.frame >= frames.first && drawn.frame <= frames.last)
        shot["picture"] = image(drawn.distorted);
    list.push_back(std::move(shot));
  }
  return list;
}

// Of each of the worst shots, by their means, the worst frame.
std::vector<WorstFrame> frames_of_worst_shots(const job::Clip& clip, const job::Pooled& metric) {
  std::vector<double> means;
  std::vector<unsigned> frames;
  for (const job::ShotScores& shot : job::pooled_by_shot(clip.session.context()))
    for (const job::Pooled& p : shot.pooled) {
      if (p.name != metric.name) continue;
      means.push_back(p.score.mean);
      frames.push_back(p.score.worst_frame);
    }
  std::vector<WorstFrame> worst = worst_of(means, metric.lower_is_better(), kWorstShots);
  for (WorstFrame& shot : worst) shot.frame = frames[shot.frame];
  return worst;
}

std::vector<double> scores_of(const job::Run& run, const job::Clip& clip,
                              const std::string& metric) {
  const std::size_t frames = clip.frames == 0 ? 0 : run.counted(clip).last + std::size_t{1};
  std::vector<double> scores(frames, std::numeric_limits<double>::quiet_NaN());
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

std::string format_text(const io::StreamInfo& info) {
  if (info.converted_from.empty()) return describe(info);
  return fmt::format("{}, converted from {}", info.converted_to, info.converted_from);
}

Json clip_json(const Settings& settings, const job::Run& run, std::size_t position,
               const Metrics& metrics, const ClipWorst& worst) {
  const job::Clip& clip = run.clips[position];
  const io::StreamInfo& info = clip.reader->info();
  Json json = file_of(clip.path);
  json["format"] = format_text(info);
  json["curve"] = settings.curves.empty() ? "" : settings.curves[position];
  json["bit_rate"] = info.bit_rate ? Json(*info.bit_rate) : Json(nullptr);
  json["frames"] = clip.frames;
  json["complete"] = clip.complete;
  json["partial"] = clip.partial;
  json["damaged"] = clip.damaged;
  if (!clip.status) json["error"] = clip.status.error().message;
  json["pooled"] = pooled_json(job::pooled(clip.session.context()));
  json["shots"] = shots_json(clip, worst);
  json["scores"] = Json::object();
  for (const job::Pooled& metric : metrics) {
    Json list = Json::array();
    for (const double value : scores_of(run, clip, metric.name)) list.push_back(score(value));
    json["scores"][metric.name] = std::move(list);
  }
  json["worst"] = worst_json(worst);
  json["worst_note"] = worst.note;
  return json;
}

struct RateCurve {
  std::string name;
  std::vector<job::RatePoint> points;
  std::vector<std::size_t> clips;
};

// A curve for each name, in the order in which they come, of the clips whose bit rate is known.
std::vector<RateCurve> rate_curves(const job::Run& run, const Json& clips,
                                   const job::Pooled& metric) {
  std::vector<RateCurve> curves;
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    const std::string name = clips[i]["curve"];
    auto curve = std::find_if(curves.begin(), curves.end(),
                              [&](const RateCurve& c) { return c.name == name; });
    if (curve == curves.end()) curve = curves.insert(curves.end(), {name, {}, {}});
    const Json& pooled = clips[i]["pooled"];
    if (clips[i]["bit_rate"].is_null() || !pooled.contains(metric.name) ||
        pooled[metric.name]["clip"].is_null())
      continue;
    const double quality = pooled[metric.name]["clip"];
    curve->points.push_back({clips[i]["bit_rate"], metric.lower_is_better() ? -quality : quality});
    curve->clips.push_back(i);
  }
  return curves;
}

Json bd_rates(const std::vector<RateCurve>& curves) {
  Json list = Json::array();
  for (std::size_t i = 1; i < curves.size(); ++i) {
    const job::BdRate rate = bd_rate(curves[0].points, curves[i].points);
    list.push_back({{"anchor", curves[0].name},
                    {"test", curves[i].name},
                    {"percent", rate.percent ? Json(*rate.percent) : Json(nullptr)},
                    {"why_not", rate.why_not}});
  }
  return list;
}

Json rate_quality(const job::Run& run, const Json& clips, const job::Pooled& metric) {
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
Json models_of(const job::Session& session, const Json& networks, const Json& of_maps) {
  Json list = Json::array();
  for (const job::ModelSpec& model : session.models()) {
    Json entry = model.path.empty() ? Json{{"version", model.version}} : file_of(model.path);
    entry["name"] = model.name;
    list.push_back(std::move(entry));
  }
  for (const Json& model : networks) add_network(list, model, model["name"]);
  for (const Json& model : of_maps)
    add_network(list, model, model["name"].get<std::string>() + " map");
  return list;
}

std::vector<ClipWorst> worst_frames(const job::Run& run, const job::Pooled& metric) {
  std::vector<ClipWorst> worst;
  for (const job::Clip& clip : run.clips) {
    worst.emplace_back();
    if (metric.has_direction()) worst.back().shots = frames_of_worst_shots(clip, metric);
    if (metric.has_direction())
      worst.back().frames =
          worst_of(scores_of(run, clip, metric.name), metric.lower_is_better(), kWorstFrames);
    else
      worst.back().note = fmt::format("{} does not say what is better.", metric.name);
  }
  return worst;
}

// A still has the map of that metric, asked for or not, where it is scored.
Settings with_map_of_still(Settings settings, const job::Run& run, const Metrics& metrics) {
  const bool is_scored = std::any_of(metrics.begin(), metrics.end(), [](const job::Pooled& m) {
    return m.name == job::kMapOfStills && m.was_asked_for();
  });
  if (is_still(run) && is_scored && settings.map_of.empty()) settings.map_of = job::kMapOfStills;
  return settings;
}

Json data_of(const Settings& asked, const job::Run& run) {
  const Metrics metrics = metrics_of(run);
  const Settings settings = with_map_of_still(asked, run, metrics);
  const job::Pooled& first = primary(metrics);
  std::vector<ClipWorst> worst = worst_frames(run, first);
  const Json of_maps = draw_worst(settings, run, worst),
             made = made_with(run.clips.front().session.context());
  // Each list is made before anything is put into it: where memory is short, what null would become
  // by the first of its values cannot be destroyed.
  Json data{{"version", vmaf_version()},
            {"command", settings.command},
            {"environment", made["environment"]},
            {"primary", first.name},
            {"still", is_still(run)},
            {"subsample", std::max(1u, run.job.subsample)},
            {"reference", file_of(run.job.reference)},
            {"models", models_of(run.clips.front().session, made["tiny_models"], of_maps)},
            {"frame_rate", run.reference->info().rate.per_second()},
            {"metrics", Json::array()},
            {"clips", Json::array()},
            {"rate_quality", Json::object()}};
  data["reference"]["format"] = format_text(run.reference->info());
  for (const job::Pooled& metric : metrics)
    data["metrics"].push_back({{"name", metric.name},
                               {"unit", metric.unit},
                               {"direction", metric.score.direction},
                               {"asked", metric.was_asked_for()},
                               {"clip", metric.clip_name}});
  const std::vector<std::string> labels = labels_of(run.job.distorted);
  for (std::size_t i = 0; i < run.clips.size(); ++i) {
    data["clips"].push_back(clip_json(settings, run, i, metrics, worst[i]));
    data["clips"].back()["label"] = labels[i];
  }
  for (const job::Pooled& metric : metrics)
    if (metric.has_direction())
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
  const Json data = data_of(settings, run);
  std::string page(assets.page);
  fill(page, "<!--PLOT_STYLE-->", assets.plot_style);
  fill(page, "<!--STYLE-->", assets.style);
  fill(page, "<!--PLOT_SCRIPT-->", assets.plot_script);
  fill(page, "<!--SCRIPT-->", assets.script);
  fill(page, "/*PLOTS*/", assets.plots);
  fill(page, "<!--DATA-->", embedded(data));  // last: what it says is nobody's mark
  return page;
}

}  // namespace visq::cli
