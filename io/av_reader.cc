#include "io/av_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "base/counted.h"
#include "io/av_index.h"
#include "io/av_input.h"
#include "io/av_layout.h"
#include "io/av_side_data.h"
#include "io/av_tags.h"
#include "io/convert.h"
#include "io/planar.h"
#include "io/still.h"

namespace visq::io {
namespace {

struct Close {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Close>;

std::string reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

#if LIBAVFORMAT_VERSION_MAJOR < 59  // ffmpeg 4
using Codec = AVCodec;
#else
using Codec = const AVCodec;
#endif

constexpr std::int64_t kWholeFile = std::numeric_limits<std::int32_t>::max();

class AvReader final : public VideoReader {
 public:
  AvReader(std::string path, bool pipe, const Decoding& wanted)
      : path_(std::move(path)), pipe_(pipe), wanted_(wanted) {}

  Status open(std::unique_ptr<ByteSource> source, int threads, const Access& access) {
    threads_ = threads;
    access_ = access;
    VISQ_TRY(open_container(std::move(source), access));
    VISQ_TRY(open_decoder(threads));
    VISQ_ASSIGN(const bool any, decode());
    if (!any)
      return fail(
          EIO, fmt::format(
                   "{} has a video stream of which no frame can be decoded: it is cut or damaged",
                   path_));
    return describe_stream();
  }

  const StreamInfo& info() const override { return info_; }
  void read_luma_only() override { pictures_.luma_only(); }
  bool damaged() const override { return damaged_; }

  Result<bool> read(VmafPicture* picture) override {
    if (!pending_) {
      VISQ_ASSIGN(const bool more, decode());
      if (!more) return false;
    }
    pending_ = false;
    if (damaged_ && !wanted_.damaged)
      return fail(kDamagedFrame,
                  fmt::format("{}: frame {} is damaged, and its decoder made parts of it up", path_,
                              index_));
    if (frame_->width != first_width_ || frame_->height != first_height_ ||
        frame_->format != first_format_)
      return fail(
          EINVAL,
          fmt::format(
              "{}: frame {} is {}x{} {} and not as the first; the format cannot change within a "
              "clip; cut it there, or bring it to one format first (ffmpeg -vf scale)",
              path_, index_, frame_->width, frame_->height,
              av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame_->format))));
    VISQ_TRY(check_progressive());
    VISQ_TRY(check_color());
    VISQ_TRY(fill(picture));
    ++index_;
    return true;
  }

  Result<std::optional<std::uint64_t>> count_frames() override {
    if (pipe_ || info_.image) return info_.frames;
    VISQ_ASSIGN(const SeekIndex index, seek_index(kWholeFile));
    return index.frames > 0 ? std::optional(static_cast<std::uint64_t>(index.frames))
                            : info_.frames;
  }

  Result<std::uint64_t> seek(std::uint64_t count) override {
    constexpr std::uint64_t kWorthIt = 16;  // frames that are faster decoded
    if (pipe_ || count <= kWorthIt) return std::uint64_t{0};
    const auto from = index_, to = index_ + count;
    VISQ_ASSIGN(const SeekIndex index, seek_index(static_cast<std::int64_t>(to)));
    const auto& points = index.points;
    const auto after = std::upper_bound(
        points.begin(), points.end(), static_cast<std::int64_t>(to),
        [](std::int64_t frame, const SeekPoint& point) { return frame < point.frame; });
    if (after == points.begin() ||
        std::prev(after)->frame <= static_cast<std::int64_t>(from + kWorthIt))
      return std::uint64_t{0};
    VISQ_ASSIGN(const bool there, go_to(*std::prev(after)));
    if (!there) VISQ_TRY(begin_again(from));
    return index_ - from;
  }

 private:
  // One that is kept is of the whole file.
  Result<SeekIndex> seek_index(std::int64_t up_to) const {
    const bool keeps = !access_.index_folder.empty();
    if (keeps)
      if (auto kept = kept_seek_points(access_.index_folder, path_)) return *std::move(kept);
    VISQ_ASSIGN(const auto input, AvInput::open(path_, nullptr, access_));
    int code = 0;
    VISQ_ASSIGN(AVFormatContext* const context, input->open_container(code));
    const Owned<AVFormatContext> container(context);
    if (context == nullptr || avformat_find_stream_info(context, nullptr) < 0) return SeekIndex();
    VISQ_ASSIGN(SeekIndex index, find_seek_points(*context, stream_, decoder_->has_b_frames,
                                                  keeps ? kWholeFile : up_to));
    VISQ_TRY(check_input());
    if (keeps) VISQ_TRY(keep_seek_points(access_.index_folder, path_, index));
    return index;
  }

