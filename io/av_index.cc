#include "io/av_index.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <span>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "base/output_file.h"
#include "base/sha256.h"

namespace visq::io {
namespace {

using Bytes = std::span<const std::uint8_t>;

struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};

// The types of the NAL units of an access unit, as H.264 and HEVC number them.
class NalTypes {
 public:
  explicit NalTypes(const AVCodecParameters& codec) : hevc_(codec.codec_id == AV_CODEC_ID_HEVC) {
    const Bytes extra(codec.extradata, static_cast<std::size_t>(codec.extradata_size));
    const std::size_t place = hevc_ ? 21 : 4;
    if (extra.size() > place && extra[0] == 1) length_bytes_ = (extra[place] & 3u) + 1;
  }

  // Whether parameter sets stand in the packets, and not beside them.
  bool in_band() const { return length_bytes_ == 0; }

  std::set<int> of(Bytes packet) const {
    std::set<int> types;
    const auto add = [&](std::uint8_t head) { types.insert(hevc_ ? (head >> 1) & 63 : head & 31); };
    if (in_band()) {
      for (std::size_t i = 0; i + 3 < packet.size(); ++i)
        if (packet[i] == 0 && packet[i + 1] == 0 && packet[i + 2] == 1) add(packet[i + 3]);
      return types;
    }
    for (std::size_t i = 0; i + length_bytes_ < packet.size();) {
      std::size_t length = 0;
      for (std::size_t k = 0; k < length_bytes_; ++k) length = length << 8 | packet[i + k];
      add(packet[i + length_bytes_]);
      i += length_bytes_ + std::min(length, packet.size() - i);
    }
    return types;
  }

 private:
  bool hevc_;
  std::size_t length_bytes_ = 0;  // before each unit; 0: start codes
};

// Whether frames that are shown after a key frame need nothing that was decoded before it.
class BeginsAnew {
 public:
  explicit BeginsAnew(const AVCodecParameters& codec) : codec_(codec.codec_id), nal_(codec) {
    const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec_);
    intra_ = descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY) != 0;
  }

  bool knows_codec() const {
    return intra_ || codec_ == AV_CODEC_ID_H264 || codec_ == AV_CODEC_ID_HEVC ||
           codec_ == AV_CODEC_ID_AV1;
  }

  bool operator()(const AVPacket& packet) const {
    if ((packet.flags & AV_PKT_FLAG_KEY) == 0) return false;
    const Bytes bytes(packet.data, static_cast<std::size_t>(packet.size));
    const bool is_h264 = codec_ == AV_CODEC_ID_H264;
    if (!is_h264 && codec_ != AV_CODEC_ID_HEVC) return true;
    const std::set<int> types = nal_.of(bytes);
    const auto has = [&](int from, int to) {
      return std::any_of(types.begin(), types.end(), [&](int t) { return t >= from && t <= to; });
    };
    // IDR; of HEVC also BLA and CRA, whose leading pictures are shown before them.
    const bool anew = is_h264 ? has(5, 5) : has(16, 21);
    const bool sets = is_h264 ? has(7, 7) && has(8, 8) : has(32, 32) && has(33, 33) && has(34, 34);
    return anew && (sets || !nal_.in_band());
  }

 private:
  AVCodecID codec_;
  NalTypes nal_;
  bool intra_ = false;
};

// What the packets up to now say.
class Packets {
 public:
  explicit Packets(int reorder) : reorder_(reorder) {}

  // False: nothing is certain any more.
  bool add(const AVPacket& packet, bool begins_anew) {
    if (packet.pts == AV_NOPTS_VALUE || (packet.flags & AV_PKT_FLAG_DISCARD) != 0 ||
        av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr)
      return false;
    if (times_.empty() && !begins_anew) return false;
    if (!times_.empty() && packet.pts < times_.front()) return false;  // before the first frame
    held_.insert(packet.pts);
    if (held_.size() > kMostHeld) held_.erase(held_.begin());
    const auto later = std::distance(held_.upper_bound(packet.pts), held_.end());
    if (later > reorder_) return false;  // the decoder would give it up
    if (begins_anew)
      keys_.push_back({0, packet.pts, packet.dts == AV_NOPTS_VALUE ? packet.pts : packet.dts});
    times_.push_back(packet.pts);
    return true;
  }

  // No frame that is shown before that one can follow.
  bool knows(std::int64_t frame) const {
    return static_cast<std::int64_t>(times_.size()) > frame + kMostHeld;
  }

  SeekIndex index() {
    std::sort(times_.begin(), times_.end());
    if (std::adjacent_find(times_.begin(), times_.end()) != times_.end()) return {};
    for (SeekPoint& key : keys_)
      key.frame = std::lower_bound(times_.begin(), times_.end(), key.shown) - times_.begin();
    return {std::move(keys_), static_cast<std::int64_t>(times_.size())};
  }

 private:
  static constexpr int kMostHeld = 64;  // more than any codec reorders
  int reorder_;
  std::vector<std::int64_t> times_;
  std::set<std::int64_t> held_;  // the latest times
  std::vector<SeekPoint> keys_;
};

std::string place_of(const std::string& folder, const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return "";
  std::error_code unknown;
  const std::string key =
      fmt::format("{} {} {}.{}", std::filesystem::absolute(path, unknown).string(), file.st_size,
                  file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
  const std::string hash = sha256_hex(key);
  return hash.empty() ? "" : (std::filesystem::path(folder) / (hash + ".index")).string();
}

constexpr std::string_view kHead = "visq seek points 1";

}  // namespace

Result<SeekIndex> find_seek_points(AVFormatContext& container, int stream, int reorder,
                                   std::int64_t up_to) {
  const AVCodecParameters& codec = *container.streams[stream]->codecpar;
  const BeginsAnew begins_anew(codec);
  if (!begins_anew.knows_codec()) return SeekIndex();
  const std::unique_ptr<AVPacket, FreePacket> packet(av_packet_alloc());
  if (packet == nullptr) return fail(ENOMEM, "out of memory");
  Packets packets(codec.codec_id == AV_CODEC_ID_H264 ? reorder : 64);
  while (!packets.knows(up_to) && av_read_frame(&container, packet.get()) >= 0) {
    const bool known = packet->stream_index != stream || packets.add(*packet, begins_anew(*packet));
    av_packet_unref(packet.get());
    if (!known) return SeekIndex();
  }
  return packets.index();
}

std::optional<SeekIndex> kept_seek_points(const std::string& folder, const std::string& path) {
  std::ifstream file(place_of(folder, path));
  std::string head;
  SeekIndex index;
  std::size_t count = 0;
  if (!std::getline(file, head) || head != kHead || !(file >> index.frames >> count))
    return std::nullopt;
  for (SeekPoint point; file >> point.frame >> point.shown >> point.decoded;)
    index.points.push_back(point);
  return index.points.size() == count ? std::optional(std::move(index)) : std::nullopt;
}

Status keep_seek_points(const std::string& folder, const std::string& path,
                        const SeekIndex& index) {
  const std::string place = place_of(folder, path);
  if (place.empty()) return {};
  std::string text = fmt::format("{}\n{} {}\n", kHead, index.frames, index.points.size());
  for (const auto& [frame, shown, decoded] : index.points)
    text += fmt::format("{} {} {}\n", frame, shown, decoded);
  return write_output(place, text, "the index of packets");
}

}  // namespace visq::io
