#include "cli/page/worst_frames.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/interrupt.h"
#include "cli/text/progress.h"
#include "io/convert.h"
#include "job/match.h"

namespace visq::cli {
namespace {

constexpr unsigned kWidth = 480;        // of a picture; a report of 4 clips stays below 10 MB
constexpr unsigned kShotWidth = 160;    // of the picture that stands for a shot
constexpr unsigned kStillWidth = 1920;  // of one still there is one
constexpr int kGain = 4;                // of the difference

// Gray where both are equal.
io::RgbImage difference_of(const io::RgbImage& a, const io::RgbImage& b) {
  io::RgbImage image = a;
  for (std::size_t i = 0; i < a.samples.size(); ++i)
    image.samples[i] =
        static_cast<unsigned char>(std::clamp(128 + kGain * (b.samples[i] - a.samples[i]), 0, 255));
  return image;
}

// How pictures are drawn.
struct Style {
  unsigned width;
  LpipsMaps* maps;  // nullptr: without
};

// The reference's frame while the clips are visited.
struct Shown {
  VmafPicture picture{};
  io::RgbImage image;
};

Status draw(Shown& reference, VmafPicture& picture, const VmafPictureColor& color,
            const Style& style, WorstFrame& frame) {
  VISQ_ASSIGN(const io::RgbImage distorted, io::to_rgb(picture, color, style.width));
  VISQ_ASSIGN(frame.reference, io::to_jpeg(reference.image));
  VISQ_ASSIGN(frame.distorted, io::to_jpeg(distorted));
  VISQ_ASSIGN(frame.difference, io::to_jpeg(difference_of(reference.image, distorted)));
  if (style.maps != nullptr) {
    VISQ_ASSIGN(frame.distances, style.maps->of(reference.picture, picture, style.width));
  }
  return {};
}

Status draw_shot(const VmafPicture& picture, const VmafPictureColor& color, WorstFrame& shot) {
  VISQ_ASSIGN(const io::RgbImage small, io::to_rgb(picture, color, kShotWidth));
  VISQ_ASSIGN(shot.distorted, io::to_jpeg(small));
  return {};
}

WorstFrame* wanted(ClipWorst& clip, unsigned frame) {
  const auto found = std::find_if(clip.frames.begin(), clip.frames.end(),
                                  [&](const WorstFrame& w) { return w.frame == frame; });
  return found == clip.frames.end() ? nullptr : &*found;
}

// One frame of one clip, drawn when it is one of the worst.
Status visit(io::VideoReader& reader, ClipWorst& clip, unsigned frame, Shown& reference,
             const Style& style) {
  VmafPicture picture{};
  const bool more = reader.read(&picture).value_or(false);  // what is wrong with it was told
  WorstFrame* const worst = more ? wanted(clip, frame) : nullptr;
  Status status;
  if (worst != nullptr) status = draw(reference, picture, reader.info().color, style, *worst);
  for (WorstFrame& shot : clip.shots)
    if (more && status && shot.frame == frame)
      status = draw_shot(picture, reader.info().color, shot);
  vmaf_picture_unref(&picture);
  return status;
}

Status visit_clips(job::Readers& readers, std::vector<ClipWorst>& clips, unsigned frame,
                   Shown& reference, const Style& style) {
  if (std::any_of(clips.begin(), clips.end(),
                  [&](ClipWorst& c) { return wanted(c, frame) != nullptr; })) {
    VISQ_ASSIGN(reference.image,
                io::to_rgb(reference.picture, readers.reference->info().color, style.width));
  }
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const job::Reader& own = readers.reference_of(i);
    if (own == readers.reference) {
      VISQ_TRY(visit(*readers.distorted[i], clips[i], frame, reference, style));
      continue;
    }
    Shown other{{}, reference.image};
    VISQ_TRY(own->read(&other.picture));
    const Status status = visit(*readers.distorted[i], clips[i], frame, other, style);
    vmaf_picture_unref(&other.picture);
    VISQ_TRY(status);
  }
  return {};
}

Status visit_all(job::Readers& readers, std::vector<ClipWorst>& clips, unsigned frame,
                 const Style& style) {
  Shown reference;
  VISQ_ASSIGN(const bool more, readers.reference->read(&reference.picture));
  if (!more) return job::input_error("the reference became shorter");
  Status status = visit_clips(readers, clips, frame, reference, style);
  vmaf_picture_unref(&reference.picture);
  return status;
}

// A clip's maps have one scale: what is brighter is farther from the reference.
Status draw_maps(ClipWorst& clip) {
  float most = 0;
  for (const WorstFrame& frame : clip.frames)
    for (const float value : frame.distances.values) most = std::max(most, value);
  for (WorstFrame& frame : clip.frames) {
    if (frame.distances.values.empty()) continue;
    VISQ_ASSIGN(frame.map, io::to_jpeg(drawn(frame.distances, most)));
    frame.map_caption = fmt::format("LPIPS {:.4f} by place: dark blue 0, yellow {:.3f}",
                                    frame.distances.mean(), most);
  }
  return {};
}

Status draw_all(const Settings& settings, const job::Run& run, std::vector<ClipWorst>& clips,
                nlohmann::ordered_json& networks) {
  const job::Job& job = run.job;
  if (interrupted()) return interruption_error("scoring was interrupted");
  VISQ_TRY(job::check_files(job, "its worst frames are read again"));
  std::optional<unsigned> last;
  for (const ClipWorst& clip : clips) {
    for (const WorstFrame& worst : clip.frames) last = std::max(last.value_or(0), worst.frame);
    for (const WorstFrame& shot : clip.shots) last = std::max(last.value_or(0), shot.frame);
  }
  if (!last) return {};
  std::unique_ptr<LpipsMaps> maps;
  if (LpipsMaps::are_wanted(settings)) {
    VISQ_ASSIGN(maps, LpipsMaps::open(settings));
  }
  const Style style{is_still(run) ? kStillWidth : kWidth, maps.get()};
  VISQ_ASSIGN(job::Readers readers, open_readers(job, interruption()));
  Progress progress(progress_style(settings), Phase::report, *last + 1);
  for (unsigned frame = 0; frame <= *last && !interrupted(); ++frame) {
    progress.show(frame);
    VISQ_TRY(visit_all(readers, clips, frame, style));
  }
  progress.close(*last + 1);
  for (ClipWorst& clip : clips) VISQ_TRY(draw_maps(clip));
  if (maps != nullptr) networks = maps->networks();
  return {};
}

}  // namespace