  // Decodes from there; false where the container does not find the place, or another frame comes.
  Result<bool> go_to(const SeekPoint& point) {
    if (av_seek_frame(container_.get(), stream_, std::min(point.decoded, point.shown),
                      AVSEEK_FLAG_BACKWARD) < 0)
      return false;
    avcodec_flush_buffers(decoder_.get());
    for (bool found = false; !found;) {
      av_packet_unref(packet_.get());
      if (av_read_frame(container_.get(), packet_.get()) < 0) return false;
      if (packet_->stream_index != stream_) continue;
      found = packet_->pts == point.shown;
      if (!found && packet_->pts > point.shown && (packet_->flags & AV_PKT_FLAG_KEY) != 0)
        return false;
    }
    if (avcodec_send_packet(decoder_.get(), packet_.get()) < 0) return false;
    do {
      VISQ_ASSIGN(const bool more, decode());
      if (!more || frame_->pts == AV_NOPTS_VALUE || frame_->pts > point.shown) return false;
    } while (frame_->pts < point.shown);  // shown before it, and not whole
    pending_ = true;
    index_ = static_cast<std::uint64_t>(point.frame);
    return true;
  }

  // From the start, up to that frame.
  Status begin_again(std::uint64_t frame) {
    decoder_.reset();
    container_.reset();
    VISQ_TRY(open_container(nullptr, access_));
    VISQ_TRY(open_decoder(threads_));
    VISQ_TRY(decode());
    pending_ = true;
    for (index_ = 0; index_ < frame;) VISQ_TRY(skip());
    return {};
  }

  tl::unexpected<Error> error(std::string_view what, int code, int kind = EIO) const {
    const char* const advice = !pipe_
                                   ? ""
                                   : " (from a pipe, which is read in order: mp4 and mov may need "
                                     "a file, for their index stands at the end)";
    return fail(kind, fmt::format("{}: {}: {}{}", path_, what, reason(code), advice));
  }

  Status open_container(std::unique_ptr<ByteSource> source, const Access& access) {
    av_log_set_level(AV_LOG_QUIET);  // what it has to say is in our errors
    VISQ_ASSIGN(input_, AvInput::open(path_, std::move(source), access));
    int code = 0;
    VISQ_ASSIGN(AVFormatContext* const context, input_->open_container(code));
    container_.reset(context);
    VISQ_TRY(check_input());
    if (context == nullptr)
      return error(
          "not a video that can be read (cut, damaged, or raw without its size, pixel format and "
          "bit depth being said)",
          code);
    code = avformat_find_stream_info(context, nullptr);
    VISQ_TRY(check_input());
    return code < 0 ? error("its streams cannot be read", code) : Status();
  }

  // libav goes on without a file that it did not get, and reads on where nobody waits any more.
  Status check_input() const {
    if (input_->stopped()) return fail(EIO, fmt::format("{} was not read", path_));
    if (input_->refused().empty()) return {};
    return fail(EXDEV, fmt::format("{}: {}", path_, input_->refused()));
  }

