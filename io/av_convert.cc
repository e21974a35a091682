#include "io/av_convert.h"

#include <algorithm>

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "io/planar.h"

namespace visq::io {
namespace {

struct Close {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Close>;

struct Format {
  unsigned width, height;
  AVPixelFormat pixel_format;
};

std::string layout_name(VmafPixelFormat format, bool rgb) {
  if (rgb) return "gbrp";
  switch (format) {
    case VMAF_PIX_FMT_YUV400P:
      return "gray";
    case VMAF_PIX_FMT_YUV422P:
      return "yuv422p";
    case VMAF_PIX_FMT_YUV444P:
      return "yuv444p";
    default:
      return "yuv420p";
  }
}

Result<AVPixelFormat> av_format(VmafPixelFormat format, unsigned bits, bool rgb) {
  std::string name = layout_name(format, rgb);
  if (bits > 8) name += fmt::format("{}", bits);
  const AVPixelFormat found = av_get_pix_fmt(name.c_str());  // finds the native byte order
  if (found == AV_PIX_FMT_NONE)
    return fail(
        ENOTSUP,
        fmt::format(
            "libswscale has no planar format of {} bits: 8, 9, 10, 12, 14 and 16 are possible",
            bits));
  return found;
}

int flags_of(Scaler scaler) {
  const int kernel = scaler == Scaler::lanczos    ? SWS_LANCZOS
                     : scaler == Scaler::bilinear ? SWS_BILINEAR
                                                  : SWS_BICUBIC;
  return kernel | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;
}

// swscale numbers matrices as H.273 does; what it does not know, and 2 (unspecified), is BT.709
// here.
const int* coefficients(const VmafPictureColor& color) {
  const bool known = color.matrix == 5 || color.matrix == 6 || color.matrix == 4 ||
                     color.matrix == 7 || color.matrix == 9 || color.matrix == 10;
  return sws_getCoefficients(known ? std::min(color.matrix, 9) : SWS_CS_ITU709);
}

Result<Owned<SwsContext>> scaler_between(const Format& from, const Format& to,
                                         const VmafPictureColor& color, int flags,
                                         const int* matrix) {
  av_log_set_level(AV_LOG_QUIET);  // what it has to say is in our errors
  Owned<SwsContext> context(sws_getContext(static_cast<int>(from.width),
                                           static_cast<int>(from.height), from.pixel_format,
                                           static_cast<int>(to.width), static_cast<int>(to.height),
                                           to.pixel_format, flags, nullptr, nullptr, nullptr));
  if (context == nullptr)
    return fail(ENOTSUP, fmt::format("libswscale cannot bring {}x{} {} to {}x{} {}", from.width,
                                     from.height, av_get_pix_fmt_name(from.pixel_format), to.width,
                                     to.height, av_get_pix_fmt_name(to.pixel_format)));
  const bool screen = (av_pix_fmt_desc_get(to.pixel_format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  const int full = color.range == VMAF_COLOR_RANGE_FULL ? 1 : 0;
  sws_setColorspaceDetails(context.get(), matrix, full, matrix, screen ? 1 : full, 0, 1 << 16,
                           1 << 16);
  return context;
}

Result<Owned<SwsContext>> scaler_between(const Format& from, const Format& to,
                                         const VmafPictureColor& color, int flags) {
  return scaler_between(from, to, color, flags, coefficients(color));
}

// libav orders the planes of RGB G, B, R, and so do we.
void run(SwsContext* context, const VmafPicture& from, const VmafPicture& to) {
  const std::uint8_t* in[4] = {};
  std::uint8_t* out[4] = {};
  int in_stride[4] = {}, out_stride[4] = {};
  for (int i = 0; i < 3; ++i) {
    in[i] = static_cast<const std::uint8_t*>(from.data[i]);
    out[i] = static_cast<std::uint8_t*>(to.data[i]);
    in_stride[i] = static_cast<int>(from.stride[i]);
    out_stride[i] = static_cast<int>(to.stride[i]);
  }
  sws_scale(context, in, in_stride, 0, static_cast<int>(from.h[0]), out, out_stride);
}

struct Scalers {
  Owned<SwsContext> whole, luma;  // of all planes; of the first alone, null for RGB
};

class ScaledReader final : public VideoReader {
 public:
  ScaledReader(std::unique_ptr<VideoReader> reader, const StreamInfo& info, Scalers scalers)
      : reader_(std::move(reader)),
        info_(info),
        scalers_(std::move(scalers)),
        scaler_(scalers_.whole.get()) {}
  const StreamInfo& info() const override { return info_; }

  void read_luma_only() override {
    if (scalers_.luma == nullptr) return;
    reader_->read_luma_only();
    pictures_.luma_only();
    scaler_ = scalers_.luma.get();
  }

  bool damaged() const override { return reader_->damaged(); }
  Status intact() const override { return reader_->intact(); }
  Result<bool> skip() override { return reader_->skip(); }
  Result<std::uint64_t> seek(std::uint64_t count) override { return reader_->seek(count); }
  Result<bool> read(VmafPicture* picture) override {
    VmafPicture original{};
    VISQ_ASSIGN(const bool more, reader_->read(&original));
    if (!more) return false;
    const Status status = pictures_.allocate(info_, picture);
    if (status) run(scaler_, original, *picture);
    vmaf_picture_unref(&original);
    if (!status) return tl::unexpected<Error>(status.error());
    return true;
  }

 private:
  std::unique_ptr<VideoReader> reader_;
  StreamInfo info_;
  Scalers scalers_;
  SwsContext* scaler_;
  PictureSource pictures_;
};

Result<std::unique_ptr<VideoReader>> scale_with_av(std::unique_ptr<VideoReader> reader,
                                                   const Size& to, Scaler scaler) {
  StreamInfo info = reader->info();
  const bool rgb = info.color.matrix == 0;
  VISQ_ASSIGN(const AVPixelFormat format, av_format(info.pixel_format, info.bits, rgb));
  const auto between = [&](AVPixelFormat pixel_format) {
    return scaler_between({info.width, info.height, pixel_format},
                          {to.width, to.height, pixel_format}, info.color, flags_of(scaler));
  };
  Scalers scalers;
  VISQ_ASSIGN(scalers.whole, between(format));
  if (!rgb) {
    VISQ_ASSIGN(const AVPixelFormat gray, av_format(VMAF_PIX_FMT_YUV400P, info.bits, false));
    VISQ_ASSIGN(scalers.luma, between(gray));
  }
  info.width = to.width;
  info.height = to.height;
  note_conversion(reader->info(), info);
  return std::make_unique<ScaledReader>(std::move(reader), info, std::move(scalers));
}

Result<RgbImage> rgb_with_av(const VmafPicture& picture, const VmafPictureColor& color,
                             unsigned max_width) {
  VISQ_ASSIGN(const AVPixelFormat from, av_format(picture.pix_fmt, picture.bpc, color.matrix == 0));
  RgbImage image;
  image.width = std::min(picture.w[0], max_width);
  image.height = std::max(1u, (picture.h[0] * image.width + picture.w[0] / 2) / picture.w[0]);
  image.samples.resize(std::size_t{3} * image.width * image.height);
  const int flags =
      SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT;
  VISQ_ASSIGN(auto context,
              scaler_between({picture.w[0], picture.h[0], from},
                             {image.width, image.height, AV_PIX_FMT_RGB24}, color, flags));
  VmafPicture out{};
  out.data[0] = image.samples.data();
  out.stride[0] = std::ptrdiff_t{3} * image.width;
  run(context.get(), picture, out);
  return image;
}

class SmallPictures final : public Thumbnails {
 public:
  SmallPictures(Owned<SwsContext> scaler, unsigned width, unsigned height)
      : scaler_(std::move(scaler)) {
    image_ = {width, height, std::vector<unsigned char>(std::size_t{3} * width * height)};
  }
  const RgbImage& of(const VmafPicture& picture) override {
    VmafPicture out{};
    out.data[0] = image_.samples.data();
    out.stride[0] = std::ptrdiff_t{3} * image_.width;
    run(scaler_.get(), picture, out);
    return image_;
  }

 private:
  Owned<SwsContext> scaler_;
  RgbImage image_;
};

Result<std::unique_ptr<Thumbnails>> thumbnails_with_av(const StreamInfo& info, unsigned width,
                                                       unsigned height) {
  const int matrix = info.color.matrix;
  const bool known = matrix >= 1 && matrix <= 10 && matrix != 8;
  VISQ_ASSIGN(const AVPixelFormat from, av_format(info.pixel_format, info.bits, matrix == 0));
  VISQ_ASSIGN(
      auto scaler,
      scaler_between({info.width, info.height, from}, {width, height, AV_PIX_FMT_RGB24}, info.color,
                     SWS_BICUBIC, sws_getCoefficients(known ? matrix : SWS_CS_ITU601)));
  return std::make_unique<SmallPictures>(std::move(scaler), width, height);
}

tl::unexpected<Error> no_jpeg(int code) {
  return fail(EIO, fmt::format("libavcodec cannot write a JPEG image (its error {})", code));
}

Result<Owned<AVFrame>> jpeg_frame(const RgbImage& image) {
  Owned<AVFrame> frame(av_frame_alloc());
  if (frame == nullptr) return fail(ENOMEM, "out of memory");
  frame->format = AV_PIX_FMT_YUVJ444P;
  frame->width = static_cast<int>(image.width);
  frame->height = static_cast<int>(image.height);
  frame->color_range = AVCOL_RANGE_JPEG;
  frame->quality = 4 * FF_QP2LAMBDA;
  if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0) return no_jpeg(code);
  Owned<SwsContext> context(sws_getContext(frame->width, frame->height, AV_PIX_FMT_RGB24,
                                           frame->width, frame->height, AV_PIX_FMT_YUVJ444P,
                                           SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr,
                                           nullptr, nullptr));
  if (context == nullptr) return no_jpeg(0);
  const std::uint8_t* rows[] = {image.samples.data()};
  const int stride[] = {3 * frame->width};
  sws_scale(context.get(), rows, stride, 0, frame->height, frame->data, frame->linesize);
  return frame;
}

Result<std::string> jpeg_with_av(const RgbImage& image) {
  VISQ_ASSIGN(const Owned<AVFrame> frame, jpeg_frame(image));
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  Owned<AVCodecContext> encoder(avcodec_alloc_context3(codec));
  const Owned<AVPacket> packet(av_packet_alloc());
  if (codec == nullptr || encoder == nullptr || packet == nullptr) return no_jpeg(0);
  encoder->width = frame->width;
  encoder->height = frame->height;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ444P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 25};
  encoder->flags |= AV_CODEC_FLAG_QSCALE;
  encoder->global_quality = frame->quality;
  encoder->thread_count = 1;
  int code = avcodec_open2(encoder.get(), codec, nullptr);
  if (code >= 0) code = avcodec_send_frame(encoder.get(), frame.get());
  if (code >= 0) code = avcodec_receive_packet(encoder.get(), packet.get());
  if (code < 0) return no_jpeg(code);
  return std::string(reinterpret_cast<const char*>(packet->data),
                     static_cast<std::size_t>(packet->size));
}

}  // namespace
}  // namespace visq::io

void visq_scale_with_av(std::unique_ptr<visq::io::VideoReader> reader, const visq::io::Size& to,
                        visq::io::Scaler scaler,
                        visq::Result<std::unique_ptr<visq::io::VideoReader>>& scaled) {
  scaled = visq::io::scale_with_av(std::move(reader), to, scaler);
}

void visq_rgb_with_av(const VmafPicture& picture, const VmafPictureColor& color, unsigned max_width,
                      visq::Result<visq::io::RgbImage>& image) {
  image = visq::io::rgb_with_av(picture, color, max_width);
}

void visq_thumbnails_with_av(const visq::io::StreamInfo& info, unsigned width, unsigned height,
                             visq::Result<std::unique_ptr<visq::io::Thumbnails>>& thumbnails) {
  thumbnails = visq::io::thumbnails_with_av(info, width, height);
}

void visq_jpeg_with_av(const visq::io::RgbImage& image, visq::Result<std::string>& bytes) {
  bytes = visq::io::jpeg_with_av(image);
}