bool is_still(const job::Run& run) {
  return std::all_of(run.clips.begin(), run.clips.end(),
                     [](const job::Clip& clip) { return clip.frames == 1; });
}

std::vector<WorstFrame> worst_of(const std::vector<double>& scores, bool lower_is_better,
                                 std::size_t count) {
  std::vector<unsigned> order;
  for (unsigned i = 0; i < scores.size(); ++i)
    if (!std::isnan(scores[i])) order.push_back(i);
  const std::size_t kept = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    [&](unsigned a, unsigned b) {
                      const double x = lower_is_better ? -scores[a] : scores[a],
                                   y = lower_is_better ? -scores[b] : scores[b];
                      return std::pair(x, a) < std::pair(y, b);
                    });
  std::vector<WorstFrame> worst;
  for (std::size_t i = 0; i < kept; ++i) {
    worst.emplace_back().frame = order[i];
    worst.back().score = scores[order[i]];
  }
  return worst;
}

nlohmann::ordered_json draw_worst(const Settings& settings, const job::Run& run,
                                  std::vector<ClipWorst>& clips) {
  auto networks = nlohmann::ordered_json::array();
  const Status status = draw_all(settings, run, clips, networks);
  if (status) return networks;
  for (ClipWorst& clip : clips) {
    const bool some = std::any_of(clip.frames.begin(), clip.frames.end(),
                                  [](const WorstFrame& f) { return !f.distorted.empty(); });
    clip.note =
        fmt::format("{}: {}", some ? "Not all pictures" : "No pictures", status.error().message);
  }
  return networks;
}

}  // namespace visq::cli