  // Cover art is no video.
  Status choose_stream(Codec*& codec) {
    std::vector<int> videos;
    for (unsigned i = 0; i < container_->nb_streams; ++i) {
      const AVStream& each = *container_->streams[i];
      if (each.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
          (each.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0)
        videos.push_back(each.index);
    }
    if (videos.empty()) return fail(EINVAL, fmt::format("{} has no video stream", path_));
    if (wanted_.stream && *wanted_.stream >= videos.size())
      return fail(EINVAL, fmt::format("{} has no video stream {}: it has {}, counted from 0", path_,
                                      *wanted_.stream, videos.size()));
    const auto best = [&](int wanted) {
      return av_find_best_stream(container_.get(), AVMEDIA_TYPE_VIDEO, wanted, -1, &codec, 0);
    };
    stream_ = best(wanted_.stream ? videos[*wanted_.stream] : -1);
    if (std::find(videos.begin(), videos.end(), stream_) == videos.end())
      stream_ = best(videos.front());
    if (is_tile(*container_, stream_))
      return fail(ENOTSUP, fmt::format("{} is made of tiles, which nothing here joins; write it as "
                                       "one picture first (heif-convert, avifdec)",
                                       path_));
    if (stream_ >= 0) return {};
    return fail(ENOTSUP, fmt::format("{}: libavcodec has no decoder for its video stream; convert "
                                     "it first to a format that this machine's ffmpeg decodes",
                                     path_));
  }

  Status open_decoder(int threads) {
    Codec* codec = nullptr;
    VISQ_TRY(choose_stream(codec));
    decoder_.reset(avcodec_alloc_context3(codec));
    frame_.reset(av_frame_alloc());
    last_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (decoder_ == nullptr || frame_ == nullptr || last_ == nullptr || packet_ == nullptr)
      return fail(ENOMEM, "out of memory");
    avcodec_parameters_to_context(decoder_.get(), stream().codecpar);
    decoder_->thread_count = threads;
    if (wanted_.damaged) decoder_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    if (!wanted_.film_grain) decoder_->export_side_data |= AV_CODEC_EXPORT_DATA_FILM_GRAIN;
    if (const int code = avcodec_open2(decoder_.get(), codec, nullptr); code < 0)
      return error("its decoder cannot start", code);
    return {};
  }

  Status describe_stream() {
    pending_ = true;
    first_width_ = frame_->width;
    first_height_ = frame_->height;
    first_format_ = frame_->format;
    VISQ_TRY(check_progressive());
    VISQ_ASSIGN(layout_, named(layout_of(frame_->format)));
    if (orientation_.upright()) {
      VISQ_ASSIGN(orientation_, named(orientation_of(stream())));
    }
    const bool sideways = orientation_.transposed;
    if (sideways && layout_.pixel_format == VMAF_PIX_FMT_YUV422P)
      return fail(ENOTSUP, fmt::format("{} is 4:2:2 to be turned sideways, which 4:2:2 cannot "
                                       "hold; turn it with ffmpeg first",
                                       path_));
    info_.pixel_format = layout_.pixel_format;
    info_.bits = layout_.bits;
    info_.width = static_cast<unsigned>(sideways ? frame_->height : frame_->width);
    info_.height = static_cast<unsigned>(sideways ? frame_->width : frame_->height);
    note_margins();
    info_.color = color_of(*frame_, layout_, *container_);
    const AVCodecID codec = stream().codecpar->codec_id;
    info_.siting = turned_siting(siting_of(*frame_, codec), orientation_);
    info_.range_of_kind = layout_.rgb || has_full_range_by_kind(codec);
    info_.transparent = is_transparent(*frame_, layout_);
    info_.colour_profile = has_other_profile_than_srgb(*frame_);
    const AVRational rate =
        av_guess_frame_rate(container_.get(), container_->streams[stream_], nullptr);
    info_.rate = {rate.num, rate.den > 0 ? rate.den : 1};
    info_.image = is_image(*container_);
    if (stream().nb_frames > 0) info_.frames = static_cast<std::uint64_t>(stream().nb_frames);
    const std::int64_t bits =
        stream().codecpar->bit_rate > 0 ? stream().codecpar->bit_rate : container_->bit_rate;
    if (bits > 0) info_.bit_rate = bits;
    return {};
  }

  // Where less is shown than what was decoded.
  void note_margins() {
    StreamInfo whole = info_;
    whole.width =
        static_cast<unsigned>(orientation_.transposed ? decoder_->height : decoder_->width);
    whole.height =
        static_cast<unsigned>(orientation_.transposed ? decoder_->width : decoder_->height);
    if (whole.width != info_.width || whole.height != info_.height) note_conversion(whole, info_);
  }

  // What the samples mean cannot change either.
  Status check_color() const {
    const VmafPictureColor color = color_of(*frame_, layout_, *container_);
    if (color.matrix == info_.color.matrix && color.transfer == info_.color.transfer &&
        color.range == info_.color.range)
      return {};
    return fail(EINVAL,
                fmt::format("{}: frame {} is {}, and the frames before it are {}: what samples "
                            "mean cannot change within a clip; cut it there, or bring it to one "
                            "meaning first (ffmpeg -vf zscale)",
                            path_, index_, describe(color), describe(info_.color)));
  }

  Status check_progressive() const {
    if (wanted_.as_progressive || !interlaced(*frame_)) return {};
    const std::string what = index_ == 0 ? "" : fmt::format(" from frame {} on", index_);
    return fail(kInterlacedFrame,
                fmt::format("{} is interlaced{}, which no metric here is made for; "
                            "deinterlace it first (ffmpeg -vf bwdif)",
                            path_, what));
  }

  // With the decoder's own memory where a picture can have it as it is.
  Status fill(VmafPicture* picture) {
    if (!lies_as_picture(*frame_, layout_, orientation_)) {
      VISQ_TRY(pictures_.allocate(info_, picture));
      copy_frame(*frame_, layout_, orientation_, picture);
      return {};
    }
    *picture = {};
    picture->pix_fmt = info_.pixel_format;
    picture->bpc = info_.bits;
    picture->w[0] = info_.width;
    picture->h[0] = info_.height;
    VISQ_TRY(lend_frame(*frame_, layout_, picture));
    if (vmaf_picture_set_color(picture, info_.color) == 0) return {};
    vmaf_picture_unref(picture);
    return fail(EINVAL, vmaf_last_error());
  }

  template <typename T>
  Result<T> named(Result<T> result) const {
    if (result) return result;
    return fail(result.error(), fmt::format("{}: {}", path_, result.error().message));
  }

  // The next frame into frame_; false at the end.
  Result<bool> decode() {
    for (;;) {
      const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
      if (code == AVERROR_EOF) return false;
      if (code == 0) {
        VISQ_TRY(named(cut_margins(stream(), *frame_)));
        note_damage();
        return true;
      }
      bool lost = code != AVERROR(EAGAIN);
      if (!lost) {
        VISQ_ASSIGN(lost, feed());
      }
      if (lost && !give_last_again())
        return error(fmt::format("frame {} cannot be decoded", index_), code, kDamagedFrame);
      if (lost) return true;
    }
  }

  void note_damage() {
    damaged_ = frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
               cut_still_ || cut_packets_.erase(frame_->pts) > 0;
    if (!wanted_.damaged) return;
    av_frame_unref(last_.get());
    av_frame_ref(last_.get(), frame_.get());
  }

  // In the place of a frame of which nothing could be decoded.
  bool give_last_again() {
    damaged_ = true;
    return wanted_.damaged && last_->buf[0] != nullptr &&
           av_frame_ref(frame_.get(), last_.get()) == 0;
  }

  // One packet, or the news that there are no more, to the decoder. True where it cannot be
  // decoded.
  Result<bool> feed() {
    do {
      av_packet_unref(packet_.get());
      const int code = av_read_frame(container_.get(), packet_.get());
      VISQ_TRY(check_input());
      if (code == AVERROR_EOF) {
        avcodec_send_packet(decoder_.get(), nullptr);
        return false;
      }
      if (code < 0) return error("it cannot be read after " + counted(index_, "frame"), code);
    } while (packet_->stream_index != stream_);
    if (index_ == 0 && is_image(*container_)) look_at_still();
    const bool cut = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
    if (cut && !wanted_.damaged)
      return fail(kDamagedFrame, fmt::format("{} is truncated or damaged after {}", path_,
                                             counted(index_, "frame")));
    if (cut) cut_packets_.insert(packet_->pts);
    const int code = avcodec_send_packet(decoder_.get(), packet_.get());
    if (code >= 0 || code == AVERROR(EAGAIN)) return false;
    if (wanted_.damaged) return true;
    return error(fmt::format("frame {} cannot be decoded", index_), code, kDamagedFrame);
  }

  // The packet is the file.
  void look_at_still() {
    const std::string_view file(reinterpret_cast<const char*>(packet_->data),
                                static_cast<std::size_t>(packet_->size));
    orientation_ = orientation_of_still(file);
    cut_still_ = is_cut_jpeg(file);
  }

  const AVStream& stream() const { return *container_->streams[stream_]; }

  std::string path_;
  bool pipe_;
  Decoding wanted_;
  int threads_ = 1;
  Access access_;
  std::unique_ptr<AvInput> input_;  // which container_ reads
  Owned<AVFormatContext> container_;
  Owned<AVCodecContext> decoder_;
  Owned<AVFrame> frame_, last_;  // last_: the one before, where damaged ones are wanted
  Owned<AVPacket> packet_;
  int stream_ = -1;
  StreamInfo info_;
  AvLayout layout_;
  Orientation orientation_;
  int first_width_ = 0, first_height_ = 0, first_format_ = -1;
  bool damaged_ = false, cut_still_ = false;
  std::set<std::int64_t> cut_packets_;  // by their times
  bool pending_ = false;                // frame_ was decoded to learn the format, and not read yet
  std::uint64_t index_ = 0;
  PictureSource pictures_;
};

Result<std::unique_ptr<VideoReader>> open_with_libav(const std::string& path,
                                                     std::unique_ptr<ByteSource> source,
                                                     int threads, const Access& access) {
  auto reader = std::make_unique<AvReader>(path, source != nullptr, access.decoding);
  VISQ_TRY(reader->open(std::move(source), threads, access));
  return reader;
}

}  // namespace

}  // namespace visq::io

void visq_open_av(const std::string& path, std::unique_ptr<visq::io::ByteSource> source,
                  int threads, const visq::io::Access& access,
                  visq::Result<std::unique_ptr<visq::io::VideoReader>>& reader) {
  reader = visq::io::open_with_libav(path, std::move(source), threads, access);
}
