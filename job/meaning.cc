#include "job/meaning.h"

#include <algorithm>

#include <fmt/format.h>

#include "job/open.h"

namespace visq::job {
namespace {

using io::SampleFormat;
using io::StreamInfo;

constexpr int kUnspecified = 2;  // of H.273

bool is_gray(const StreamInfo& info) { return info.pixel_format == VMAF_PIX_FMT_YUV400P; }
bool is_rgb(const StreamInfo& info) { return info.color.matrix == 0; }

// "PQ", "HLG", or nothing for SDR.
std::string_view hdr_of(const StreamInfo& info) {
  return info.color.transfer == 16 ? "PQ" : info.color.transfer == 18 ? "HLG" : "";
}

void override_color(const ColourWords& said, StreamInfo& info) {
  if (said.matrix && !is_rgb(info)) info.color.matrix = *said.matrix;
  if (said.transfer) info.color.transfer = *said.transfer;
  if (!said.range || is_rgb(info)) return;
  info.color.range = *said.range;
  info.range_of_kind = false;
}

// Where `to` says nothing it is what `from` says. The matrix and range of RGB and the range of a
// kind of file are no statement about other clips, whoever made the one of the other has converted
// it; but gray has the range of RGB.
void adopt(const StreamInfo& from, StreamInfo& to) {
  if (to.color.transfer == kUnspecified) to.color.transfer = from.color.transfer;
  if (is_rgb(to)) return;
  if (to.color.matrix == kUnspecified && !is_rgb(from) && !is_gray(to))
    to.color.matrix = from.color.matrix;
  const bool says = is_rgb(from) ? is_gray(to) : !from.range_of_kind;
  if (to.color.range == VMAF_COLOR_RANGE_UNSPECIFIED && says) to.color.range = from.color.range;
}

// ---- what options ask for ----

unsigned largest_depth(const Descriptions& clips) {
  unsigned bits = clips.reference.bits;
  for (const StreamInfo& info : clips.distorted) bits = std::max(bits, info.bits);
  return bits;
}

// What RGB becomes where an option asks for YCbCr: the first clip that is it decides.
SampleFormat ycbcr_of(const Descriptions& clips) {
  if (!is_rgb(clips.reference)) return io::format_of(clips.reference);
  for (const StreamInfo& info : clips.distorted)
    if (!is_rgb(info)) return io::format_of(info);
  return {};
}

void set_chroma(const Descriptions& clips, VmafPixelFormat wanted, SampleFormat& format) {
  const SampleFormat reference = io::format_of(clips.reference);
  const bool rgb_wanted = wanted == VMAF_PIX_FMT_UNKNOWN && reference.is_rgb();
  if (wanted == VMAF_PIX_FMT_UNKNOWN) wanted = reference.pixel_format;
  if (rgb_wanted || (format.is_rgb() && wanted == format.pixel_format)) return;
  if (format.is_rgb()) {
    const unsigned bits = format.bits;
    format = ycbcr_of(clips);
    format.bits = bits;
  }
  format.pixel_format = wanted;
}

Goal asked_of(const Job& job, const Descriptions& clips, const StreamInfo& info) {
  const SampleFormat own = io::format_of(info);
  Goal goal{own};
  if (job.to_pixel_format) set_chroma(clips, *job.to_pixel_format, goal.format);
  if (job.to_bits) goal.format.bits = *job.to_bits;
  if (job.common_depth) goal.format.bits = largest_depth(clips);
  goal.asked = goal.format != own;
  return goal;
}

// ---- what the other clip makes necessary ----

void become(Goal& goal, const SampleFormat& format) {
  goal.automatic |= goal.format != format;
  goal.format = format;
}

SampleFormat gray_as_rgb(SampleFormat gray) {
  gray.pixel_format = VMAF_PIX_FMT_YUV444P;
  gray.matrix = 0;
  gray.full_range = true;
  return gray;
}

// R, G and B of gray are equal; else RGB becomes what the other clip is.
void join_rgb(Goal& rgb, Goal& other) {
  if (other.format.is_gray())
    become(other, gray_as_rgb(other.format));
  else
    become(rgb, other.format);
}

void join(Goal& reference, Goal& distorted) {
  const SampleFormat &a = reference.format, &b = distorted.format;
  if (a.is_rgb() && !b.is_rgb()) return join_rgb(reference, distorted);
  if (b.is_rgb() && !a.is_rgb()) return join_rgb(distorted, reference);
  SampleFormat wanted = b;
  wanted.full_range = a.full_range;
  if (!a.is_gray() && !b.is_gray() && !io::same_matrix(a.matrix, b.matrix))
    wanted.matrix = a.matrix;
  become(distorted, wanted);
}

// ---- what cannot be ----

Status check_transfer(const Job& job, const StreamInfo& reference, const StreamInfo& distorted,
                      const std::string& path) {
  const std::string_view a = hdr_of(reference), b = hdr_of(distorted);
  if (a == b) return {};
  const auto name = [](std::string_view hdr) {
    return hdr.empty() ? std::string_view("SDR") : hdr;
  };
  return input_error(fmt::format(
      "{} is {} and {} is {}: no number says how alike they look; bring both to one "
      "transfer first (ffmpeg -vf zscale), or say with {} or {} what their samples are",
      job.reference, name(a), path, name(b), job.option("colour_ref"), job.option("colour_dist")));
}

Status check_matrix(const Job& job, const StreamInfo& info, const std::string& path,
                    const Goal& goal) {
  const int from = info.color.matrix, to = goal.format.matrix;
  const bool stays = from == to || is_gray(info) || goal.format.is_gray();
  if (stays || (io::is_convertible(from) && io::is_convertible(to))) return {};
  return input_error(
      fmt::format("{} has {} samples and the other clip {}, which cannot be converted; convert it "
                  "first (ffmpeg "
                  "-vf zscale), or say with {} or {} what the samples are",
                  path, io::matrix_name(from), io::matrix_name(to), job.option("colour_ref"),
                  job.option("colour_dist")));
}

Status check_strict(const Job& job, const StreamInfo& info, const std::string& path,
                    const Goal& goal) {
  if (!job.strict || !goal.automatic) return {};
  StreamInfo converted = info;
  converted.pixel_format = goal.format.pixel_format;
  converted.bits = goal.format.bits;
  converted.color.matrix = goal.format.matrix;
  converted.color.range = goal.format.full_range ? VMAF_COLOR_RANGE_FULL : VMAF_COLOR_RANGE_LIMITED;
  io::note_conversion(info, converted);
  return input_error(fmt::format("{} would be converted from {} to {}, which {} refuses", path,
                                 converted.converted_from, converted.converted_to,
                                 job.option("strict", "true")));
}

Status check(const Job& job, const Descriptions& clips, const Goals& goals) {
  const auto possible = [&](const StreamInfo& info, const std::string& path,
                            const Goal& goal) -> Status {
    VISQ_TRY(check_matrix(job, info, path, goal));
    return check_strict(job, info, path, goal);
  };
  for (const Goal& reference : goals.references)
    VISQ_TRY(possible(clips.reference, job.reference, reference));
  for (std::size_t i = 0; i < clips.distorted.size(); ++i)
    VISQ_TRY(possible(clips.distorted[i], job.distorted[i], goals.distorted[i]));
  return {};
}

}  // namespace

void complete(const Job& job, Descriptions& clips) {
  override_color(job.colour_reference, clips.reference);
  for (StreamInfo& info : clips.distorted) override_color(job.colour_distorted, info);
  for (const StreamInfo& info : clips.distorted) adopt(info, clips.reference);
  for (StreamInfo& info : clips.distorted) adopt(clips.reference, info);
}

Result<Goals> goals_of(const Job& job, const Descriptions& clips) {
  const Goal reference = asked_of(job, clips, clips.reference);
  Goals goals;
  for (std::size_t i = 0; i < clips.distorted.size(); ++i) {
    const StreamInfo& info = clips.distorted[i];
    VISQ_TRY(check_transfer(job, clips.reference, info, job.distorted[i]));
    Goal own = reference, goal = asked_of(job, clips, info);
    join(own, goal);
    goals.references.push_back(own);
    goals.distorted.push_back(goal);
  }
  if (goals.references.empty()) goals.references.push_back(reference);
  VISQ_TRY(check(job, clips, goals));
  return goals;
}

}  // namespace visq::job
